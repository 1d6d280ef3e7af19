"""What to ask about an order whose fate is not proved, when to ask it next, and when silence becomes proof.

The fence is the venue's time after which it cannot take a request any more: the last moment at which we may have sent it, the window
the request carried, what the clocks may differ by, and half a second. Before it, "no such order" proves nothing. After it, it must be
said twice, a second apart, and four sources must be silent as well: the open orders, all orders since, our trades since, and the
position, which has no unexplained rest.
"""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from executor.protocol.facts import OrderFact, TradeFact
from executor.protocol.ledger import Track

MARGIN_US = 500_000
APART_US = 1_000_000
FIRST_US, MOST_US = 100_000, 5_000_000

Stage = Literal["order", "sources"]


class Case(msgspec.Struct, kw_only=True):
    """One unsure order. Times but the fence are the executor's own (microseconds UTC)."""

    client_id: str
    symbol: str
    placed_us: int
    fence_us: int
    next_us: int
    asked: int = 0
    absent_us: int | None = None
    stage: Stage = "order"
    is_out: bool = False


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What four sources say: null where one could not be read. `unexplained_qty` is the venue's position less ours."""

    open_orders: Sequence[OrderFact] | None
    orders: Sequence[OrderFact] | None
    trades: Sequence[TradeFact] | None
    unexplained_qty: Decimal | None


def fence_us(sent_by_us: int, recv_window_ms: int, clock_off_ms: int) -> int:
    """When the venue cannot take a request any more that was sent by `sent_by_us` (the venue's clock, microseconds UTC)."""
    return sent_by_us + (recv_window_ms + 2 * clock_off_ms) * 1_000 + MARGIN_US


class Inquiry:
    """The open cases by client id. Nothing of it must survive a restart: every unsure order is asked about again."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}

    def begin(self, track: Track, fence: int, now_us: int) -> None:
        """Ask about an order from now on; one that is asked about already goes on."""
        if track.client_id not in self.cases:
            self.cases[track.client_id] = Case(
                client_id=track.client_id, symbol=track.symbol, placed_us=track.placed_us, fence_us=fence, next_us=now_us
            )

    def keep(self, unsure: Collection[str]) -> None:
        """Close every case whose order is not unsure any more."""
        for name in [name for name in self.cases if name not in unsure]:
            del self.cases[name]

    def due(self, now_us: int) -> Iterator[Case]:
        """Cases to ask about now; each is out until it is answered."""
        for case in self.cases.values():
            if not case.is_out and now_us >= case.next_us:
                case.is_out = True
                case.asked += 1
                yield case

    def unanswered(self, client_id: str, now_us: int) -> None:
        """Nothing was learned: ask again, later each time."""
        case = self.cases.get(client_id)
        if case is not None:
            self._again(case, now_us)

    def absent(self, client_id: str, server_us: int, now_us: int) -> None:
        """The venue knows no such order, at its time `server_us`."""
        case = self.cases.get(client_id)
        if case is None:
            return
        if server_us > case.fence_us:
            if case.absent_us is None:
                case.absent_us = now_us
            elif now_us >= case.absent_us + APART_US and case.stage == "order":
                case.stage, case.asked = "sources", 0
        self._again(case, now_us)
        if case.absent_us is not None:
            case.next_us = min(case.next_us, max(now_us, case.absent_us + APART_US))

    def _again(self, case: Case, now_us: int) -> None:
        case.is_out = False
        case.next_us = now_us + min(MOST_US, FIRST_US << min(case.asked, 10))


def judged(client_id: str, sources: Sources) -> OrderFact | str | None:
    """The order where a source shows it; words of evidence where all four are silent; null where that is not proved yet."""
    for orders in (sources.open_orders, sources.orders):
        found = next((fact for fact in orders or () if fact.client_id == client_id), None)
        if found is not None:
            return found
    if sources.open_orders is None or sources.orders is None or sources.trades is None or sources.unexplained_qty is None:
        return None
    if sources.trades or sources.unexplained_qty != 0:
        return None
    return "unknown to the venue twice after the fence, in open orders, all orders and trades; no unexplained position"
