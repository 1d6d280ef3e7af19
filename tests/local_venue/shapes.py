"""What the venue holds: orders, trades, conditional orders, and one request as it was seen."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

Side = Literal["BUY", "SELL"]
ZERO = Decimal(0)
OVER = frozenset({"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"})


class Order(msgspec.Struct, kw_only=True):
    """One order. `status` and quantities change; everything else stays as accepted. Times are the venue's, milliseconds."""

    order_id: int
    client_id: str
    symbol: str
    side: Side
    kind: str
    tif: str
    qty: Decimal
    price: Decimal
    time_ms: int
    update_ms: int
    reduce_only: bool = False
    close_position: bool = False
    status: str = "NEW"
    filled_qty: Decimal = ZERO
    quote_qty: Decimal = ZERO
    orig_kind: str = ""
    source: str = "api"

    @property
    def left_qty(self) -> Decimal:
        """What is still to trade, base units."""
        return self.qty - self.filled_qty

    @property
    def average(self) -> Decimal:
        """Mean price of what was traded, 0 where nothing was."""
        return self.quote_qty / self.filled_qty if self.filled_qty else ZERO

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.status not in OVER


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One trade of ours. `fee` is positive when paid; `realized` is before fees."""

    trade_id: int
    order_id: int
    client_id: str
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    fee: Decimal
    realized: Decimal
    is_maker: bool
    time_ms: int


class AlgoOrder(msgspec.Struct, kw_only=True):
    """A conditional order, waiting for `trigger` on the last (`CONTRACT_PRICE`) or mark price."""

    algo_id: int
    client_id: str
    symbol: str
    side: Side
    kind: str
    tif: str
    qty: Decimal
    price: Decimal
    trigger: Decimal
    working: str
    time_ms: int
    update_ms: int
    callback_frac: Decimal = ZERO
    extreme: Decimal | None = None
    reduce_only: bool = False
    close_position: bool = False
    status: str = "NEW"
    trigger_ms: int = 0
    actual: Order | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status == "NEW"


class Seen(msgspec.Struct, frozen=True):
    """One request as the venue saw it: when (its clock, milliseconds), what, for whom, and the headers that matter."""

    time_ms: int
    method: str
    host: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]

    @property
    def client_id(self) -> str:
        """The client id it is about, empty where none."""
        for name in ("newClientOrderId", "origClientOrderId", "clientAlgoId"):
            if name in self.params:
                return self.params[name]
        return ""


class Call(msgspec.Struct, frozen=True):
    """One request on its way to be answered; `total` is what its signature covers."""

    seen: Seen
    total: str
    key: str

    @property
    def params(self) -> dict[str, str]:
        """Query and body together."""
        return self.seen.params


Body = dict[str, Any] | list[Any]
