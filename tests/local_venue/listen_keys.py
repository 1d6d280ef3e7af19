"""The listen key of the user stream: one at a time, an hour long, extended by asking."""

from collections.abc import Callable
from random import Random

from tests.local_venue.checks import LETTERS
from tests.local_venue.clock import VenueClock
from tests.local_venue.refusals import refuse

LIFE_MS = 3_600_000


class ListenKeys:
    """The account's listen key and until when it is good, by the venue's clock."""

    def __init__(self, clock: VenueClock, chance: Random) -> None:
        self._clock, self._chance = clock, chance
        self.current = ""
        self.until_ms = 0
        self.expired: Callable[[str], None] = lambda _: None
        clock.on_step.append(self.look)

    def create(self) -> str:
        """The key that is good now, extended, or a new one."""
        self.look()
        if not self.current:
            self.current = "".join(self._chance.choices(LETTERS, k=64))
        self.until_ms = self._clock.now_ms() + LIFE_MS
        return self.current

    def extend(self) -> str:
        """Another hour for the key. Raises `Refusal` (-1125) when there is none."""
        self.look()
        if not self.current:
            raise refuse(-1125)
        return self.create()

    def close(self) -> None:
        """End the key at once, without a word on the stream."""
        self.current = ""

    def expire(self) -> None:
        """End the key as time would: the stream is told and carries nothing any more."""
        over, self.current = self.current, ""
        if over:
            self.expired(over)

    def look(self) -> None:
        """Expire the key if its hour is over."""
        if self.current and self._clock.now_ms() >= self.until_ms:
            self.expire()
