"""One fill and one order, judged: slippage against arrival, markouts after, latencies."""

from collections.abc import Mapping

import msgspec

from executor.records.base import sign
from executor.records.orders import Fill, Submit
from hedge_assets.folds.roundtrips import DOLLARS

HORIZONS_S = (1, 5, 30, 60, 300)


class FillRow(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One fill, judged. Slippage: positive is cost, against the mid when its order left (arrival).

    `markouts_bps` has a value per horizon of `HORIZONS_S`, positive is good for us; null while it is not
    mature or no mid was near (not older than half the horizon, at least 1 s). `ack_ms` and `fill_ms` are
    from sending; null when unknown. `fee_usd` is null where the fee was taken in a coin without a price here.
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

    def settle(self, horizon: int, mid: float) -> None:
        """The mid at a horizon is known: `1e4 * s * (mid - price) / price`, positive is good for us."""
        way = 1.0 if self.side == "buy" else -1.0
        self.markouts_bps[horizon] = 1e4 * way * (mid - self.price) / self.price


class OrderRow(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One order sent, and what became of it (`outcome`: sent, open, filled, rejected, canceled, expired, unknown)."""

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


class Pending(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A markout not yet mature: which fill (its number), which horizon, and when it is due."""

    fill: int
    horizon: int
    due_us: int


def due_us(pending: Pending) -> int:
    """When a markout is due."""
    return pending.due_us


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


def fill_row(record: Fill, order: OrderRow | None, *, strategy: str, mid_decision: float | None, fee_usd: float | None) -> FillRow:
    """A fill beside the order it belongs to: slippage is `1e4 * s * (price - arrival mid) / arrival mid`, positive is cost."""
    price, qty = float(record.price), float(record.qty)
    arrival = order.mid if order is not None else None
    return FillRow(
        ts_us=record.ts_us,
        symbol=record.symbol,
        side=record.side,
        price=price,
        qty=qty,
        notional_usd=price * qty,
        fee_usd=fee_usd,
        liquidity=record.liquidity,
        step=order.step if order is not None else "",
        strategy=strategy,
        intent_id=order.intent_id if order is not None else "",
        client_id=record.client_id,
        mid_arrival=arrival,
        mid_decision=mid_decision,
        slippage_bps=1e4 * sign(record.side) * (price - arrival) / arrival if arrival else None,
        markouts_bps=[None] * len(HORIZONS_S),
        ack_ms=order.ack_ms if order is not None else None,
        fill_ms=(record.ts_us - order.ts_us) / 1e3 if order is not None else None,
    )


def fee_in_usd(record: Fill, mids: Mapping[str, tuple[int, float]]) -> float | None:
    """The fee in USD; a coin's fee at the coin's newest mid, null where it has none here."""
    if record.fee_asset in DOLLARS:
        return float(record.fee)
    seen = mids.get(f"{record.fee_asset}USDT")
    return float(record.fee) * seen[1] if seen is not None else None
