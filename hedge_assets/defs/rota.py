"""Whose turn it is: a sensor has seconds, and looks at as many accounts as fit, the one it saw longest ago first."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from hedge_assets.defs.resources import Desk

WITHIN_S = 1.5
"""What one tick may take of the code server, which others wait for."""


class Rota:
    """The accounts in turn, for the life of one process."""

    def __init__(self, desks: Sequence[Desk], monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._desks, self._monotonic_s = deque(desks), monotonic_s

    def turn(self, within_s: float = WITHIN_S) -> Iterator[Desk]:
        """Each account at most once, at least one, until the time is used up."""
        until_s = self._monotonic_s() + within_s
        for _ in range(len(self._desks)):
            desk = self._desks[0]
            self._desks.rotate(-1)
            yield desk
            if self._monotonic_s() >= until_s:
                return
