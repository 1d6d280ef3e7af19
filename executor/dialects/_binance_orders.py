"""Orders in Binance's words and in ours."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from executor.dialects._binance_answers import UNKNOWN_ORDER, complaint_of, refusal_of, unsure_of
from executor.dialects._binance_decoding import Ms, decoded, rows_of, understood
from executor.dialects._binance_rules import Rules
from executor.dialects._exact import off_grid, plain, refused_here
from executor.protocol.facts import Accepted, OrderFact, Refused, Status, Unsure
from executor.records.base import Side
from executor.records.orders import Submit
from executor.routing.orders import CLIENT_ID, PREFIX
from executor.wire.reply import Reply, Unanswered, excerpt

STATUSES: Mapping[str, Status] = {
    "NEW": "open",
    "PENDING_NEW": "open",
    "PARTIALLY_FILLED": "open",
    "NEW_INSURANCE": "open",  # a liquidation by the insurance fund, and by deleveraging: still under way
    "NEW_ADL": "open",
    "FILLED": "filled",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",
    "REJECTED": "refused",
}
SIDES: Mapping[str, Side] = {"BUY": "buy", "SELL": "sell"}
TAKES = frozenset({"taker", "fallback", "operator"})


class _Order(msgspec.Struct):
    orderId: int  # noqa: N815 - the venue's words, here and below
    clientOrderId: str  # noqa: N815
    symbol: str = ""
    side: str = ""
    status: str = ""
    origQty: Decimal | None = None  # noqa: N815
    executedQty: Decimal | None = None  # noqa: N815
    price: Decimal | None = None
    reduceOnly: bool = False  # noqa: N815
    timeInForce: str = ""  # noqa: N815
    updateTime: Ms | None = None  # noqa: N815
    time: Ms | None = None


class _Named(msgspec.Struct):
    clientOrderId: str = ""  # noqa: N815
    clientAlgoId: str = ""  # noqa: N815


def refused_locally(order: Submit, rules: Rules | None) -> Refused | None:
    """Why an order must not even be sent, or null. Nothing is corrected."""
    if rules is None:
        return refused_here("unknown_symbol", f"symbol {order.symbol} is not traded at the venue")
    if CLIENT_ID.fullmatch(order.client_id) is None:
        return refused_here("bad_client_id", f"client id {order.client_id!r} is not of the form {CLIENT_ID.pattern}")
    step = rules.market_step if order.price is None else rules.instrument.step_size
    if off_grid(order.qty, step):
        return refused_here("qty_off_step", f"quantity {order.qty} is not a positive multiple of {step}")
    if order.price is not None and off_grid(order.price, rules.instrument.tick_size):
        return refused_here("price_off_tick", f"price {order.price} is not a positive multiple of {rules.instrument.tick_size}")
    if order.trigger is not None and off_grid(order.trigger.price, rules.instrument.tick_size):
        tick = rules.instrument.tick_size
        return refused_here("price_off_tick", f"trigger price {order.trigger.price} is not a positive multiple of {tick}")
    if order.post_only and order.price is None:
        return refused_here("post_only_needs_price", "a market order cannot be post-only")
    return None


def params_of(order: Submit) -> dict[str, str]:
    """What an order is sent as: market, post-only (GTX), taking with a limit (IOC), or resting (GTC)."""
    params = {
        "symbol": order.symbol,
        "side": order.side.upper(),
        "type": "MARKET" if order.price is None else "LIMIT",
        "quantity": plain(order.qty),
    }
    if order.price is not None:
        params["price"] = plain(order.price)
        params["timeInForce"] = "GTX" if order.post_only else "IOC" if order.step in TAKES else "GTC"
    if order.reduce_only:
        params["reduceOnly"] = "true"
    params["newClientOrderId"] = order.client_id
    params["newOrderRespType"] = "RESULT"
    return params


def sent_verdict(reply: Reply, order: Submit, now_us: int) -> Accepted | Refused | Unsure:
    """What the answer to a sending proves. What an acceptance leaves out is as we sent it."""
    raw = _acknowledged(reply)
    if raw is None:
        return refusal_of(reply, now_us) or unsure_of(reply)
    if raw.clientOrderId != order.client_id:
        return Unsure("the answer names another order than the one sent")
    if is_negative(raw):
        return Unsure("the answer tells of a quantity or a price below 0")
    qty, filled = raw.origQty, raw.executedQty
    return Accepted(
        OrderFact(
            client_id=order.client_id,
            order_id=str(raw.orderId),
            symbol=order.symbol,
            side=order.side,
            qty=order.qty if qty is None else qty,
            filled_qty=Decimal(0) if filled is None else filled,
            status=STATUSES.get(raw.status, "open"),
            price=order.price,
            reduce_only=order.reduce_only,
            post_only=order.post_only,
            reason=reason_of(raw.status),
            ts_us=ts_us_of(raw.updateTime),
        )
    )


def canceled_verdict(reply: Reply, client_id: str, now_us: int) -> Accepted | Refused | Unsure:
    """What the answer to a cancel proves. Nothing left to cancel is `gone`: filled, ended, or never there."""
    raw = _acknowledged(reply)
    if raw is None:
        complaint = complaint_of(reply)
        if complaint is not None and complaint.code in UNKNOWN_ORDER and 400 <= reply.status < 500:
            return Refused(code="gone", detail=complaint.words())
        return refusal_of(reply, now_us) or unsure_of(reply)
    if raw.clientOrderId != client_id:
        return Unsure("the answer names another order than the one to be canceled")
    try:
        fact = fact_of(raw)
    except Unanswered as error:
        return Unsure(str(error))
    return Accepted(fact) if fact.status != "open" else Unsure("the venue took the cancel, and shows the order as open still")


def open_orders_of(body: bytes) -> list[OrderFact]:
    """Orders of the list of open ones, whatever a stranger's status may mean; raises `Unanswered` where one of ours is not understood."""
    return [fact for row in rows_of(body, _Order, "a list of orders") if (fact := _listed(row, otherwise="NEW")) is not None]


