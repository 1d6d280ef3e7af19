"""When something arrived: the wall's time, made to go forwards only."""

from collections.abc import Callable

from executor.wire.passing import monotonic_ns


class Arrivals:
    """Microseconds UTC that never go back.

    Where the machine's clock is put back, time goes on at half its pace until the clock has caught up: what is measured between
    two arrivals stays above nothing, and the distance to the clock closes. Nothing arrives before `since_us`.
    """

    def __init__(self, wall_us: Callable[[], int], monotonic_ns: Callable[[], int] = monotonic_ns, *, since_us: int = 0) -> None:
        self._wall_us = wall_us
        self._monotonic_ns = monotonic_ns
        self._last_us = max(since_us, wall_us())
        self._last_ns = monotonic_ns()

    def now_us(self) -> int:
        """The present; at least what was said before."""
        elapsed_ns = self._monotonic_ns() - self._last_ns
        now_us = max(self._wall_us(), self._last_us + elapsed_ns // 2_000)
        self._last_us = now_us
        self._last_ns += elapsed_ns
        return now_us
