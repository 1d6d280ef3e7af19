"""How much may still be asked of a venue: its limits, what was asked, what it says was asked. Pure: times are handed in.

A window slides: what was sent counts until it is a span old. Venues count by fixed windows, so no window of theirs can hold more.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

NEVER_US = 1 << 62
COUNT_DIGITS = 9
Kind = Literal["weight", "orders"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of the venue: so much weight, or so many orders, in so long. `header` is where replies say how much was used."""

    kind: Kind
    span_us: int
    limit: int
    header: str = ""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one request uses. An urgent one (cancel, reduction, a question of the protocol) may use the reserve."""

    weight: int = 1
    orders: int = 0
    is_urgent: bool = False


class _Log:
    """What was sent within one window's span, oldest first."""

    __slots__ = ("_sent", "flying", "total", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.total = 0
        self.flying = 0
        self._sent: deque[tuple[int, int]] = deque()

    def wait_us(self, amount: int, room: float, now_us: int) -> int:
        sent, span_us = self._sent, self.window.span_us
        while sent and sent[0][0] <= now_us - span_us:
            self.total -= sent.popleft()[1]
        if not amount or self.total + amount <= room:
            return 0
        if amount > room:
            return NEVER_US
        left = self.total
        for at_us, used in sent:
            left -= used
            if left + amount <= room:
                return at_us + span_us - now_us
        return NEVER_US

    def add(self, amount: int, now_us: int) -> None:
        self._sent.append((now_us, amount))
        self.total += amount

    def correct(self, used: int, now_us: int) -> None:
        """The venue counted more than we did: somebody else uses the same limit. What is on its way may not be in its count yet."""
        missing = used + self.flying - self.total
        if missing > 0:
            self.add(missing, now_us)


class Budget:
    """The limits of one account. All times are microseconds of one monotonic clock."""

    def __init__(self, windows: Iterable[Window], reserve_frac: float) -> None:
        self._reserve_frac = reserve_frac
        self._logs = [_Log(window) for window in windows]
        self._held_us = 0
        self._orders_held_us = 0

    def learn(self, windows: Sequence[Window]) -> None:
        """Take the venue's own limits in place of those assumed; what was sent counts on under the new ones."""
        before = {(log.window.kind, log.window.span_us): log for log in self._logs}
        self._logs = [_Log(window) for window in windows]
        for log in self._logs:
            old = before.get((log.window.kind, log.window.span_us))
            if old is not None:
                log._sent, log.total, log.flying = old._sent, old.total, old.flying  # noqa: SLF001 - the same class

    def wait_us(self, cost: Cost, now_us: int) -> int:
        """How long a request must wait: 0 where it may leave now, `NEVER_US` where it is larger than the limit."""
        wait = self._held_us - now_us
        if cost.orders:
            wait = max(wait, self._orders_held_us - now_us)
        share = 1.0 if cost.is_urgent else 1.0 - self._reserve_frac
        for log in self._logs:
            window = log.window
            amount = cost.weight if window.kind == "weight" else cost.orders
            wait = max(wait, log.wait_us(amount, window.limit * share, now_us))
        return max(0, wait)

    def take(self, cost: Cost, now_us: int) -> None:
        """A request leaves."""
        for log in self._logs:
            amount = cost.weight if log.window.kind == "weight" else cost.orders
            if amount:
                log.add(amount, now_us)
                log.flying += amount

    def returned(self, cost: Cost, headers: Mapping[str, str], now_us: int) -> None:
        """A request was answered, or failed: correct our counts by what the venue says."""
        for log in self._logs:
            log.flying -= cost.weight if log.window.kind == "weight" else cost.orders
            used = headers.get(log.window.header) if log.window.header else None
            if used is not None and len(used) <= COUNT_DIGITS and used.isdecimal():
                log.correct(int(used), now_us)

    def hold(self, until_us: int, *, orders_only: bool = False) -> None:
        """Nothing leaves before this, the reserve included: the venue said so."""
        if orders_only:
            self._orders_held_us = max(self._orders_held_us, until_us)
        else:
            self._held_us = max(self._held_us, until_us)
