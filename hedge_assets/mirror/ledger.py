"""What is remembered between two lives: what every sink acknowledged, what was spent, and how it stands with each.

`<root>/mirror/ledger.json`, replaced whole: spending before a push, acknowledgements after it. A life that is cut off between the two has
counted what it may not have written, never the other way round, and pushes the same content once more.
"""

import contextlib
from pathlib import Path

import msgspec

from executor.plain_file import clear_way
from hedge_assets.mirror.breaker import Breaker
from hedge_assets.mirror.due import Held
from hedge_assets.mirror.quota import DAY_US, Quota, Spent
from hedge_assets.store import look, replace

NAME = "ledger.json"
MOST_BYTES = 8 * 1024 * 1024
SET_ASIDE = "unreadable"


class Account(msgspec.Struct, kw_only=True):
    """One sink's. `refused` are the digests of documents that it will not take, by key, `reasons` why."""

    spent: Spent
    breaker: Breaker = Breaker()
    held: dict[str, Held] = {}
    refused: dict[str, str] = {}
    reasons: dict[str, str] = {}
    pushed_us: int | None = None


class Ledger:
    """The ledger of one data root. `fault` says why an earlier one was not gone on with, until the first push; null otherwise."""

    def __init__(self, folder: Path, quota: Quota, now_us: int) -> None:
        self._path, self._quota = folder / NAME, quota
        self.fault: str | None = None
        self._sinks = self._read(now_us)

    def _read(self, now_us: int) -> dict[str, Account]:
        facts = look(self._path, MOST_BYTES)
        if facts.kind == "absent":
            return {}
        try:
            return msgspec.json.decode(facts.content or b"", type=dict[str, Account])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fault = f"{self._path} could not be read ({facts.detail or error}); it is set aside, everything is pushed again"
        with contextlib.suppress(OSError):
            clear_way(self._path, now_us)
            self._path.rename(self._path.with_name(f"{NAME}.{SET_ASIDE}"))
        return {}

    def of(self, sink: str, now_us: int) -> Account:
        """A sink's account, begun if need be. After a ledger that was lost nobody knows what was spent today: the bucket begins empty."""
        if sink not in self._sinks:
            begun = self._quota.full(now_us) if self.fault is None else Spent(at_us=now_us, day=now_us // DAY_US)
            self._sinks[sink] = Account(spent=begun)
        return self._sinks[sink]

    def write(self) -> None:
        """Replace the file. Raises `StoreError`: what cannot be counted is not sent."""
        replace(self._path, msgspec.json.encode(self._sinks), durable=False)
