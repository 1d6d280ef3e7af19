"""What a set of orders, fills, markouts and worked intents adds up to: everything execution is judged by, in fixed room.

Each of them is added when it is known: an order when it is over, a fill when it came, a markout when it fell due, an intent when
it ended. A window therefore holds what became known in it.
"""

import msgspec

from hedge_assets.folds.execution_rows import FALLBACK, HORIZONS_S, FillRow, OrderRow, WorkedIntent
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.sided import Sided
from hedge_assets.folds.weighted import Lasting, Weighted, more

REALISED_AT = {HORIZONS_S.index(5): 0, HORIZONS_S.index(60): 1}
"""The horizons at which the realised half-spread is kept (5 and 60 s), and its place in `realised` and `moved`."""


class MarkoutTally(msgspec.Struct, array_like=True, gc=False):
    """Mature markouts at one horizon, in bps: weighted by notional over all, maker and taker fills, and each maker fill alone."""

    every: Weighted = msgspec.field(default_factory=Weighted)
    maker: Weighted = msgspec.field(default_factory=Weighted)
    taker: Weighted = msgspec.field(default_factory=Weighted)
    makers: Moments = msgspec.field(default_factory=Moments)
    sketches: Sided = msgspec.field(default_factory=Sided)

    def add(self, moved_bps: float, row: FillRow) -> None:
        """One more mature fill."""
        self.every.add(moved_bps, row.notional_usd)
        self.sketches.add(moved_bps, row.liquidity)
        if row.liquidity == "maker":
            self.maker.add(moved_bps, row.notional_usd)
            self.makers.add(moved_bps)
        elif row.liquidity == "taker":
            self.taker.add(moved_bps, row.notional_usd)

    def plus(self, other: "MarkoutTally") -> None:
        """All of another."""
        self.every.plus(other.every)
        self.maker.plus(other.maker)
        self.taker.plus(other.taker)
        self.makers.plus(other.makers)
        self.sketches.plus(other.sketches)


