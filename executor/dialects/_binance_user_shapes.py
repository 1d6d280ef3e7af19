"""The events of Binance USD-M's private stream, field by field as they come: only what is needed of each."""

from decimal import Decimal

import msgspec

from executor.dialects._binance_decoding import Ms

NOTHING = Decimal(0)
BOTH = "BOTH"


class Order(
    msgspec.Struct,
    gc=False,
    rename={
        "symbol": "s",
        "client_id": "c",
        "side": "S",
        "qty": "q",
        "price": "p",
        "execution": "x",
        "status": "X",
        "order_id": "i",
        "last_qty": "l",
        "filled_qty": "z",
        "last_price": "L",
        "traded_ms": "T",
        "trade_id": "t",
        "maker": "m",
        "fee": "n",
        "fee_asset": "N",
        "reduce_only": "R",
        "in_force": "f",
        "position_side": "ps",
        "realized": "rp",
        "expired_why": "er",
    },
):
    """An order, and its last execution if it has one."""

    symbol: str
    client_id: str
    side: str
    qty: Decimal
    price: Decimal
    execution: str
    status: str
    order_id: int
    last_qty: Decimal
    filled_qty: Decimal
    last_price: Decimal
    traded_ms: Ms
    trade_id: int = 0
    maker: bool = False
    fee: Decimal = NOTHING
    fee_asset: str | None = None
    reduce_only: bool = False
    in_force: str = ""
    position_side: str = BOTH
    realized: Decimal | None = None
    expired_why: str | int = ""


class OrderTradeUpdate(msgspec.Struct, tag_field="e", tag="ORDER_TRADE_UPDATE", gc=False):
    """An order changed."""

    o: Order


class Algo(msgspec.Struct, rename={"side": "S", "status": "X", "in_force": "f", "reduce_only": "R"}):
    """A conditional order. `ai` is the order in the book that came of it, `aq` what that traded, `rm` why it failed."""

    s: str
    caid: str
    aid: int
    side: str
    q: Decimal
    status: str
    p: str = ""
    tp: str = ""
    ai: str | int = ""
    aq: str = ""
    in_force: str = ""
    reduce_only: bool = False
    rm: str | None = None


class AlgoUpdate(msgspec.Struct, tag_field="e", tag="ALGO_UPDATE", rename={"moved_ms": "T"}):
    """A conditional order changed."""

    o: Algo
    moved_ms: Ms


class Balance(msgspec.Struct):
    """An asset's wallet."""

    a: str
    wb: Decimal
    bc: Decimal | None = None


class Position(msgspec.Struct):
    """A position; `mp` only in a margin call."""

    s: str
    pa: Decimal
    ep: Decimal = NOTHING
    up: Decimal | None = None
    mt: str = ""
    ps: str = BOTH
    mp: Decimal | None = None


class Account(msgspec.Struct, rename={"balances": "B", "positions": "P"}):
    """What changed."""

    m: str
    balances: tuple[Balance, ...] = ()
    positions: tuple[Position, ...] = ()


class AccountUpdate(msgspec.Struct, tag_field="e", tag="ACCOUNT_UPDATE", rename={"moved_ms": "T"}):
    """Balances or positions changed."""

    a: Account
    moved_ms: Ms


class Leverage(msgspec.Struct):
    """A symbol's leverage."""

    s: str
    l: int  # noqa: E741 - the venue's name


class Assets(msgspec.Struct):
    """Whether assets stand for each other."""

    j: bool


class ConfigUpdate(msgspec.Struct, tag_field="e", tag="ACCOUNT_CONFIG_UPDATE", rename={"moved_ms": "T"}):
    """A setting of the account changed."""

    moved_ms: Ms
    ac: Leverage | None = None
    ai: Assets | None = None


class MarginCall(msgspec.Struct, tag_field="e", tag="MARGIN_CALL", rename={"event_ms": "E"}):
    """Positions are near liquidation."""

    event_ms: Ms
    p: tuple[Position, ...] = ()


class ListenKeyExpired(msgspec.Struct, tag_field="e", tag="listenKeyExpired"):
    """The key is good no more; the venue once sent the time as text, so that it is not read."""


class TriggerRefused(msgspec.Struct, tag_field="e", tag="CONDITIONAL_ORDER_TRIGGER_REJECT", rename={"moved_ms": "T"}):
    """A conditional order could not be placed when its price came."""

    moved_ms: Ms


Event = OrderTradeUpdate | AlgoUpdate | AccountUpdate | ConfigUpdate | MarginCall | ListenKeyExpired | TriggerRefused