def orders_of(body: bytes) -> tuple[list[OrderFact], int]:
    """Orders of a page, and how many rows it had: strangers' that are not understood are left out. Raises `Unanswered` where one of ours
    is not understood."""
    rows = rows_of(body, _Order, "a list of orders")
    return [fact for row in rows if (fact := _listed(row)) is not None], len(rows)


def _listed(row: _Order | msgspec.Raw, otherwise: str = "") -> OrderFact | None:
    """A row of a list. Of a stranger's that is not understood it is null, or has the status `otherwise` where only that is unknown."""
    if isinstance(row, msgspec.Raw):
        refuse_ours(row)
        return None
    try:
        return fact_of(row)
    except Unanswered:
        if row.clientOrderId.startswith(PREFIX):
            raise
        is_known = row.status in STATUSES or otherwise not in STATUSES
        return None if is_known else _listed(msgspec.structs.replace(row, status=otherwise))


def refuse_ours(row: msgspec.Raw) -> None:
    """Pass over a row that is not understood; raises `Unanswered` unless it is a stranger's by name."""
    named = understood(row, _Named)
    name = "" if named is None else named.clientOrderId or named.clientAlgoId
    if not name or name.startswith(PREFIX):
        raise Unanswered(f"an order was not understood: {excerpt(bytes(row))}")


def order_of(body: bytes) -> OrderFact:
    """One order of an answer; raises `Unanswered`."""
    return fact_of(decoded(body, _Order, "an order"))


def fact_of(raw: _Order) -> OrderFact:
    """An order as the venue tells it; raises `Unanswered` where something is missing or unknown."""
    qty, filled = raw.origQty, raw.executedQty
    if raw.side not in SIDES or raw.status not in STATUSES or qty is None or filled is None or is_negative(raw):
        raise Unanswered(f"an order of {raw.symbol} was told with side {raw.side!r}, status {raw.status!r} and quantity {raw.origQty}")
    return OrderFact(
        client_id=raw.clientOrderId,
        order_id=str(raw.orderId),
        symbol=raw.symbol,
        side=SIDES[raw.side],
        qty=qty,
        filled_qty=filled,
        status=STATUSES[raw.status],
        price=raw.price or None,
        reduce_only=raw.reduceOnly,
        post_only=raw.timeInForce == "GTX",
        reason=reason_of(raw.status),
        ts_us=ts_us_of(raw.updateTime or raw.time),
    )


def _acknowledged(reply: Reply) -> _Order | None:
    """The order in a whole good answer, or null."""
    if reply.failure is not None or not 200 <= reply.status < 300:
        return None
    return understood(reply.body, _Order)


def ts_us_of(ms: int | None) -> int | None:
    """Milliseconds of the venue as microseconds, null where it did not say."""
    return None if not ms else ms * 1_000


def reason_of(status: str) -> str:
    """The venue's word for an end that needs one."""
    return status.lower() if STATUSES.get(status) in ("expired", "refused") else ""


def is_negative(raw: _Order) -> bool:
    """Whether an order has a quantity or a price that none can have."""
    return any(value is not None and value < 0 for value in (raw.origQty, raw.executedQty, raw.price))
