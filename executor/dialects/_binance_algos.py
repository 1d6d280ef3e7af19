"""Conditional orders in Binance's words and in ours. They wait at an endpoint of their own; when their price comes, an ordinary order of
the same client id goes into the book (`actualOrderId`), and only that one says what was traded.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from executor.dialects._binance_answers import UNKNOWN_ORDER, complaint_of, refusal_of, unsure_of
from executor.dialects._binance_decoding import Ms, decoded, rows_of, understood
from executor.dialects._binance_orders import SIDES, refuse_ours, ts_us_of
from executor.dialects._exact import plain
from executor.protocol.facts import Accepted, OrderFact, Refused, Status, Unsure
from executor.records.orders import Submit, Trigger
from executor.routing.orders import PREFIX
from executor.wire.reply import Reply, Unanswered

STATUSES: Mapping[str, Status] = {
    "NEW": "open",
    "TRIGGERING": "open",
    "TRIGGERED": "open",
    "FINISHED": "expired",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "REJECTED": "refused",
}
"""What each means where no ordinary order came of it."""

WORKING: Mapping[str, str] = {"mark": "MARK_PRICE", "last": "CONTRACT_PRICE"}
FORGOTTEN_US = 3 * 86_400_000_000
"""An order that ended with nothing traded is told of no longer than this."""


class Algo(msgspec.Struct):
    """A conditional order as an answer tells it."""

    algoId: int  # noqa: N815 - the venue's words, here and below
    clientAlgoId: str  # noqa: N815
    symbol: str = ""
    side: str = ""
    algoStatus: str = ""  # noqa: N815
    quantity: Decimal | None = None
    price: Decimal | None = None
    reduceOnly: bool = False  # noqa: N815
    closePosition: bool = False  # noqa: N815
    orderType: str = ""  # noqa: N815
    triggerPrice: Decimal | None = None  # noqa: N815
    actualOrderId: str | int | None = None  # noqa: N815
    updateTime: Ms | None = None  # noqa: N815

    @property
    def child_id(self) -> str:
        """The ordinary order that came of it, empty where none did."""
        return "" if self.actualOrderId in (None, "", "0", 0) else str(self.actualOrderId)


class _Gone(msgspec.Struct):
    algoId: int  # noqa: N815
    clientAlgoId: str  # noqa: N815
    code: int | str


def algo_params_of(order: Submit, trigger: Trigger) -> dict[str, str]:
    """What a conditional order is sent as: a stop that becomes a market order, or a limit (GTC) where it has a price."""
    params = {
        "algoType": "CONDITIONAL",
        "symbol": order.symbol,
        "side": order.side.upper(),
        "type": "STOP_MARKET" if order.price is None else "STOP",
        "quantity": plain(order.qty),
        "triggerPrice": plain(trigger.price),
        "workingType": WORKING[trigger.by],
    }
    if order.price is not None:
        params["price"] = plain(order.price)
        params["timeInForce"] = "GTX" if order.post_only else "GTC"
    if order.reduce_only:
        params["reduceOnly"] = "true"
    params["clientAlgoId"] = order.client_id
    return params


def awaited(order: Submit, trigger: Trigger) -> OrderFact:
    """A conditional order as it will be told of, once the venue has it."""
    return OrderFact(
        client_id=order.client_id,
        order_id="",
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        filled_qty=Decimal(0),
        status="open",
        price=order.price,
        reduce_only=order.reduce_only,
        post_only=order.post_only,
        is_trigger=True,
        trigger_price=trigger.price,
    )


def algo_sent_verdict(reply: Reply, sent: OrderFact, now_us: int) -> Accepted | Refused | Unsure:
    """What the answer to the sending of a conditional order (`sent`, as `awaited` has it) proves."""
    raw = _acknowledged(reply)
    if raw is None:
        return refusal_of(reply, now_us) or unsure_of(reply)
    if raw.clientAlgoId != sent.client_id:
        return Unsure("the answer names another order than the one sent")
    return Accepted(msgspec.structs.replace(sent, order_id=str(raw.algoId), ts_us=ts_us_of(raw.updateTime)))


def algo_canceled_verdict(reply: Reply, known: OrderFact, now_us: int) -> Accepted | Refused | Unsure:
    """What the answer to a cancel proves, which is only acknowledged: `known` is what was seen of the order before."""
    complaint = complaint_of(reply)
    if complaint is not None and complaint.code in UNKNOWN_ORDER and 400 <= reply.status < 500:
        return Refused(code="gone", detail=complaint.words())
    raw = understood(reply.body, _Gone) if reply.failure is None and reply.status == 200 else None
    if raw is not None and raw.clientAlgoId == known.client_id and str(raw.code) == "200":
        return Accepted(msgspec.structs.replace(known, order_id=str(raw.algoId), status="canceled"))
    return refusal_of(reply, now_us) or unsure_of(reply)


def waiting_of(body: bytes) -> list[OrderFact]:
    """Conditional orders of the list of open ones that no ordinary order came of; a stranger's of an unknown status counts as open. Raises
    `Unanswered` where one of ours is not understood."""
    return [fact for row in rows_of(body, Algo, "a list of conditional orders") if (fact := _listed(row)) is not None]


def _listed(row: Algo | msgspec.Raw) -> OrderFact | None:
    if isinstance(row, msgspec.Raw):
        refuse_ours(row)
        return None
    if row.child_id:
        return None
    try:
        return algo_fact(row)
    except Unanswered:
        if row.clientAlgoId.startswith(PREFIX):
            raise
        return None if row.algoStatus in STATUSES else _listed(msgspec.structs.replace(row, algoStatus="NEW"))


def algo_of(body: bytes) -> Algo:
    """One conditional order; raises `Unanswered`."""
    return decoded(body, Algo, "a conditional order")


def algo_fact(raw: Algo) -> OrderFact:
    """A conditional order that no ordinary order came of, as the venue tells it; raises `Unanswered`."""
    numbers = (raw.quantity, raw.price, raw.triggerPrice)
    if raw.side not in SIDES or raw.algoStatus not in STATUSES or any(value is not None and value < 0 for value in numbers):
        raise Unanswered(f"a conditional order of {raw.symbol} was told with side {raw.side!r} and status {raw.algoStatus!r}")
    return OrderFact(
        client_id=raw.clientAlgoId,
        order_id=str(raw.algoId),
        symbol=raw.symbol,
        side=SIDES[raw.side],
        qty=raw.quantity or Decimal(0),
        filled_qty=Decimal(0),
        status=STATUSES[raw.algoStatus],
        price=raw.price or None,
        reduce_only=raw.reduceOnly or raw.closePosition,
        is_trigger=True,
        trigger_price=raw.triggerPrice,
        reason=f"{raw.orderType.lower()} at {raw.triggerPrice}",
        ts_us=ts_us_of(raw.updateTime),
    )


def is_forgotten(raw: Algo, server_us: int) -> bool:
    """Whether the ordinary order that came of this one may be told of no more, because it ended long ago with nothing traded."""
    return raw.algoStatus == "FINISHED" and (ts_us_of(raw.updateTime) or 0) < server_us - FORGOTTEN_US


def _acknowledged(reply: Reply) -> Algo | None:
    if reply.failure is not None or not 200 <= reply.status < 300:
        return None
    return understood(reply.body, Algo)
