"""When a request may leave: at once where the budget has room, after a wait it can afford, or not at all."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from executor.wire.budget import Budget, Cost, Window
from executor.wire.passing import monotonic_us

LEAST_SLEEP_S = 0.001


class Limiter:
    """The budget of one account with the waiting around it. Sleeps exactly until there is room; it never polls."""

    def __init__(self, windows: Iterable[Window], reserve_frac: float, monotonic: Callable[[], int] = monotonic_us) -> None:
        self.budget = Budget(windows, reserve_frac)
        self._monotonic = monotonic

    async def leave(self, cost: Cost, patience_us: int) -> int:
        """0 where the request may leave now, and is counted. Else it must not: in how many microseconds it could.

        A wait longer than `patience_us` is not begun; what woke up too late (a stopped process) is not let through either.
        """
        now_us = self._monotonic()
        wait_us = self.budget.wait_us(cost, now_us)
        if wait_us:
            wait_us = await self._waited(cost, wait_us, now_us + patience_us)
            now_us = self._monotonic()
        if not wait_us:
            self.budget.take(cost, now_us)
        return wait_us

    async def _waited(self, cost: Cost, wait_us: int, until_us: int) -> int:
        """0 once there is room before `until_us`, else what is still to be waited."""
        while wait_us:
            if self._monotonic() + wait_us > until_us:
                return wait_us
            await asyncio.sleep(max(wait_us / 1e6, LEAST_SLEEP_S))
            now_us = self._monotonic()
            wait_us = self.budget.wait_us(cost, now_us)
            if now_us > until_us + LEAST_SLEEP_S * 1e6:
                return max(wait_us, 1)
        return 0

    def returned(self, cost: Cost, headers: Mapping[str, str]) -> None:
        """A request that left is over: its answer's headers, or none."""
        self.budget.returned(cost, headers, self._monotonic())

    def hold(self, for_us: int, *, orders_only: bool = False) -> None:
        """The venue wants nothing (or no orders) for so long."""
        self.budget.hold(self._monotonic() + for_us, orders_only=orders_only)