class OrderTally(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Orders that are over, by outcome and by the code of a refusal; answers and fates on the way there.

    `acknowledged` were acknowledged at some time, `share` is the sum of filled over asked quantity as seen when each was over,
    `unknowns` counts fates that became unknown. `first` is from sending to an order's first fill, `whole` to its last.
    """

    n: int = 0
    outcomes: dict[str, int] = {}
    refusals: dict[str, int] = {}
    posted: int = 0
    posted_refused: int = 0
    acknowledged: int = 0
    unknowns: int = 0
    share: float = 0.0
    ack: Lasting = msgspec.field(default_factory=Lasting)
    first: Lasting = msgspec.field(default_factory=Lasting)
    whole: Lasting = msgspec.field(default_factory=Lasting)

    def add(self, row: OrderRow) -> None:
        """One more order that is over."""
        self.n += 1
        more(self.outcomes, row.outcome)
        self.posted += row.post_only
        self.acknowledged += row.ack_ms is not None
        self.share += min(1.0, row.filled_qty / row.qty) if row.qty > 0 else 0.0
        if row.outcome == "rejected":
            more(self.refusals, row.code)
            self.posted_refused += row.post_only

    @property
    def refused(self) -> int:
        """Orders that the venue proved not to have taken."""
        return self.outcomes.get("rejected", 0)

    @property
    def unanswered(self) -> int:
        """Orders that are over and were neither acknowledged nor refused."""
        return self.n - self.acknowledged - self.refused

    def plus(self, other: "OrderTally") -> None:
        """All of another."""
        self.n += other.n
        for mine, theirs in ((self.outcomes, other.outcomes), (self.refusals, other.refusals)):
            for word, count in theirs.items():
                mine[word] = mine.get(word, 0) + count
        self.posted += other.posted
        self.posted_refused += other.posted_refused
        self.acknowledged += other.acknowledged
        self.unknowns += other.unknowns
        self.share += other.share
        self.ack.plus(other.ack)
        self.first.plus(other.first)
        self.whole.plus(other.whole)


class FillTally(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Fills of our orders; costs in bps, weighted by notional, as `FillRow` defines them.

    `fees_usd` is of `charged_usd` notional. `realised` and `moved` (the price impact: effective less realised half-spread) are at 5
    and 60 s. `fallback` and `fallback_extra` are fallback fills against the decision's mid and its touch. `outside` counts fills of no
    order of ours, which are in nothing else. `markouts` is empty before the first mature one, else has a place per horizon.
    """

    n: int = 0
    makers: int = 0
    takers: int = 0
    notional_usd: float = 0.0
    maker_usd: float = 0.0
    taker_usd: float = 0.0
    fees_usd: float = 0.0
    charged_usd: float = 0.0
    outside: int = 0
    fallback_n: int = 0
    arrival: Weighted = msgspec.field(default_factory=Weighted)
    spread: Sided = msgspec.field(default_factory=Sided)
    decision: Weighted = msgspec.field(default_factory=Weighted)
    effective: Weighted = msgspec.field(default_factory=Weighted)
    realised: tuple[Weighted, Weighted] = msgspec.field(default_factory=lambda: (Weighted(), Weighted()))
    moved: tuple[Weighted, Weighted] = msgspec.field(default_factory=lambda: (Weighted(), Weighted()))
    fallback: Weighted = msgspec.field(default_factory=Weighted)
    fallback_extra: Weighted = msgspec.field(default_factory=Weighted)
    markouts: list[MarkoutTally] = []

    def add(self, row: FillRow) -> None:
        """One more fill."""
        usd = row.notional_usd
        self.n += 1
        self.notional_usd += usd
        if row.liquidity == "maker":
            self.makers += 1
            self.maker_usd += usd
        elif row.liquidity == "taker":
            self.takers += 1
            self.taker_usd += usd
        if row.fee_usd is not None:
            self.fees_usd += row.fee_usd
            self.charged_usd += usd
        self.arrival.add(row.slippage_bps, usd)
        if row.slippage_bps is not None:
            self.spread.add(row.slippage_bps, row.liquidity)
        self.decision.add(row.decision_bps, usd)
        self.effective.add(row.effective_bps, usd)
        if row.step == FALLBACK:
            self.fallback_n += 1
            self.fallback.add(row.decision_bps, usd)
            self.fallback_extra.add(row.extra_bps, usd)

    def settle(self, horizon: int, row: FillRow) -> None:
        """One more markout that is mature, and known."""
        moved_bps = row.markouts_bps[horizon]
        if moved_bps is None:
            return
        self._at_horizons()[horizon].add(moved_bps, row)
        place, realised_bps = REALISED_AT.get(horizon), row.realised_bps(horizon)
        if place is not None and realised_bps is not None and row.effective_bps is not None:
            self.realised[place].add(realised_bps, row.notional_usd)
            self.moved[place].add(row.effective_bps - realised_bps, row.notional_usd)

    def plus(self, other: "FillTally") -> None:
        """All of another."""
        for name in ("n", "makers", "takers", "notional_usd", "maker_usd", "taker_usd", "fees_usd", "charged_usd", "outside", "fallback_n"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.arrival.plus(other.arrival)
        self.spread.plus(other.spread)
        self.decision.plus(other.decision)
        self.effective.plus(other.effective)
        self.fallback.plus(other.fallback)
        self.fallback_extra.plus(other.fallback_extra)
        for mine, theirs in zip((*self.realised, *self.moved), (*other.realised, *other.moved), strict=True):
            mine.plus(theirs)
        if other.markouts:
            for my_markouts, their_markouts in zip(self._at_horizons(), other.markouts, strict=True):
                my_markouts.plus(their_markouts)

    def _at_horizons(self) -> list[MarkoutTally]:
        if not self.markouts:
            self.markouts = [MarkoutTally() for _ in HORIZONS_S]
        return self.markouts


class IntentTally(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Intents that were worked to their end: at least one order left. `unsent` counts approved ones of which none did.

    Of those whose cost is known: the four parts of the implementation shortfall in USD, `decided_usd` beside them, and `cost` and
    `slippage` of each in bps. `unjudged` counts the others by reason. `first` and `whole` are from the decision to
    the first fill, and to the last of those filled whole.
    """

    n: int = 0
    unsent: int = 0
    maker_first: int = 0
    fell_back: int = 0
    whole_n: int = 0
    unfilled_n: int = 0
    decided_usd: float = 0.0
    explicit_usd: float = 0.0
    delay_usd: float = 0.0
    impact_usd: float = 0.0
    opportunity_usd: float = 0.0
    unjudged: dict[str, int] = {}
    cost: Moments = msgspec.field(default_factory=Moments)
    slippage: Moments = msgspec.field(default_factory=Moments)
    first: Lasting = msgspec.field(default_factory=Lasting)
    whole: Lasting = msgspec.field(default_factory=Lasting)

    def add(self, row: WorkedIntent) -> None:
        """One more intent that is over."""
        if row.path == "unsent":
            self.unsent += 1
            return
        self.n += 1
        self.maker_first += row.route == "maker_first"
        self.fell_back += row.fell_back
        self.whole_n += row.whole_fill_ms is not None
        self.unfilled_n += row.fills == 0
        self.first.add(row.first_fill_ms)
        self.whole.add(row.whole_fill_ms)
        if row.slippage_bps is not None:
            self.slippage.add(row.slippage_bps)
        if row.cost_bps is None or row.notional_usd is None:
            more(self.unjudged, row.reason or "")
            return
        self.cost.add(row.cost_bps)
        scale = row.notional_usd / 1e4
        self.decided_usd += row.notional_usd
        self.explicit_usd += (row.explicit_bps or 0.0) * scale
        self.delay_usd += (row.delay_bps or 0.0) * scale
        self.impact_usd += (row.impact_bps or 0.0) * scale
        self.opportunity_usd += (row.opportunity_bps or 0.0) * scale

    def plus(self, other: "IntentTally") -> None:
        """All of another."""
        for name in ("n", "unsent", "maker_first", "fell_back", "whole_n", "unfilled_n"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("decided_usd", "explicit_usd", "delay_usd", "impact_usd", "opportunity_usd"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for reason, count in other.unjudged.items():
            self.unjudged[reason] = self.unjudged.get(reason, 0) + count
        self.cost.plus(other.cost)
        self.slippage.plus(other.slippage)
        self.first.plus(other.first)
        self.whole.plus(other.whole)


class ExecutionTally(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Everything of one symbol, route, hour of the day, or of all."""

    orders: OrderTally = msgspec.field(default_factory=OrderTally)
    fills: FillTally = msgspec.field(default_factory=FillTally)
    intents: IntentTally = msgspec.field(default_factory=IntentTally)

    def plus(self, other: "ExecutionTally") -> None:
        """All of another."""
        self.orders.plus(other.orders)
        self.fills.plus(other.fills)
        self.intents.plus(other.intents)


class PathTally(msgspec.Struct, array_like=True, gc=False):
    """Worked intents that went one way (quoted, kept, fallback, taken), and what each cost in bps where that is known."""

    n: int = 0
    cost: Moments = msgspec.field(default_factory=Moments)

    def plus(self, other: "PathTally") -> None:
        """All of another."""
        self.n += other.n
        self.cost.plus(other.cost)
