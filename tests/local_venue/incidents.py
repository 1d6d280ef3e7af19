"""What happens to an account from outside: funding, liquidation, ADL, orders by hand, transfers, changed modes."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.local_venue import events
from tests.local_venue.account import Income
from tests.local_venue.market import Price, exact
from tests.local_venue.shapes import ZERO, Order, Side

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

HAND = "web_"


class Incidents:
    """Each is one call; all of them reach the ledger, the user stream and the oracle as the real ones would."""

    def __init__(self, venue: "LocalVenue") -> None:
        self._venue = venue

    def funding(self, symbol: str, rate: Price | None = None) -> Income | None:
        """Settle funding of a symbol now at a rate (null: the market's); the row, null where nothing is held."""
        venue = self._venue
        book, held = venue.market.books[symbol], venue.account.position(symbol).qty
        due = book.rate if rate is None else exact(rate)
        book.settlements.append((venue.clock.now_ms(), due, book.mark))
        if not held:
            return None
        row = venue.account.book_income("FUNDING_FEE", -held * book.mark * due, symbol=symbol)
        venue.streams.user(events.account_update(venue.account, venue.market, "FUNDING_FEE", (symbol,)))
        return row

    def transfer(self, amount: Price) -> Income:
        """Money in (positive) or out of the futures wallet."""
        venue = self._venue
        row = venue.account.book_income("TRANSFER", exact(amount), info="TRANSFER")
        why = "DEPOSIT" if row.amount > 0 else "WITHDRAW"
        venue.streams.user(events.account_update(venue.account, venue.market, why))
        return row

    def liquidate(self, symbol: str, fraction: Price = 1) -> Order:
        """Have the venue close a share of the position, as in a liquidation (`autoclose-…`)."""
        order = self._closing(symbol, f"autoclose-{self._venue.clock.now_ms()}", exact(fraction))
        order.kind = order.orig_kind = "LIQUIDATION"
        self._venue.matching.accept(order)
        return order

    def deleverage(self, symbol: str, fraction: Price = 1) -> Order:
        """Have the position reduced by auto-deleveraging (`adl_autoclose`)."""
        order = self._closing(symbol, "adl_autoclose", exact(fraction))
        self._venue.matching.accept(order)
        return order

    def by_hand(self, symbol: str, side: str, qty: Price, price: Price | None = None, *, client_id: str = "") -> Order:
        """An order that somebody else places on the account: at the market, or at a price."""
        name = client_id or HAND + "".join(self._venue.chance.choices("abcdefghijklmnop", k=16))
        taker: Side = "BUY" if side.upper() == "BUY" else "SELL"
        order = self._order(symbol, taker, exact(qty), name)
        if price is not None:
            order.kind, order.price = "LIMIT", self._venue.market.price(symbol, price)
        order.source = "hand"
        self._venue.matching.accept(order)
        return order

    def cancel(self, client_id: str) -> None:
        """Cancel an open order from outside, as somebody in the web page or the venue itself would."""
        self._venue.matching.end(self._venue.orders.open_clients[client_id], "CANCELED", "by hand")

    def leverage(self, symbol: str, leverage: int) -> None:
        """Somebody changes the leverage."""
        self._venue.set_leverage(symbol, leverage)

    def mode(self, *, is_hedged: bool | None = None, is_multi_asset: bool | None = None) -> None:
        """Somebody changes how the account trades; multi-assets mode is told on the user stream, hedge mode is not."""
        if is_hedged is not None:
            self._venue.account.is_hedged = is_hedged
        if is_multi_asset is not None:
            self._venue.account.is_multi_asset = is_multi_asset
            self._venue.streams.user(events.config_update(self._venue.clock.now_ms(), is_multi=is_multi_asset))

    def _closing(self, symbol: str, client_id: str, fraction: Decimal) -> Order:
        held = self._venue.account.position(symbol).qty
        step = self._venue.rules[symbol].step
        qty = (abs(held) * fraction).quantize(step)
        order = self._order(symbol, "SELL" if held > 0 else "BUY", qty, client_id)
        order.reduce_only, order.source = True, "venue"
        return order

    def _order(self, symbol: str, side: Side, qty: Decimal, client_id: str) -> Order:
        now_ms = self._venue.clock.now_ms()
        return Order(
            order_id=self._venue.orders.next_order_id(),
            client_id=client_id,
            symbol=symbol,
            side=side,
            kind="MARKET",
            tif="GTC",
            qty=qty,
            price=ZERO,
            time_ms=now_ms,
            update_ms=now_ms,
        )
