"""What became of each approved intent in one account: its fills and what they cost, and of an entry what its trade earned.

    decision ──▶ course ──submit, fills──▶ ended ──▶ (entry: trade closed) ──markouts──▶ over

Money is exact; what is judged against mids is in bps, positive is cost but for markouts, which are positive when good for us.
The same code follows the live account's records and each column's own.
"""

from bisect import insort
from collections.abc import Mapping
from decimal import Decimal, localcontext

import msgspec

from executor.records.base import sign
from executor.records.market import Quote
from executor.records.orders import Adjust, Ended, Fill, Funding, Submit
from executor.records.trading import Decision, Intent
from hedge_assets.folds.base import keep_newest, remember
from hedge_assets.folds.execution_rows import HORIZONS_S, SECOND_US
from hedge_assets.folds.roundtrips import DOLLARS, EXACT, ZERO
from hedge_assets.shadow.totals import Totals

ORDERS_KEPT = 1_000
COURSES_KEPT = 4_000
RECENT_KEPT = 64
DUST_FRAC = Decimal("1e-9")
MARKOUTS = len(HORIZONS_S)
SETTLED_US = HORIZONS_S[-1] * SECOND_US


class Course(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One approved intent. `mid` is the market's at the decision (null where it had no two sides); `qty` was decided.

    `cost_usd` is the sum of price x quantity of its fills, `maker_usd` the part that rested. `slip_usd` is what they cost beyond
    `mid`. `markout_usd` by horizon is what the mid had gained on the fills then, of `marked_usd` of notional. `net` is what its
    trades earned, null before one closed and for an exit.
    """

    intent_id: str
    symbol: str
    side: str
    purpose: str
    decided_us: int
    qty: Decimal
    mid: float | None
    filled_qty: Decimal = ZERO
    cost_usd: Decimal = ZERO
    maker_usd: Decimal = ZERO
    fees_usd: Decimal = ZERO
    slip_usd: float = 0.0
    markout_usd: list[float] = []
    marked_usd: list[float] = []
    last_fill_us: int | None = None
    awaited_qty: Decimal | None = None
    net: Decimal | None = None
    is_over: bool = False

    @property
    def is_worked(self) -> bool:
        """Whether nothing more of it will be filled."""
        return self.awaited_qty is not None and self.filled_qty >= self.awaited_qty * (1 - DUST_FRAC)

    @property
    def slippage_bps(self) -> float | None:
        """What its fills cost beyond the mid at the decision; null without fills or mid."""
        return self.slip_usd / float(self.cost_usd) * 1e4 if self.cost_usd and self.mid else None

    @property
    def fee_bps(self) -> float | None:
        """Its fees in bps of what was filled; null without fills."""
        return float(self.fees_usd / self.cost_usd) * 1e4 if self.cost_usd else None

    def markout_bps(self, horizon: int) -> float | None:
        """What the mid gained on its fills after a horizon (its place in `HORIZONS_S`); null where no mid was known then."""
        marked = self.marked_usd[horizon] if self.marked_usd else 0.0
        return self.markout_usd[horizon] / marked * 1e4 if marked else None


class Due(msgspec.Struct, array_like=True, gc=False):
    """A markout to come: when, which horizon, whose fill, its notional, price, and +1 for a buy."""

    due_us: int
    horizon: int
    intent_id: str
    notional_usd: float
    price: float
    way: int


class Trip(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A position from flat to flat: the intent that opened it (empty for none of ours), and what it brought. `entry_usd` was paid."""

    symbol: str
    side: str
    intent_id: str
    strategy: str
    opened_us: int
    entry_usd: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    closed_us: int | None = None

    @property
    def net(self) -> Decimal:
        """Realized profit less fees, with funding."""
        return EXACT.add(EXACT.subtract(self.realized, self.fees), self.funding)


class Courses(msgspec.Struct, kw_only=True):
    """Courses by intent that somebody still waits for, orders by client id, open trades by symbol, and what all came to.

    `over` names the courses that were over since it was last emptied. `seen` are the newest fills, so that none counts twice.
    """

    courses: dict[str, Course] = {}
    strategies: dict[str, str] = {}
    orders: dict[str, str] = {}
    trips: dict[str, Trip] = {}
    due: dict[str, list[Due]] = {}
    totals: Totals = msgspec.field(default_factory=Totals)
    recent: list[Trip] = []
    over: list[str] = []
    seen: dict[str, bool] = {}

    def decision(self, intent: Intent, decision: Decision) -> None:
        """An approved intent sets out on its course."""
        view = decision.slice
        if decision.plan is None or decision.qty is None or decision.intent_id in self.courses:
            return
        self.totals.approved += 1
        remember(self.strategies, intent.intent_id, intent.strategy, limit=COURSES_KEPT)
        course = Course(
            intent_id=intent.intent_id,
            symbol=intent.symbol,
            side=intent.side,
            purpose=intent.purpose,
            decided_us=decision.ts_us,
            qty=Decimal(repr(decision.qty)),
            mid=view.mid if 0 < view.bid <= view.ask else None,
        )
        remember(self.courses, intent.intent_id, course, limit=COURSES_KEPT)

    def submit(self, record: Submit) -> None:
        """Whose order this is."""
        self.totals.orders += 1
        remember(self.orders, record.client_id, record.intent_id, limit=ORDERS_KEPT)

    def fill(self, record: Fill) -> None:
        """A part of an order was traded."""
        name = f"{record.client_id} {record.trade_id}"
        if name in self.seen:
            return
        remember(self.seen, name, value=True, limit=ORDERS_KEPT)
        with localcontext(EXACT):
            fee = record.fee if record.fee_asset in DOLLARS else ZERO
            cost = record.price * record.qty
            self.totals.fill(record, cost=cost, fee=fee)
            course = self.courses.get(self.orders.get(record.client_id, ""))
            if course is not None:
                self._count(course, record, cost=cost, fee=fee)
            self._trip(record, cost=cost, fee=fee)
        if course is not None:
            self._end_if_over(course, record.ts_us)

    def ended(self, record: Ended) -> None:
        """The work on an intent is over."""
        course = self.courses.get(record.intent_id)
        if course is not None:
            course.awaited_qty = record.filled_qty
            self._end_if_over(course, record.ts_us)

    def funding(self, record: Funding) -> None:
        """Funding belongs to the trade that is open in its symbol."""
        self.totals.funding_usd = EXACT.add(self.totals.funding_usd, record.amount)
        trip = self.trips.get(record.symbol)
        if trip is not None:
            trip.funding = EXACT.add(trip.funding, record.amount)

    def adjust(self, record: Adjust) -> None:
        """A position that was set to flat ends its trade without a price: what it had booked is its net."""
        if record.venue_qty == 0 and record.symbol in self.trips:
            self._close(self.trips.pop(record.symbol), record.ts_us)

    def mature(self, quotes: Mapping[str, Quote], now_us: int) -> None:
        """Judge the markouts due before now by the newest quotes, and end what waited for them."""
        for symbol in tuple(self.due):
            self.mature_symbol(symbol, quotes.get(symbol), now_us)

    def mature_symbol(self, symbol: str, quote: Quote | None, now_us: int) -> None:
        """The same for one symbol, by the quote that was in force."""
        waiting = self.due[symbol]
        while waiting and waiting[0].due_us < now_us:
            self._judge(waiting.pop(0), quote)
        if not waiting:
            del self.due[symbol]

    def drop(self, intent_id: str) -> None:
        """Nobody waits for this course any more."""
        self.courses.pop(intent_id, None)
        self.strategies.pop(intent_id, None)

    def is_open(self, intent_id: str) -> bool:
        """Whether a course is not over yet; what never set out is over."""
        course = self.courses.get(intent_id)
        return course is not None and not course.is_over

    def _count(self, course: Course, record: Fill, *, cost: Decimal, fee: Decimal) -> None:
        way = sign(record.side)
        course.filled_qty += record.qty
        course.cost_usd += cost
        course.fees_usd += fee
        course.last_fill_us = record.ts_us
        if record.liquidity == "maker":
            course.maker_usd += cost
        if course.mid:
            slip_usd = way * float(record.qty) * (float(record.price) - course.mid)
            course.slip_usd += slip_usd
            self.totals.judged(float(cost), slip_usd)
        if not course.markout_usd:
            course.markout_usd, course.marked_usd = [0.0] * MARKOUTS, [0.0] * MARKOUTS
        for horizon, seconds in enumerate(HORIZONS_S):
            due = Due(record.ts_us + seconds * SECOND_US, horizon, course.intent_id, float(cost), float(record.price), way)
            insort(self.due.setdefault(course.symbol, []), due, key=due_us)

    def _trip(self, record: Fill, *, cost: Decimal, fee: Decimal) -> None:
        """Book a fill on its symbol's trade. One through zero ends a trade with all of its money and begins one without."""
        before = record.position_qty - record.qty * sign(record.side)
        trip = self.trips.get(record.symbol)
        if trip is not None:
            trip.realized += record.realized
            trip.fees += fee
            if record.position_qty == 0 or before * record.position_qty < 0:
                self._close(self.trips.pop(record.symbol), record.ts_us)
        if record.position_qty != 0 and record.symbol not in self.trips and before * record.position_qty <= 0:
            intent_id = self.orders.get(record.client_id, "")
            self.trips[record.symbol] = Trip(
                symbol=record.symbol,
                side="long" if record.position_qty > 0 else "short",
                intent_id=intent_id,
                strategy=self.strategies.get(intent_id, ""),
                opened_us=record.ts_us,
                entry_usd=record.price * abs(record.position_qty),
                fees=ZERO if trip is not None else fee,
            )
        elif trip is not None and abs(record.position_qty) > abs(before):
            trip.entry_usd += cost

    def _close(self, trip: Trip, now_us: int) -> None:
        trip.closed_us = now_us
        self.totals.close(trip.net, trip.entry_usd)
        self.recent.append(trip)
        keep_newest(self.recent, RECENT_KEPT)
        course = self.courses.get(trip.intent_id)
        if course is not None:
            course.net = trip.net if course.net is None else EXACT.add(course.net, trip.net)
            self._end_if_over(course, now_us)

    def _judge(self, due: Due, quote: Quote | None) -> None:
        limit_us = max(SECOND_US, HORIZONS_S[due.horizon] * SECOND_US // 2)
        is_known = quote is not None and due.due_us - quote.ts_us <= limit_us and 0 < quote.bid <= quote.ask
        gain_usd = due.way * ((quote.bid + quote.ask) / 2 / due.price - 1) * due.notional_usd if quote is not None and is_known else None
        if gain_usd is not None:
            self.totals.mark(due.horizon, due.notional_usd, gain_usd)
        course = self.courses.get(due.intent_id)
        if course is None:
            return
        if gain_usd is not None:
            course.markout_usd[due.horizon] += gain_usd
            course.marked_usd[due.horizon] += due.notional_usd
        self._end_if_over(course, due.due_us)

    def _end_if_over(self, course: Course, now_us: int) -> None:
        """A course is over when its work is, its trade is closed if it opened one, and its last markout fell due."""
        if course.is_over or not course.is_worked:
            return
        if course.last_fill_us is not None:
            if now_us < course.last_fill_us + SETTLED_US:
                return
            if course.purpose == "entry" and self._is_held(course.intent_id):
                return
        course.is_over = True
        self.over.append(course.intent_id)

    def _is_held(self, intent_id: str) -> bool:
        return any(trip.intent_id == intent_id for trip in self.trips.values())


def due_us(due: Due) -> int:
    """When a markout is due."""
    return due.due_us
