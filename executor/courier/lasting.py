"""What one reading after another shows: a thing that is seen again and again is no answer that was on its way."""

from collections.abc import Collection, Hashable


class Lasting:
    """Things by when they were first seen (seconds, monotonic: no clock that is set moves it) and how often in a row."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, tuple[float, int]] = {}

    def look(self, things: Collection[Hashable], now_s: float) -> None:
        """One reading showed these; what it does not show is forgotten."""
        before = self._seen
        self._seen = {thing: (before[thing][0], before[thing][1] + 1) if thing in before else (now_s, 1) for thing in things}

    def lasts(self, thing: Hashable, now_s: float, *, looks: int, for_s: float) -> bool:
        """Whether so many readings in a row showed it, the first so long ago."""
        since_s, count = self._seen.get(thing, (now_s, 0))
        return count >= looks and now_s - since_s >= for_s
