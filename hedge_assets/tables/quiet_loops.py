"""Which account records and heartbeats of a day the folds can tell from all of them: the rest is only counted.

Of each minute: the last of each kind, the first heartbeat, the first account record and the last for which all sources answered.
Heartbeats: those around each moment (an order record; a markout falling due), and those that say another thing of being halted
than the one before. Account records: those that make a new highest NAV, or a new lowest since the highest (of a stretch without
a transfer), and all of a minute with one. All of it holds while times never go back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby, pairwise
from math import inf

import msgspec
import numpy as np
from numpy.typing import NDArray

from executor.errors import CorruptJournal
from executor.journal.decoding import first_broken
from hedge_assets.tables.thinning import MINUTE_US

ROUNDING = 1e-12
"""More than floats can be off by, as a share of what is added."""


class Loop(msgspec.Struct, gc=False):
    """What of a line decides whether it is kept."""

    ts_us: int
    kind: str
    wallet: str = ""
    unrealised: str = ""
    sources: Mapping[str, str] = {}
    halted: str | None = None

    @property
    def is_vouched(self) -> bool:
        """Whether every source answered."""
        return all(answer == "ok" for answer in self.sources.values())


LOOPS = msgspec.json.Decoder(Loop)

Row = tuple[int, bytes, Loop]


def read_loops(batches: Iterable[tuple[int, list[bytes]]], file: str) -> Iterator[Row]:
    """Lines of positions with their numbers, verified; each batch comes with the number of its first."""
    for seq, lines in batches:
        broken = first_broken(lines, seq)
        if broken is not None:
            raise CorruptJournal(f"table damaged: positions record {broken} in {file} is missing or broken; build its day again")
        yield from zip(count(seq), lines, LOOPS.decode_lines(b"\n".join(lines)), strict=False)


@dataclass
class Quiet:
    """A day's way through its loops. `moments` and `transfers` are sorted times; `left_out` counts account records that were."""

    moments: NDArray[np.int64]
    transfers: NDArray[np.int64]
    highest: float = -inf
    lowest: float = inf
    halted: str | None = ""
    left_out: int = 0

    def kept(self, rows: Iterable[Row]) -> Iterator[tuple[int, bytes]]:
        """Those of a day's lines that must be folded, in order."""
        for minute, group in groupby(rows, key=lambda row: row[2].ts_us // MINUTE_US):
            inside = list(group)
            accounts = [row for row in inside if row[2].kind == "account"]
            beats = [row for row in inside if row[2].kind == "heartbeat"]
            wanted = {*self._accounts(accounts, minute), *self._beats(beats)}
            self.left_out += sum(row[0] not in wanted for row in accounts)
            yield from ((seq, line) for seq, line, loop in inside if seq in wanted or loop.kind not in ("account", "heartbeat"))

    def _accounts(self, rows: Sequence[Row], minute: int) -> Iterator[int]:
        """A minute's account records: its edges, new heights, and new depths below them."""
        since, until = self.transfers.searchsorted((minute * MINUTE_US, (minute + 1) * MINUTE_US))
        vouched = [row for row in rows if row[2].is_vouched]
        if since != until:
            self.highest, self.lowest = -inf, inf
            yield from (seq for seq, _, _ in rows)
            return
        yield from (row[0] for row in (*rows[-1:], *vouched[:1], *vouched[-1:]))
        before: Loop | None = None
        for (seq, _, loop), (_, _, after) in pairwise([*vouched, *vouched[-1:]]):
            wallet, unrealised = float(loop.wallet), float(loop.unrealised)
            nav, off = wallet + unrealised, ROUNDING * (abs(wallet) + abs(unrealised))
            if nav >= self.highest - off:
                self.highest, self.lowest = max(nav, self.highest), nav
                if not is_same(loop, after):
                    yield seq
            elif nav <= self.lowest + off:
                self.lowest = min(nav, self.lowest)
                if before is None or not is_same(loop, before):
                    yield seq
            before = loop

    def _beats(self, rows: Sequence[Row]) -> Iterator[int]:
        """A minute's heartbeats: its edges, those before and behind each moment, and where being halted changes."""
        if not rows:
            return
        times = np.fromiter((loop.ts_us for _, _, loop in rows), dtype=np.int64, count=len(rows))
        happened = np.diff(self.moments.searchsorted(times)) + np.diff(self.moments.searchsorted(times, side="right"))
        yield from (rows[0][0], rows[-1][0])
        for place in np.flatnonzero(happened).tolist():
            yield from (rows[place][0], rows[place + 1][0])
        for seq, _, loop in rows:
            if loop.halted != self.halted:
                yield seq
            self.halted = loop.halted


def is_same(one: Loop, other: Loop) -> bool:
    """Whether two say the same of the account, to the letter."""
    return (one.wallet, one.unrealised) == (other.wallet, other.unrealised)
