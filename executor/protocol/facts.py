"""What a venue said, in our words: the shapes a dialect translates to and the protocol decides on.

Money, prices and quantities are exact. Times are the venue's own, microseconds UTC. Null is what the venue did not say.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from executor.records.base import Side

Status = Literal["open", "filled", "canceled", "expired", "refused"]
Margin = Literal["cross", "isolated"]


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the venue holds it. `filled_qty` is what it says was traded so far; `is_trigger` where it waits for a price
    (`trigger_price`, null where untold) on the venue's endpoint for conditional orders; one that became an order in the book is told as
    that order, under our id."""

    client_id: str
    order_id: str
    symbol: str
    side: Side
    qty: Decimal
    filled_qty: Decimal
    status: Status
    price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    is_trigger: bool = False
    reason: str = ""
    ts_us: int | None = None
    trigger_price: Decimal | None = None


class TradeFact(msgspec.Struct, frozen=True, kw_only=True):
    """One trade of ours. `trade_id` is unique in its symbol; `client_id` is null where only the venue's order id is told.

    `fee` is positive when paid; `realized` is the profit of the part that reduced a position, before fees, null where not told.
    """

    trade_id: str
    order_id: str
    client_id: str | None
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    realized: Decimal | None
    ts_us: int


class PositionFact(msgspec.Struct, frozen=True, kw_only=True):
    """One position; `qty` is signed, 0 where it was closed. Leverage and margin are null where this answer does not tell them."""

    symbol: str
    qty: Decimal
    entry_price: Decimal
    mark_price: Decimal | None = None
    unrealised: Decimal | None = None
    liquidation_price: Decimal | None = None
    leverage: int | None = None
    margin: Margin | None = None


class MoneyFact(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet in USD and by asset, what margin uses, what is available for new positions."""

    wallet: Decimal
    unrealised: Decimal
    margin: Decimal
    available: Decimal
    balances: dict[str, Decimal]


class IncomeFact(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the venue's ledger that no trade explains: funding of a symbol, or money in or out (`kind`, the venue's word)."""

    income_id: str
    kind: Literal["funding", "transfer", "other"]
    symbol: str
    asset: str
    amount: Decimal
    detail: str
    ts_us: int


class ModeFact(msgspec.Struct, frozen=True, kw_only=True):
    """How the account trades: hedge mode (a long and a short of one symbol apart), and margin of several assets together."""

    is_hedged: bool
    is_multi_asset: bool = False


class KeyFact(msgspec.Struct, frozen=True, kw_only=True):
    """What an API key may do, by the venue's own answer; null is not told. `beyond` are markets that it may trade and we do not.
    `expires_us` is when trading rights end."""

    can_trade: bool
    can_withdraw: bool | None
    can_transfer: bool | None
    is_address_bound: bool | None
    beyond: tuple[str, ...] = ()
    expires_us: int | None = None


class Accepted(msgspec.Struct, frozen=True):
    """Proved: the venue has the order, or has done what was asked of it."""

    order: OrderFact


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Proved: the venue did not take it, and never will. `code` is the venue's or ours, in lower case.

    `exists` says that it was refused because an order of this client id is there already: that one is to be looked at, not this
    request to be called refused. `retry_us` is until when nothing more may be asked, in our own clock.
    """

    code: str
    detail: str
    post_only: bool = False
    exists: bool = False
    retry_us: int | None = None


class Unsure(msgspec.Struct, frozen=True):
    """Neither is proved, and why."""

    reason: str


class Absent(msgspec.Struct, frozen=True):
    """The venue says that it knows no such order. No proof while the request may still be on its way (`protocol.fence`)."""

    detail: str


Verdict = Accepted | Refused | Unsure
Sighting = OrderFact | Absent


class BalanceFact(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet of one asset after something happened, and by how much that changed it, null where it is not told."""

    asset: str
    wallet: Decimal
    change: Decimal | None = None


class AccountFact(msgspec.Struct, frozen=True, kw_only=True):
    """What of an account just changed and why (`reason`, the venue's word): only the assets and positions concerned."""

    reason: str
    balances: tuple[BalanceFact, ...]
    positions: tuple[PositionFact, ...]
    ts_us: int


class LeverageFact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody set a symbol's leverage."""

    symbol: str
    leverage: int
    ts_us: int


class MultiAssetFact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody switched margin of several assets together on or off."""

    is_multi_asset: bool
    ts_us: int


class MarginCallFact(msgspec.Struct, frozen=True, kw_only=True):
    """The venue warns that positions are near liquidation."""

    positions: tuple[PositionFact, ...]
    ts_us: int


class DoubtFact(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened that was told in words not understood: the venue's books are to be looked at. `detail` is the kind."""

    detail: str
    ts_us: int


UserFact = OrderFact | TradeFact | AccountFact | LeverageFact | MultiAssetFact | MarginCallFact | DoubtFact
