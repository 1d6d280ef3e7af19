"""Fills, fees and funding as positions from flat to flat: what was earned, and on what."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import msgspec

from executor.records.base import Record, sign
from executor.records.orders import Adjust, Fill, Funding, Submit, Transfer
from executor.records.trading import Decision, Intent, Vetoed
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.rolling import Rolling
from hedge_assets.folds.roundtrips import DOLLARS, ZERO, ClosedTrade, OpenTrade, Part, Sent, close_trade
from hedge_assets.folds.tally import TradeTally, keys_of

__all__ = ["ClosedTrade", "Ledger", "OpenTrade", "Totals", "Wish"]

RECENT_KEPT = 256
FLOWS_KEPT = 10_000
WISHES_KEPT = 1_000
ORDERS_KEPT = 4_000


class Totals(msgspec.Struct, kw_only=True):
    """Exact sums since the beginning, in USD. `realized` is before fees; `funding` is what was gained."""

    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    transfers: Decimal = ZERO
    fills: int = 0
    settlements: int = 0


class Wish(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What of an intent is needed when its fills come."""

    strategy: str
    purpose: str
    reason: str
    stop_bps: float | None


class Ledger(msgspec.Struct, kw_only=True):
    """Open trades, what closed ones add up to (`results`) with the newest 256 of them (`recent`), exact totals overall and by
    symbol, cash flows (the newest 10,000).

    `wishes` are of approved intents (the newest 1,000), `orders` has what was sent by client id (4,000).
    Fees and transfers in coins other than dollars are kept apart in `foreign`, by asset, unvalued.
    `abandoned` counts open trades that an adjustment to flat ended: without a price they are nobody's profit.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Intent: "intent",
        Decision: "decision",
        Submit: "submit",
        Fill: "fill",
        Funding: "fund",
        Transfer: "transfer",
        Adjust: "adjust",
    }

    open: dict[str, OpenTrade] = {}
    recent: list[ClosedTrade] = []
    closed: int = 0
    totals: Totals = msgspec.field(default_factory=Totals)
    by_symbol: dict[str, Totals] = {}
    positions: dict[str, Decimal] = {}
    flows: list[tuple[int, Decimal]] = []
    wishes: dict[str, Wish] = {}
    orders: dict[str, Sent] = {}
    newest_us: int | None = None
    foreign: dict[str, Decimal] = {}
    abandoned: int = 0
    results: Rolling[TradeTally] = msgspec.field(default_factory=Rolling[TradeTally])

    def take(self, record: Record) -> None:
        """Take one record of the orders journal."""
        take(self, record)

    def intent(self, record: Intent) -> None:
        """Remember what is asked until its fills come."""
        wish = Wish(strategy=record.strategy, purpose=record.purpose, reason=record.reason, stop_bps=record.stop_bps)
        remember(self.wishes, record.intent_id, wish, limit=WISHES_KEPT)

    def decision(self, record: Decision) -> None:
        """A vetoed intent will have no fills."""
        if isinstance(record.verdict, Vetoed):
            self.wishes.pop(record.intent_id, None)

    def submit(self, record: Submit) -> None:
        """Remember whose order this is, and the mid it left at."""
        remember(self.orders, record.client_id, Sent(record.intent_id, record.step, record.mid), limit=ORDERS_KEPT)

    def fill(self, record: Fill) -> None:
        """Book a fill: totals, and the trade (or the two, through zero) that it belongs to."""
        self.newest_us = record.ts_us
        fee = record.fee if record.fee_asset in DOLLARS else ZERO
        if fee is not record.fee:
            self._foreign(record.fee_asset, -record.fee)
        for totals in (self.totals, self._of(record.symbol)):
            totals.realized += record.realized
            totals.fees += fee
            totals.fills += 1
        before = self.positions.get(record.symbol, ZERO)
        signed = record.qty * sign(record.side)
        after = before + signed
        self._hold(record.symbol, after)
        if before * after < 0:
            fee_part = fee * abs(before) / record.qty
            self._exit(record, Part(qty=abs(before), fee=fee_part, realized=record.realized))
            self._enter(record, Part(qty=abs(after), fee=fee - fee_part, realized=ZERO))
        elif before == 0 or before * signed > 0:
            self._enter(record, Part(qty=record.qty, fee=fee, realized=record.realized))
        else:
            self._exit(record, Part(qty=record.qty, fee=fee, realized=record.realized))

    def fund(self, record: Funding) -> None:
        """Funding belongs to the trade that is open in its symbol."""
        self.newest_us = record.ts_us
        for totals in (self.totals, self._of(record.symbol)):
            totals.funding += record.amount
            totals.settlements += 1
        trade = self.open.get(record.symbol)
        if trade is not None:
            trade.funding += record.amount

    def transfer(self, record: Transfer) -> None:
        """Money came in or went out; it is not profit."""
        self.newest_us = record.ts_us
        if record.asset not in DOLLARS:
            self._foreign(record.asset, record.amount)
            return
        self.totals.transfers += record.amount
        self.flows.append((record.ts_us, record.amount))
        keep_newest(self.flows, FLOWS_KEPT)

    def adjust(self, record: Adjust) -> None:
        """Our position is set to the venue's: no fill is invented, so a trade that ends here has no exit price."""
        self.newest_us = record.ts_us
        self._hold(record.symbol, record.venue_qty)
        trade = self.open.get(record.symbol)
        if trade is None:
            return
        if record.venue_qty == 0 or (record.venue_qty > 0) != (trade.side == "long"):
            del self.open[record.symbol]
            self.abandoned += 1
        else:
            trade.adjusted = True

    def _enter(self, record: Fill, part: Part) -> None:
        wish, sent = self._wish(record), self.orders.get(record.client_id)
        trade = self.open.get(record.symbol)
        if trade is None:
            trade = self.open[record.symbol] = OpenTrade(
                symbol=record.symbol,
                side="long" if record.side == "buy" else "short",
                strategy=wish.strategy if wish else "",
                opened_us=record.ts_us,
                intent_id=sent.intent_id if sent else "",
                entry_reason=wish.reason if wish else "external",
            )
        cost = record.price * part.qty
        trade.entry_qty += part.qty
        trade.entry_cost += cost
        if wish is not None and wish.stop_bps is not None:
            trade.initial_risk_usd = (trade.initial_risk_usd or 0.0) + float(cost) * wish.stop_bps / 1e4
        self._count(trade, record, part)

    def _exit(self, record: Fill, part: Part) -> None:
        trade = self.open.get(record.symbol)
        if trade is None:
            return
        trade.exit_qty += part.qty
        trade.exit_cost += record.price * part.qty
        trade.exit_reason = self._exit_reason(record)
        self._count(trade, record, part)
        if self.positions.get(record.symbol, ZERO) * (1 if trade.side == "long" else -1) <= 0:
            del self.open[record.symbol]
            self.closed += 1
            self.enter_result(close_trade(trade, number=self.closed, closed_us=record.ts_us))

    def enter_result(self, trade: ClosedTrade) -> None:
        """Put a closed trade into every sum it belongs to, by the time of its closing, and among the newest."""
        for key in keys_of(trade):
            self.results.at(trade.closed_us, key, TradeTally).add(trade)
        self.recent.append(trade)
        keep_newest(self.recent, RECENT_KEPT)

    def _count(self, trade: OpenTrade, record: Fill, part: Part) -> None:
        trade.fills += 1
        trade.fees += part.fee
        trade.realized += part.realized
        cost = record.price * part.qty
        if record.liquidity == "maker":
            trade.maker_cost += cost
        sent = self.orders.get(record.client_id)
        if sent is not None and sent.step == "fallback":
            trade.fallback_cost += cost
        if sent is not None and sent.mid is not None:
            trade.judged_cost += cost
            trade.slippage_usd += sign(record.side) * (float(record.price) - sent.mid) * float(part.qty)

    def _exit_reason(self, record: Fill) -> str:
        if record.model.startswith("liquidation"):
            return "liquidation"
        wish = self._wish(record)
        if wish is not None:
            return wish.reason
        return "operator" if record.client_id in self.orders else "external"

    def _wish(self, record: Fill) -> Wish | None:
        sent = self.orders.get(record.client_id)
        return self.wishes.get(sent.intent_id) if sent is not None else None

    def _of(self, symbol: str) -> Totals:
        totals = self.by_symbol.get(symbol)
        if totals is None:
            totals = self.by_symbol[symbol] = Totals()
        return totals

    def _hold(self, symbol: str, qty: Decimal) -> None:
        if qty == 0:
            self.positions.pop(symbol, None)
        else:
            self.positions[symbol] = qty

    def _foreign(self, asset: str, amount: Decimal) -> None:
        self.foreign[asset] = self.foreign.get(asset, ZERO) + amount
