"""What the venue says about an order, in the records everybody reads."""

from decimal import Decimal

from executor.records.orders import Ack, Cancel, Expire, Fill, Liquidity, Reject, Submit
from executor.venue.matching import Take
from executor.venue.rules import Refusal
from executor.venue.state import Order

ASSET = "USDT"


def order_id(client_id: str) -> str:
    """The venue's name for an order; as unique as ours."""
    return f"paper-{client_id}"


def acknowledged(order: Submit, now_us: int, *, at_us: int) -> Ack:
    """The venue took an order at `at_us`, and it is known at `now_us`."""
    return Ack(ts_us=now_us, client_id=order.client_id, order_id=order_id(order.client_id), symbol=order.symbol, exchange_ts_us=at_us)


def rejected(order: Submit, why: Refusal, now_us: int) -> Reject:
    """The venue did not take an order."""
    return Reject(ts_us=now_us, client_id=order.client_id, symbol=order.symbol, code=why.code, detail=why.detail, post_only=why.post_only)


def canceled(order: Order | Submit, now_us: int, *, unfilled_qty: Decimal, reason: str) -> Cancel:
    """An order was taken out of the book with so much of it unfilled."""
    return Cancel(ts_us=now_us, client_id=order.client_id, symbol=order.symbol, outcome="done", reason=reason, unfilled_qty=unfilled_qty)


def not_canceled(client_id: str, now_us: int, *, symbol: str, reason: str) -> Cancel:
    """There was nothing left to cancel: how the order ended, or that it is not known."""
    return Cancel(ts_us=now_us, client_id=client_id, symbol=symbol, outcome="refused", reason=reason)


def expired(order: Order, now_us: int, *, reason: str) -> Expire:
    """The venue ended an order by its own rules."""
    return Expire(ts_us=now_us, client_id=order.client_id, symbol=order.symbol, reason=reason, unfilled_qty=order.rest)


def traded(
    order: Order, take: Take, *, liquidity: Liquidity, now_us: int, at_us: int, fee: Decimal, realized: Decimal, position_qty: Decimal
) -> Fill:
    """A part of an order was traded; `order` already counts it."""
    return Fill(
        ts_us=now_us,
        exchange_ts_us=at_us,
        client_id=order.client_id,
        order_id=order_id(order.client_id),
        trade_id=f"{order.client_id}-{order.fills}",
        symbol=order.symbol,
        side=order.side,
        price=take.price,
        qty=take.qty,
        fee=fee,
        fee_asset=ASSET,
        liquidity=liquidity,
        realized=realized,
        position_qty=position_qty,
        model=take.model,
    )
