"""How orders were filled: slippage, markouts, latencies, maker share, refusals, by symbol."""

from decimal import Decimal

import msgspec

HORIZONS_S = (1, 5, 30, 60, 300)


class FillRow(msgspec.Struct, kw_only=True):
    """One fill, judged. Slippage: positive is cost, against the mid when its order left (arrival).

    `markouts_bps` has a value per horizon of `HORIZONS_S`, positive is good for us; null while it is not
    mature or no mid was near. `ack_ms` and `fill_ms` are from sending; null when unknown.
    """

    ts_us: int
    symbol: str
    side: str
    price: float
    qty: float
    notional_usd: float
    fee_usd: float
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


class OrderRow(msgspec.Struct, kw_only=True):
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


class Pending(msgspec.Struct, kw_only=True):
    """A markout not yet mature: which fill (its number), which horizon, and when it is due."""

    fill: int
    horizon: int
    due_us: int


class Executions(msgspec.Struct, kw_only=True):
    """The newest 20,000 fills and orders of the last 7 days. `first_fill` is the number of `fills[0]`."""

    fills: list[FillRow] = []
    first_fill: int = 0
    orders: list[OrderRow] = []
    live_orders: dict[str, OrderRow] = {}
    pending: dict[str, list[Pending]] = {}
    mids: dict[str, tuple[int, float]] = {}
    decision_mids: dict[str, float] = {}
    strategies: dict[str, str] = {}
    fills_total: int = 0
    orders_total: int = 0
    notional_total: Decimal = Decimal(0)
    newest_us: int | None = None
