"""An intent being worked, from its decision to its end: what of it was filled so far, and what that cost against the mids."""

import msgspec

from executor.records.orders import Ended
from executor.records.trading import Decision, Intent
from hedge_assets.folds.execution_rows import FALLBACK, QUOTED, FillRow, OrderRow, Path, WorkedIntent

NO_DECISION_MID = "no mid at the decision"
NO_ARRIVAL_MID = "no mid at a sending"
NO_END_MID = "no mid at the end, and something was not filled"
NO_FEE = "a fee in a coin without a price"
UNSENT = "no order left"
DUST_FRAC = 1e-9


class Working(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One intent that is not over. Money in USD: `delay_usd` and `impact_usd` are sums over fills of quantity times the way from
    the decision's mid to the order's (arrival), and from there to the price; `blind` fills had no arrival mid, `unpriced`
    no known fee. `touch` is the other side's price at the decision.

    It is over (`ended_us`) when the executor says so and every fill it speaks of has been seen (`awaited_qty`).
    """

    intent_id: str
    symbol: str
    side: str
    strategy: str
    purpose: str
    version: str
    weight_version: str
    decided_us: int
    qty: float
    mid: float | None
    touch: float | None
    orders: int = 0
    quotes: int = 0
    fallbacks: int = 0
    rejects: int = 0
    fills: int = 0
    blind: int = 0
    unpriced: int = 0
    filled_qty: float = 0.0
    slip_usd: float = 0.0
    delay_usd: float = 0.0
    impact_usd: float = 0.0
    fee_usd: float = 0.0
    first_fill_us: int | None = None
    last_fill_us: int | None = None
    ended_us: int | None = None
    awaited_qty: float = 0.0
    mid_end: float | None = None
    ending: str = ""

    def send(self, order: OrderRow) -> None:
        """One of its orders leaves; the order keeps what it will be judged by."""
        self.orders += 1
        self.quotes += order.step in QUOTED
        self.fallbacks += order.step == FALLBACK
        order.strategy, order.mid_decision, order.touch_decision = self.strategy, self.mid, self.touch

    def fill(self, row: FillRow) -> None:
        """A part of it was traded."""
        way = 1.0 if self.side == "buy" else -1.0
        self.fills += 1
        self.filled_qty += row.qty
        self.first_fill_us = row.ts_us if self.first_fill_us is None else self.first_fill_us
        self.last_fill_us = row.ts_us
        self.unpriced += row.fee_usd is None
        self.fee_usd += row.fee_usd or 0.0
        if self.mid is not None:
            self.slip_usd += way * row.qty * (row.price - self.mid)
        if row.mid_arrival is None or self.mid is None:
            self.blind += 1
            return
        self.delay_usd += way * row.qty * (row.mid_arrival - self.mid)
        self.impact_usd += way * row.qty * (row.price - row.mid_arrival)

    def end(self, record: Ended, mid: float | None) -> None:
        """The executor is done with it; `mid` is the market's then."""
        self.ended_us, self.awaited_qty = record.ts_us, float(record.filled_qty)
        self.mid_end, self.ending = mid, record.reason

    @property
    def is_over(self) -> bool:
        """Ended, with every fill seen that the end speaks of."""
        return self.ended_us is not None and self.filled_qty >= self.awaited_qty * (1 - DUST_FRAC)

    @property
    def whole_qty(self) -> float:
        """What was decided; never less than what was filled."""
        return max(self.qty, self.filled_qty)

    @property
    def unfilled_qty(self) -> float:
        """What of the decided quantity was not filled; rounding is not."""
        rest = self.qty - self.filled_qty
        return rest if rest > self.qty * DUST_FRAC else 0.0

    @property
    def path(self) -> Path:
        """Which way it went."""
        if self.orders == 0:
            return "unsent"
        if self.quotes == 0:
            return "taken"
        return "fallback" if self.fallbacks else "kept"

    def unjudged(self) -> str | None:
        """Why its cost is not known; null when it is."""
        for holds, reason in (
            (self.orders == 0, UNSENT),
            (self.mid is None, NO_DECISION_MID),
            (self.blind > 0, NO_ARRIVAL_MID),
            (self.unfilled_qty > 0 and self.mid_end is None, NO_END_MID),
            (self.unpriced > 0, NO_FEE),
        ):
            if holds:
                return reason
        return None

    def worked(self, now_us: int) -> WorkedIntent:
        """The whole of it, judged."""
        parts, reason = self._parts(), self.unjudged()
        explicit, delay, impact, opportunity = parts if parts is not None and reason is None else (None, None, None, None)
        known = explicit is not None and delay is not None and impact is not None and opportunity is not None
        return WorkedIntent(
            ts_us=now_us,
            decided_us=self.decided_us,
            intent_id=self.intent_id,
            symbol=self.symbol,
            side=self.side,
            strategy=self.strategy,
            purpose=self.purpose,
            route="maker_first" if self.quotes or self.fallbacks else "taker",
            path=self.path,
            version=self.version,
            weight_version=self.weight_version,
            qty=self.qty,
            filled_qty=self.filled_qty,
            orders=self.orders,
            quotes=self.quotes,
            fallbacks=self.fallbacks,
            rejects=self.rejects,
            fills=self.fills,
            mid_decision=self.mid,
            mid_end=self.mid_end,
            notional_usd=None if self.mid is None else self.whole_qty * self.mid,
            explicit_bps=explicit,
            delay_bps=delay,
            impact_bps=impact,
            opportunity_bps=opportunity,
            cost_bps=sum(parts) if known and parts is not None else None,
            slippage_bps=self.slip_usd / (self.filled_qty * self.mid) * 1e4 if self.mid and self.filled_qty > 0 else None,
            first_fill_ms=since(self.decided_us, self.first_fill_us),
            whole_fill_ms=since(self.decided_us, self.last_fill_us) if self.unfilled_qty == 0 else None,
            reason=reason,
            ending=self.ending,
        )

    def _parts(self) -> tuple[float, float, float, float] | None:
        """Explicit, delay, impact and opportunity, in bps of the decided quantity at the decision's mid; null without one."""
        if not self.mid or self.whole_qty <= 0:
            return None
        scale = 1e4 / (self.whole_qty * self.mid)
        way = 1.0 if self.side == "buy" else -1.0
        missed_usd = way * self.unfilled_qty * ((self.mid_end or self.mid) - self.mid) if self.unfilled_qty else 0.0
        return self.fee_usd * scale, self.delay_usd * scale, self.impact_usd * scale, missed_usd * scale


def begun(intent: Intent | None, decision: Decision) -> Working | None:
    """What a decision sets going; null where it sets nothing going."""
    plan, view = decision.plan, decision.slice
    if plan is None or decision.qty is None or decision.qty <= 0:
        return None
    is_known = 0 < view.bid <= view.ask
    side = intent.side if intent is not None else plan.side
    return Working(
        intent_id=decision.intent_id,
        symbol=view.symbol,
        side=side,
        strategy=intent.strategy if intent is not None else "",
        purpose=intent.purpose if intent is not None else "",
        version=decision.policy.version,
        weight_version=decision.policy.weight_version,
        decided_us=decision.ts_us,
        qty=decision.qty,
        mid=view.mid if is_known else None,
        touch=(view.ask if side == "buy" else view.bid) if is_known else None,
    )


def since(from_us: int, to_us: int | None) -> float | None:
    """How long after, in ms; null where there is no then."""
    return None if to_us is None else (to_us - from_us) / 1e3
