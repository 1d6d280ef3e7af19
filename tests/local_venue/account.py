"""The one account: wallet, one-way positions, leverage, margin, modes, what the key may do, and the ledger."""

from decimal import Decimal

import msgspec

from tests.local_venue.clock import VenueClock
from tests.local_venue.market import Market
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, Order, Side

CENT8 = Decimal("0.00000001")


class Position(msgspec.Struct, kw_only=True):
    """What is held of one symbol; `qty` is signed."""

    symbol: str
    qty: Decimal = ZERO
    entry: Decimal = ZERO
    realized: Decimal = ZERO
    update_ms: int = 0


class Rights(msgspec.Struct, kw_only=True):
    """What the key may do, as `GET /sapi/v1/account/apiRestrictions` tells; `expires_ms` 0 is never."""

    enable_futures: bool = True
    enable_withdrawals: bool = False
    enable_internal_transfer: bool = False
    permits_universal_transfer: bool = False
    enable_margin: bool = False
    enable_spot_and_margin_trading: bool = False
    ip_restrict: bool = True
    expires_ms: int = 0


class Income(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger."""

    tran_id: int
    symbol: str
    kind: str
    amount: Decimal
    info: str
    time_ms: int
    trade_id: int | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of the account in USDT."""

    wallet: Decimal
    unrealised: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance: Decimal

    @property
    def equity(self) -> Decimal:
        """Wallet and what positions would bring."""
        return self.wallet + self.unrealised

    @property
    def available(self) -> Decimal:
        """What is left for new positions, never below 0."""
        return max(ZERO, self.equity - self.position_margin - self.order_margin)


def to_wallet(amount: Decimal) -> Decimal:
    """An amount as the wallet knows it, with eight places."""
    return amount.quantize(CENT8)


class Account:
    """Everything about the account that is no order. Tests may set the fields; `leverage` and `margin` are by symbol."""

    def __init__(self, *, rules: dict[str, Rules], market: Market, clock: VenueClock, wallet: Decimal) -> None:
        self._rules, self._market, self._clock = rules, market, clock
        self.wallet = wallet
        self.wallet_ms = clock.now_ms()
        self.maker_fee, self.taker_fee = Decimal("0.0002"), Decimal("0.0005")
        self.positions: dict[str, Position] = {}
        self.leverage: dict[str, int] = dict.fromkeys(rules, 20)
        self.margin: dict[str, str] = dict.fromkeys(rules, "cross")
        self.is_hedged = False
        self.is_multi_asset = False
        self.can_trade = True
        self.rights = Rights()
        self.incomes: list[Income] = []
        self._next_tran_id = 8_082_457_372_019_390_000

    def position(self, symbol: str) -> Position:
        """The position in a symbol, a flat one where nothing is held."""
        return self.positions.setdefault(symbol, Position(symbol=symbol))

    def traded(self, symbol: str, side: Side, qty: Decimal, price: Decimal) -> Decimal:
        """Move the position by a trade; the profit of the part that reduced it, before fees."""
        position = self.position(symbol)
        signed = qty if side == "BUY" else -qty
        realized = ZERO
        if position.qty * signed >= 0:
            position.entry = (position.entry * abs(position.qty) + price * qty) / (abs(position.qty) + qty)
        else:
            closed = min(qty, abs(position.qty))
            realized = closed * (price - position.entry) * (1 if position.qty > 0 else -1)
            if qty > abs(position.qty):
                position.entry = price
        position.qty += signed
        if not position.qty:
            position.entry = ZERO
        position.realized += realized
        position.update_ms = self._clock.now_ms()
        return realized

    def book_income(self, kind: str, amount: Decimal, *, symbol: str = "", info: str = "", trade_id: int | None = None) -> Income:
        """Add a row to the ledger and its amount to the wallet."""
        self._next_tran_id += 1
        amount = to_wallet(amount)
        self.wallet += amount
        self.wallet_ms = self._clock.now_ms()
        made = Income(
            tran_id=self._next_tran_id,
            symbol=symbol,
            kind=kind,
            amount=amount,
            info=info or kind,
            time_ms=self._clock.now_ms(),
            trade_id=trade_id,
        )
        self.incomes.append(made)
        return made

    def unrealised(self, symbol: str) -> Decimal:
        """What a position would bring at the mark price."""
        position = self.position(symbol)
        return position.qty * (self._market.books[symbol].mark - position.entry)

    def position_margin(self, symbol: str) -> Decimal:
        """Initial margin of a position at the mark price."""
        return abs(self.position(symbol).qty) * self._market.books[symbol].mark / self.leverage[symbol]

    def figures(self, resting: dict[str, dict[int, Order]]) -> Figures:
        """The account's sums, with the margin of resting orders that would open something."""
        held = [symbol for symbol, position in self.positions.items() if position.qty]
        orders = ZERO
        for orders_here in resting.values():
            for order in orders_here.values():
                orders += self.needed(order, order.price)
        notionals = {symbol: abs(self.positions[symbol].qty) * self._market.books[symbol].mark for symbol in held}
        return Figures(
            wallet=self.wallet,
            unrealised=sum((self.unrealised(symbol) for symbol in held), ZERO),
            position_margin=sum((notionals[symbol] / self.leverage[symbol] for symbol in held), ZERO),
            order_margin=orders,
            maintenance=sum((self._rules[symbol].maintained(notionals[symbol]) for symbol in held), ZERO),
        )

    def needed(self, order: Order, price: Decimal) -> Decimal:
        """Initial margin for the part of an order that opens something."""
        if order.reduce_only:
            return ZERO
        held = self.position(order.symbol).qty
        against = max(ZERO, -held if order.side == "BUY" else held)
        return max(ZERO, order.left_qty - against) * price / self.leverage[order.symbol]

    def liquidation_price(self, symbol: str) -> Decimal:
        """Where equity would meet the maintenance margin were only this price to move; 0 where never."""
        position = self.position(symbol)
        if not position.qty:
            return ZERO
        others = sum((self.unrealised(each) for each in self.positions if each != symbol), ZERO)
        size = abs(position.qty)
        sign = 1 if position.qty > 0 else -1
        met: list[Decimal] = []
        floor = rate = less = ZERO
        for tier in self._rules[symbol].brackets:
            less += floor * (tier.rate - rate)
            floor, rate = tier.cap, tier.rate
            met.append((size * position.entry - sign * (self.wallet + others + less)) / (size * (1 - sign * rate)))
        return max(ZERO, max(met) if sign > 0 else min(met))
