"""Fills, fees and funding as positions from flat to flat: what was earned, and on what."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import ClassVar

import msgspec

from executor.records.base import Record, sign
from executor.records.market import Quote
from executor.records.orders import Adjust, Ended, Fill, Funding, Submit, Transfer
from executor.records.trading import Decision, Intent, Vetoed
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.rolling import Rolling
from hedge_assets.folds.roundtrips import DOLLARS, EXACT, ZERO, ClosedTrade, OpenTrade, Part, Sent, Wish, close_trade
from hedge_assets.folds.tally import TradeTally, figures_of, keys_of

__all__ = ["ClosedTrade", "Ledger", "OpenTrade", "Totals", "Wish"]

RECENT_KEPT = 500
FLOWS_KEPT = 10_000
WISHES_KEPT = 1_000
ORDERS_KEPT = 4_000
DONE_KEPT = 64
FEE_PART = Decimal("1e-12")


class Totals(msgspec.Struct, kw_only=True):
    """Exact sums since the beginning, in USD. `realized` is before fees; `funding` is what was gained."""

    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    transfers: Decimal = ZERO
    fills: int = 0
    settlements: int = 0

    @property
    def net(self) -> Decimal:
        """Realized profit less fees, with funding."""
        return EXACT.add(EXACT.subtract(self.realized, self.fees), self.funding)


class Ledger(msgspec.Struct, kw_only=True):
    """Open trades, what closed ones add up to (`results`) with the newest 500 of them (`recent`), exact totals overall and by
    symbol, cash flows (the newest 10,000).

    `wishes` are of approved intents, `orders` has what was sent by client id: both go when 64 further intents have ended (`done`),
    since a fill may come late, and where no end is journaled beyond the newest 1,000 and 4,000. `stops` has intent and reason of
    those kept at the venue, by client id.
    Fees and transfers in coins other than dollars are kept apart in `foreign`, by asset, unvalued.
    `abandoned` counts open trades that an adjustment to flat ended, and `abandoned_usd` is what they had booked: without a price
    they are nobody's profit. `unattributed` is money of no trade: funding that came while flat (by the order of the journal,
    also within a microsecond), and fills that reduced a position nobody here had entered. `venue_extra_usd` is by how much the
    venue's own realized profit of closed trades exceeds the difference of their prices: its rounding. In every moment

        sum of closed nets + venue_extra_usd + booked_usd of open trades + abandoned_usd + unattributed.net = totals.net
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Intent: "intent",
        Decision: "decision",
        Submit: "submit",
        Fill: "fill",
        Funding: "fund",
        Transfer: "transfer",
        Adjust: "adjust",
        Ended: "ended",
        Quote: "quote",
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
    stops: dict[str, tuple[str, str]] = {}
    newest_us: int | None = None
    foreign: dict[str, Decimal] = {}
    abandoned: int = 0
    results: Rolling[TradeTally] = msgspec.field(default_factory=Rolling[TradeTally])
    unattributed: Totals = msgspec.field(default_factory=Totals)
    abandoned_usd: Decimal = ZERO
    venue_extra_usd: Decimal = ZERO
    done: list[str] = []

    def take(self, record: Record) -> None:
        """Take one record of the orders journal."""
        take(self, record)

    def quote(self, record: Quote) -> None:
        """How far the mid goes while a trade is open: on the hot path, so it only keeps two extremes. One-sided ones are passed over."""
        trade = self.open.get(record.symbol)
        if trade is None or record.bid <= 0.0 or record.ask <= 0.0:
            return
        mid = (record.bid + record.ask) / 2
        if trade.high_mid is None or mid > trade.high_mid:
            trade.high_mid = mid
        if trade.low_mid is None or mid < trade.low_mid:
            trade.low_mid = mid

    def intent(self, record: Intent) -> None:
        """Remember what is asked until its fills come."""
        wish = Wish(strategy=record.strategy, purpose=record.purpose, reason=record.reason, stop_bps=record.stop_bps)
        remember(self.wishes, record.intent_id, wish, limit=WISHES_KEPT)

    def decision(self, record: Decision) -> None:
        """Remember what steered an approved intent; a vetoed one will have no fills."""
        if isinstance(record.verdict, Vetoed):
            self.wishes.pop(record.intent_id, None)
        elif (wish := self.wishes.get(record.intent_id)) is not None:
            policy = record.policy
            self.wishes[record.intent_id] = msgspec.structs.replace(
                wish, policy_version=policy.version, weight_version=policy.weight_version, weight_frac=policy.weight_frac
            )

    def submit(self, record: Submit) -> None:
        """Remember whose order this is, and the mid it left at; of a stop kept at the venue, which may wait for weeks, why it is there."""
        if record.trigger is not None:
            remember(self.stops, record.client_id, (record.intent_id, record.reason), limit=ORDERS_KEPT)
            return
        remember(self.orders, record.client_id, Sent(record.intent_id, record.step, record.mid), limit=ORDERS_KEPT)

    def ended(self, record: Ended) -> None:
        """The work on an intent is over: what is remembered of it goes a while later."""
        self.done.append(record.intent_id)
        if len(self.done) <= DONE_KEPT:
            return
        old = self.done.pop(0)
        self.wishes.pop(old, None)
        for client_id in [client_id for client_id, sent in self.orders.items() if sent.intent_id == old]:
            del self.orders[client_id]

    def fill(self, record: Fill) -> None:
        """Book a fill: totals, and the trade (or the two, through zero) that it belongs to."""
        self.newest_us = record.ts_us
        with localcontext(EXACT):
            fee = record.fee if record.fee_asset in DOLLARS else ZERO
            if fee is not record.fee:
                self._foreign(record.fee_asset, -record.fee)
            for totals in (self.totals, self._of(record.symbol)):
                totals.realized += record.realized
                totals.fees += fee
                totals.fills += 1
            self._place(record, fee)

    def _place(self, record: Fill, fee: Decimal) -> None:
        """Whose fill it is. Through zero the fee goes by quantity, in whole 1e-12 USD, the rest to the new trade."""
        before = self.positions.get(record.symbol, ZERO)
        signed = record.qty * sign(record.side)
        after = before + signed
        self._hold(record.symbol, after)
        if before * after < 0:
            fee_part = (fee * abs(before) / record.qty).quantize(FEE_PART)
            self._exit(record, Part(qty=abs(before), fee=fee_part, realized=record.realized))
            self._enter(record, Part(qty=abs(after), fee=fee - fee_part, realized=ZERO))
        elif signed != 0 and before * signed >= 0:
            self._enter(record, Part(qty=record.qty, fee=fee, realized=record.realized))
        else:
            self._exit(record, Part(qty=record.qty, fee=fee, realized=record.realized))

    def fund(self, record: Funding) -> None:
        """Funding belongs to the trade that is open in its symbol when the record comes, to nobody where there is none."""
        self.newest_us = record.ts_us
        trade = self.open.get(record.symbol)
        with localcontext(EXACT):
            for totals in (self.totals, self._of(record.symbol), *(() if trade is not None else (self.unattributed,))):
                totals.funding += record.amount
                totals.settlements += 1
            if trade is not None:
                trade.funding += record.amount

    def transfer(self, record: Transfer) -> None:
        """Money came in or went out; it is not profit."""
        self.newest_us = record.ts_us
        if record.asset not in DOLLARS:
            self._foreign(record.asset, record.amount)
            return
        self.totals.transfers = EXACT.add(self.totals.transfers, record.amount)
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
            self.abandoned_usd = EXACT.add(self.abandoned_usd, trade.booked_usd)
        else:
            trade.adjusted = True

    def _enter(self, record: Fill, part: Part) -> None:
        wish, trade = self._wish(record), self.open.get(record.symbol)
        if trade is None:
            trade = self.open[record.symbol] = self._opened(record, wish)
        else:
            trade.reckon()
        cost = record.price * part.qty
        trade.entry_qty += part.qty
        trade.entry_cost += cost
        if wish is not None and wish.stop_bps is not None:
            trade.initial_risk_usd = (trade.initial_risk_usd or 0.0) + float(cost) * wish.stop_bps / 1e4
        self._count(trade, record, part)

    def _opened(self, record: Fill, wish: Wish | None) -> OpenTrade:
        sent = self.orders.get(record.client_id)
        return OpenTrade(
            symbol=record.symbol,
            side="long" if record.side == "buy" else "short",
            strategy=wish.strategy if wish else "",
            opened_us=record.ts_us,
            intent_id=sent.intent_id if sent else "",
            entry_reason=wish.reason if wish else "external",
            policy_version=wish.policy_version if wish else "",
            weight_version=wish.weight_version if wish else "",
            weight_frac=wish.weight_frac if wish else None,
        )

    def _exit(self, record: Fill, part: Part) -> None:
        trade = self.open.get(record.symbol)
        if trade is None:
            self.unattributed.realized += part.realized
            self.unattributed.fees += part.fee
            self.unattributed.fills += 1
            return
        self._count(trade, record, part)
        if part.qty == 0:
            return
        trade.exit_qty += part.qty
        trade.exit_cost += record.price * part.qty
        trade.exit_intent_id, trade.exit_reason = self.stops.get(record.client_id) or self._exit_of(record)
        if self.positions.get(record.symbol, ZERO) * (1 if trade.side == "long" else -1) <= 0:
            del self.open[record.symbol]
            self.closed += 1
            closed = close_trade(trade, number=self.closed, closed_us=record.ts_us)
            self.venue_extra_usd += trade.realized - closed.gross
            self.enter_result(closed)

    def enter_result(self, trade: ClosedTrade) -> None:
        """Put a closed trade into every sum it belongs to, by the time of its closing, and among the newest."""
        figures = figures_of(trade)
        with localcontext(EXACT):
            for key in keys_of(trade):
                self.results.at(trade.closed_us, key, TradeTally).count(trade, figures)
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

    def _exit_of(self, record: Fill) -> tuple[str, str]:
        """The intent that a fill was the way out for, empty where there is none, and why it was taken."""
        sent, wish = self.orders.get(record.client_id), self._wish(record)
        intent_id = sent.intent_id if sent else ""
        if record.model.startswith("liquidation"):
            return intent_id, "liquidation"
        return intent_id, wish.reason if wish is not None else "operator" if sent else "external"

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
        self.foreign[asset] = EXACT.add(self.foreign.get(asset, ZERO), amount)
