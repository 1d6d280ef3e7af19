"""One order, one fill and one worked intent, judged: what each cost, beside the mids it is judged by."""

from typing import Literal

import msgspec

from executor.records.base import sign
from executor.records.market import Quote
from executor.records.orders import Fill, Submit
from hedge_assets.folds.roundtrips import DOLLARS

HORIZONS_S = (1, 5, 30, 60, 300)
QUOTED = frozenset({"maker", "reprice"})
FALLBACK = "fallback"
STOP = "stop"
MAKER_FIRST = QUOTED | {FALLBACK}
SECOND_US = 1_000_000
MID_AGE_US = 60 * SECOND_US

Route = Literal["maker_first", "taker"]
Path = Literal["kept", "fallback", "taken", "unsent"]


class OrderRow(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One order sent, and what became of it (`outcome`: sent, open, unknown, then filled, rejected, canceled, expired or dead).

    Dead is proved never to have reached the venue. `mid` is at sending (arrival). `ack_ms` is by the monotonic clock where
    the venue's answer says so, else from the journal's times. Of its intent: strategy, mid and touch at the decision; the touch
    is the price that taking at once would have begun at. Null is unknown. A `stop` waits at the venue: how orders are worked is not
    judged by it.
    """

    ts_us: int
    client_id: str
    intent_id: str
    symbol: str
    side: str
    step: str
    post_only: bool
    qty: float
    filled_qty: float = 0.0
    outcome: str = "sent"
    code: str = ""
    mid: float | None = None
    ack_ms: float | None = None
    strategy: str = ""
    mid_decision: float | None = None
    touch_decision: float | None = None

    @property
    def route(self) -> Route:
        """How its intent was sent out: to quote first, or to take."""
        return route_of(self.step)


class FillRow(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One fill, judged, in bps; positive is cost but for `markouts_bps`, which are positive when good for us.

    `slippage_bps` is against the mid when its order left (arrival), `decision_bps` against the mid its intent was decided at,
    `effective_bps` against the mid just before the fill was known (`mid_fill`): the effective half-spread. `extra_bps` is
    against the touch at the decision: what was paid beyond taking at once. `markouts_bps` has a value per horizon of
    `HORIZONS_S`, null while it is not mature or no mid was near (not older than half the horizon, at least 1 s). `ack_ms` and
    `fill_ms` are from sending. `fee_usd` is null where the fee was taken in a coin without a price here. An empty
    `step` is no order of ours.
    """

    ts_us: int
    symbol: str
    side: str
    price: float
    qty: float
    notional_usd: float
    fee_usd: float | None
    liquidity: str
    step: str
    strategy: str
    intent_id: str
    client_id: str
    mid_arrival: float | None = None
    mid_decision: float | None = None
    slippage_bps: float | None = None
    markouts_bps: list[float | None] = []
    ack_ms: float | None = None
    fill_ms: float | None = None
    trade_id: str = ""
    mid_fill: float | None = None
    decision_bps: float | None = None
    effective_bps: float | None = None
    extra_bps: float | None = None

    @property
    def route(self) -> Route:
        """How its intent was sent out: to quote first, or to take."""
        return route_of(self.step)

    def settle(self, horizon: int, mid: float) -> None:
        """The mid at a horizon is known: `1e4 * s * (mid - price) / price`, positive is good for us."""
        self.markouts_bps[horizon] = -cost_bps(self.side, self.price, mid, base=self.price)

    def realised_bps(self, horizon: int) -> float | None:
        """The realised half-spread at a horizon, in bps of the mid before the fill; null while either mid is unknown."""
        moved = self.markouts_bps[horizon]
        return None if moved is None or not self.mid_fill else -moved * self.price / self.mid_fill


class WorkedIntent(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One intent from its decision to its end, in bps of the decided quantity at the mid it was decided at (Perold 1988).

    `cost_bps` is the implementation shortfall: exactly `explicit + delay + impact + opportunity`, fees included, positive is
    cost. All five are null, with a `reason`, where a mid or a fee is unknown, and where no order left (path `unsent`).
    `slippage_bps` is what was filled against the decision's mid, without fees. Times in ms are from the decision. `path` is
    kept (quoted, never taken), fallback (quoted, then taken), or taken (at once). `version` and `weight_version` steered it.
    """

    ts_us: int
    decided_us: int
    intent_id: str
    symbol: str
    side: str
    strategy: str
    purpose: str
    route: Route
    path: Path
    version: str
    weight_version: str
    qty: float
    filled_qty: float
    orders: int
    quotes: int
    fallbacks: int
    rejects: int
    fills: int
    mid_decision: float | None
    mid_end: float | None
    notional_usd: float | None
    explicit_bps: float | None
    delay_bps: float | None
    impact_bps: float | None
    opportunity_bps: float | None
    cost_bps: float | None
    slippage_bps: float | None
    first_fill_ms: float | None
    whole_fill_ms: float | None
    reason: str | None
    ending: str

    @property
    def fell_back(self) -> bool:
        """Whether an order left to take what quoting had not filled."""
        return self.fallbacks > 0


def route_of(step: str) -> Route:
    """The route that a step belongs to: a fallback is the end of one that began as maker."""
    return "maker_first" if step in MAKER_FIRST else "taker"


def cost_bps(side: str, price: float, reference: float, *, base: float) -> float:
    """`1e4 * s * (price - reference) / base`: what trading at a price cost beside a reference, s +1 for a buy, -1 for a sale."""
    return (1e4 if side == "buy" else -1e4) * (price - reference) / base


def mid_of(quote: Quote | None, now_us: int) -> float | None:
    """A quote's mid; null without one, or where it is older than a minute or not a price."""
    if quote is None or now_us - quote.ts_us > MID_AGE_US or not 0 < quote.bid <= quote.ask:
        return None
    return (quote.bid + quote.ask) * 0.5


def order_row(record: Submit) -> OrderRow:
    """An order as it leaves."""
    return OrderRow(
        ts_us=record.ts_us,
        client_id=record.client_id,
        intent_id=record.intent_id,
        symbol=record.symbol,
        side=record.side,
        step=record.step,
        post_only=record.post_only,
        qty=float(record.qty),
        mid=record.mid,
    )


def fill_row(record: Fill, order: OrderRow | None, *, mid_fill: float | None, fee_usd: float | None) -> FillRow:
    """A fill beside the order it belongs to."""
    price, qty = float(record.price), float(record.qty)
    row = FillRow(
        ts_us=record.ts_us,
        symbol=record.symbol,
        side=record.side,
        price=price,
        qty=qty,
        notional_usd=price * qty,
        fee_usd=fee_usd,
        liquidity=record.liquidity,
        step=order.step if order is not None else "",
        strategy=order.strategy if order is not None else "",
        intent_id=order.intent_id if order is not None else "",
        client_id=record.client_id,
        markouts_bps=[None] * len(HORIZONS_S),
        trade_id=record.trade_id,
        mid_fill=mid_fill,
        effective_bps=against(record, price, mid_fill),
    )
    if order is not None:
        row.mid_arrival, row.mid_decision = order.mid, order.mid_decision
        row.slippage_bps = against(record, price, order.mid)
        row.decision_bps = against(record, price, order.mid_decision)
        touch, mid = order.touch_decision, order.mid_decision
        row.extra_bps = 1e4 * sign(record.side) * (price - touch) / mid if touch and mid else None
        row.ack_ms = order.ack_ms
        row.fill_ms = None if order.step == STOP else (record.ts_us - order.ts_us) / 1e3
    return row


def against(record: Fill, price: float, mid: float | None) -> float | None:
    """A fill's cost against a mid, in bps of it; null without one."""
    return cost_bps(record.side, price, mid, base=mid) if mid else None


def fee_in_usd(record: Fill, coin_mid: float | None) -> float | None:
    """The fee in USD; a coin's fee at the coin's mid, null where that is not known."""
    if record.fee_asset in DOLLARS:
        return float(record.fee)
    return None if coin_mid is None else float(record.fee) * coin_mid
