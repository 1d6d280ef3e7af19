"""The venue's money: fills, fees, funding, and whether the account still carries its positions."""

from collections.abc import Mapping

import msgspec

from executor.records.account import Account
from executor.records.base import Side, opposite, sign
from executor.records.market import Instrument, Settlement
from executor.records.orders import Funding, Liquidity
from executor.risk.brackets import Line, lines_of
from executor.settings import Paper
from executor.venue.books import fee_usd, filled, funding_usd
from executor.venue.exact import ZERO, exact, price_for
from executor.venue.margin import Stake, Totals, order_margin, stake, totals
from executor.venue.matching import Take, touch_for, worse
from executor.venue.notices import traded
from executor.venue.state import Held, Order, State
from executor.venue.statement import statement

MARK_MAX_AGE_US = 60_000_000  # an older mark price says less than the present mid
NEAR_USD = 1.0  # floats decide that maintenance is far away; nearer than this, decimals do


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument's rules in the forms arithmetic wants; `slack` is half a tick, maintenance margin the largest of `lines`."""

    instrument: Instrument
    slack: float
    lines: tuple[Line, ...]
    leverage: int


def terms_of(instrument: Instrument, leverage: int) -> Terms:
    """An instrument's terms at the account's leverage, or its own limit if that is lower."""
    return Terms(
        instrument=instrument,
        slack=float(instrument.tick_size) / 2,
        lines=lines_of(instrument),
        leverage=min(leverage, instrument.max_leverage),
    )


class Clearing:
    """Keeps the wallet and positions in `state`, and a float estimate of equity above maintenance beside it."""

    def __init__(self, state: State, paper: Paper, terms: Mapping[str, Terms]) -> None:
        self._state = state
        self._paper = paper
        self._terms = terms
        self._weights: dict[str, tuple[float, float, list[tuple[float, float]]]] = {}
        self._room: dict[str, float] = {}
        self._room_usd = 0.0
        self._wallet_usd = float(state.wallet)
        for symbol in state.positions:
            self.value(symbol)

    def fill(self, order: Order, take: Take, *, liquidity: Liquidity, at_us: int) -> None:
        """Book a trade of an order and report it."""
        state, symbol = self._state, order.symbol
        fee = fee_usd(take.qty, take.price, fee_bps=self._paper.maker_fee_bps if liquidity == "maker" else self._paper.taker_fee_bps)
        held, realized = filled(state.positions.get(symbol), take.qty * sign(order.side), take.price, ts_us=state.now_us)
        state.wallet += realized - fee
        if held is None:
            del state.positions[symbol]
        else:
            state.positions[symbol] = held
        order.filled += take.qty
        order.fills += 1
        self.value(symbol)
        report = traded(
            order,
            take,
            liquidity=liquidity,
            now_us=state.now_us,
            at_us=at_us,
            fee=fee,
            realized=realized,
            position_qty=ZERO if held is None else held.qty,
        )
        state.reports.append(report)

    def settle(self, event: Settlement) -> None:
        """Pay or receive funding on an open position and report it."""
        state = self._state
        held = state.positions.get(event.symbol)
        if held is None:
            return
        mark = exact(event.mark)
        amount = funding_usd(held, mark=mark, rate=event.funding_rate)
        state.wallet += amount
        self._wallet_usd = float(state.wallet)
        state.reports.append(
            Funding(ts_us=state.now_us, symbol=event.symbol, amount=amount, rate=event.funding_rate, mark=mark, position_qty=held.qty)
        )

    def mark(self, symbol: str) -> float:
        """The price a position is valued at: the mark if it is not older than a minute beside the quote, else the mid."""
        mark, quote = self._state.marks.get(symbol), self._state.quotes[symbol]
        if mark is not None and quote.ts_us - mark.ts_us <= MARK_MAX_AGE_US:
            return mark.mark
        return (quote.bid + quote.ask) / 2

    def value(self, symbol: str) -> None:
        """Take over a symbol's position, and the wallet, into the float estimate."""
        self._wallet_usd = float(self._state.wallet)
        held = self._state.positions.get(symbol)
        if held is None:
            self._weights.pop(symbol, None)
            self._room.pop(symbol, None)
            self._room_usd = sum(self._room.values())
            return
        lines = [(float(abs(held.qty) * rate), float(less)) for rate, less in self._terms[symbol].lines]
        self._weights[symbol] = (float(held.qty), float(held.cost), lines)
        self.moved(symbol)

    def moved(self, symbol: str) -> bool:
        """Follow the mark of a held symbol; whether the estimate is now `near`."""
        qty, cost, lines = self._weights[symbol]
        mark = self.mark(symbol)
        room = qty * mark - cost - max([steep * mark - less for steep, less in lines])
        self._room_usd += room - self._room.get(symbol, 0.0)
        self._room[symbol] = room
        return self._wallet_usd + self._room_usd <= NEAR_USD

    def stakes(self) -> list[Stake]:
        """Every open position at its mark, by symbol."""
        return [self._stake(symbol, held) for symbol, held in sorted(self._state.positions.items())]

    def _stake(self, symbol: str, held: Held) -> Stake:
        terms = self._terms[symbol]
        return stake(symbol, held, exact(self.mark(symbol)), lines=terms.lines, leverage=terms.leverage)

    def totals(self, stakes: list[Stake]) -> Totals:
        """The account's sums over its positions and resting orders."""
        tied = ZERO
        for symbol, orders in self._state.resting.items():
            tied += order_margin(orders, self._terms[symbol].leverage)
        return totals(self._state.wallet, stakes, orders_margin=tied)

    def must_liquidate(self) -> bool:
        """Whether equity (wallet and unrealised) is below the sum of maintenance margins."""
        return bool(self._state.positions) and self.totals(self.stakes()).buffer < 0

    def near(self) -> bool:
        """Whether the float estimate of equity above maintenance is so small that decimals must decide."""
        return bool(self._room) and self._wallet_usd + self._room_usd <= NEAR_USD

    def close_out(self, symbol: str) -> None:
        """Close a position by liquidation: a taker fill as bad as the last level a market order may reach."""
        state, paper = self._state, self._paper
        held = state.positions[symbol]
        side: Side = opposite("buy" if held.qty > 0 else "sell")
        touch, _ = touch_for(side, state.quotes[symbol])
        slip_bps = paper.impact_bps * paper.max_levels
        price = price_for(side, worse(side, touch, slip_bps), self._terms[symbol].instrument.tick_size)
        order = Order(
            client_id=f"autoclose-{symbol}-{state.now_us}",
            symbol=symbol,
            side=side,
            qty=abs(held.qty),
            price=None,
            level=touch,
            post_only=False,
            reduce_only=True,
            placed_us=state.now_us,
        )
        model = f"liquidation: touch {touch} worse by {slip_bps:.1f} bps"
        self.fill(order, Take(price, order.qty, model), liquidity="taker", at_us=state.now_us)

    def account(self, now_us: int, name: str) -> Account:
        """The books as of the newest market event: wallet, positions at their marks, resting orders."""
        stakes = self.stakes()
        return statement(self._state, stakes, now_us, name=name, sums=self.totals(stakes))
