"""How many writes may go out now, so that no day ever runs dry: a bucket that fills as the day goes by.

    a day's writes = heartbeats, set apart beforehand + what the bucket holds at most + what flows in over a day

Because the first two are taken off before the flow is reckoned, no 24 hours, wherever they begin, see more writes than the quota:
Firestore's own day begins at midnight in California, not in UTC. A document waits for its writes; it never goes without.
"""

from dataclasses import dataclass
from math import ceil

import msgspec

DAY_S = 86_400.0
BURST_FRAC = 0.05
LEAST_BURST = 64
DAY_US = 86_400_000_000


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: `tokens` are writes that may go out at `at_us`; `written` counts those of the UTC day numbered `day`."""

    tokens: float = 0.0
    at_us: int = 0
    beat_us: int = 0
    day: int = 0
    written: int = 0


@dataclass(frozen=True)
class Quota:
    """The promise: at most `writes_per_day`, of which one every `heartbeat_s` is for the heartbeat."""

    writes_per_day: int
    heartbeat_s: float

    @property
    def burst(self) -> float:
        """What the bucket holds at most: a twentieth of the quota, or 64 if that is more, and of a small one half of what heartbeats leave.

        The other half flows in: a bucket that took all of it would be filled once and never again.
        """
        return min(max(LEAST_BURST, self.writes_per_day * BURST_FRAC), max(0.0, self.writes_per_day - self.heartbeats) / 2)

    @property
    def heartbeats(self) -> int:
        """Writes that are set apart for a day's heartbeats."""
        return ceil(DAY_S / self.heartbeat_s) + 1

    @property
    def per_s(self) -> float:
        """What flows in."""
        return max(0.0, self.writes_per_day - self.heartbeats - self.burst) / DAY_S

    def full(self, now_us: int) -> Spent:
        """The beginning: nothing was written yet."""
        return Spent(tokens=self.burst, at_us=now_us, day=now_us // DAY_US)

    def now(self, spent: Spent, now_us: int) -> Spent:
        """What may go out now. A clock that went back gives nothing, one that jumped ahead no more than the bucket holds."""
        flowed = max(0, now_us - spent.at_us) / 1e6 * self.per_s
        day = now_us // DAY_US
        written = spent.written if day == spent.day else 0
        return Spent(tokens=min(self.burst, spent.tokens + flowed), at_us=now_us, beat_us=spent.beat_us, day=day, written=written)

    def is_beat_due(self, spent: Spent, now_us: int) -> bool:
        """Whether it is time for the heartbeat; also when a clock that went back makes the last one lie ahead."""
        return not 0 <= now_us - spent.beat_us < round(self.heartbeat_s * 1e6)


def share_of(writes_per_day: int, heartbeat_s: float, shares: int) -> Quota:
    """What one of so many data roots has of a mirror's quota: an equal part of the writes, and a heartbeat that much more seldom."""
    return Quota(writes_per_day // shares, heartbeat_s * shares)


def taken(spent: Spent, writes: int) -> Spent:
    """After so many writes."""
    return msgspec.structs.replace(spent, tokens=spent.tokens - writes, written=spent.written + writes)


def beaten(spent: Spent, now_us: int, writes: int) -> Spent:
    """After a heartbeat, whose writes were set apart: what it needs beyond one is taken from the bucket."""
    return msgspec.structs.replace(spent, beat_us=now_us, tokens=spent.tokens - (writes - 1), written=spent.written + writes)
