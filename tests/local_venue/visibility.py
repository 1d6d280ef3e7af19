"""What a query may see: orders that arrived long enough ago for that endpoint, and are not yet forgotten."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from tests.local_venue.shapes import Order, Trade

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

DAY_MS = 86_400_000
FORGOTTEN_MS = 3 * DAY_MS
ARCHIVED_MS = 90 * DAY_MS
NO_DELAYS = {"order": 0, "openOrders": 0, "allOrders": 0, "userTrades": 0, "cancel": 0, "algoOrder": 0, "openAlgoOrders": 0, "income": 0}


def is_early(venue: "LocalVenue", time_ms: int, endpoint: str) -> bool:
    """Whether an endpoint does not know yet what happened at a time. Where nothing is delayed, a clock set back hides nothing."""
    delay_ms = venue.delays[endpoint]
    return bool(delay_ms) and venue.clock.now_ms() - time_ms < delay_ms


def sees(venue: "LocalVenue", order: Order, endpoint: str) -> bool:
    """Whether an endpoint (a key of `venue.delays`) tells of an order now."""
    if is_early(venue, order.time_ms, endpoint):
        return False
    if order.is_open:
        return True
    ended_ms = venue.clock.now_ms() - order.update_ms
    return ended_ms <= (ARCHIVED_MS if order.filled_qty else FORGOTTEN_MS)


def sees_trade(venue: "LocalVenue", trade: Trade) -> bool:
    """Whether `userTrades` tells of a trade now."""
    return not is_early(venue, trade.time_ms, "userTrades") and venue.clock.now_ms() - trade.time_ms <= 2 * ARCHIVED_MS


Row = TypeVar("Row", Order, Trade)


def between(venue: "LocalVenue", newest_first: Iterable[Row], since_ms: int, until_ms: int) -> list[Row]:
    """Rows of a window, oldest first. It ends where rows get too old, however many there are."""
    rows: list[Row] = []
    too_old_ms = since_ms - venue.clock.stepped_back_ms
    for row in newest_first:
        if row.time_ms < too_old_ms:
            break
        if since_ms <= row.time_ms <= until_ms:
            rows.append(row)
    return rows[::-1]


def found(venue: "LocalVenue", params: dict[str, str], endpoint: str) -> Order | None:
    """The order that `orderId` or `origClientOrderId` names; of several with one client id the newest."""
    symbol = params.get("symbol", "")
    order_id, client_id = params.get("orderId", ""), params.get("origClientOrderId", "")
    if order_id:
        order = venue.orders.by_symbol[symbol].get(int(order_id)) if order_id.isdigit() else None
        return order if order is not None and sees(venue, order, endpoint) else None
    for order in reversed(venue.orders.by_client.get((symbol, client_id), ())):
        if sees(venue, order, endpoint):
            return order
    return None
