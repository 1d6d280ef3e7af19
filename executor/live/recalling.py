"""Asks orders back that nobody works: what another process left, what an end leaves; again until the venue says that they are over."""

from collections.abc import Collection

from executor.courier.courier import Courier
from executor.protocol.ledger import Ledger, Track
from executor.records.base import sign
from executor.wire.passing import monotonic_s

AGAIN_S = 2.0
"""Between two requests for the same order: a cancel may be lost like anything else."""


class Recall:
    """The requests of one run. A stop that protects a position is left where it is: it is for the time when nobody is here."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._asked_s: dict[str, float] = {}

    def look(self, worked: Collection[str]) -> bool:
        """Ask back every order that rests and is not in `worked` (client ids); whether there is one."""
        ledger, now_s = self._courier.ledger, monotonic_s()
        rests = {name: track.symbol for name, track in unproved(ledger).items() if track.phase == "open" and name not in worked}
        self._asked_s = {name: at_s for name, at_s in self._asked_s.items() if name in rests}
        for name, symbol in rests.items():
            if name not in self._asked_s or now_s - self._asked_s[name] >= AGAIN_S:
                self._asked_s[name] = now_s
                self._courier.sender.cancel(name, symbol)
        return bool(rests)


def unproved(ledger: Ledger) -> dict[str, Track]:
    """Our orders that an end or a start waits for: all that are not over, but for stops at the venue that protect a position."""
    return {name: track for name, track in ledger.live.items() if not protects(track, ledger)}


def protects(track: Track, ledger: Ledger) -> bool:
    """Whether an order waits at the venue to reduce what is held, and the venue has it."""
    return track.waits and track.reduce_only and track.phase == "open" and ledger.held(track.symbol).qty * sign(track.side) < 0
