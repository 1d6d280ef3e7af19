"""What a unified call proves about an order. ccxt's classes count only beside a whole JSON answer, and only those listed here.

whole answer, parsed, with an order id            ─▶ Accepted
whole JSON answer below 500, a class of `DEFINITE` ─▶ Refused
nothing was sent at all                           ─▶ Refused
everything else                                   ─▶ Unsure
"""

from collections.abc import Mapping
from decimal import Decimal

from executor.dialects._exact import GRID, exact
from executor.dialects._unified_facts import STATUSES
from executor.dialects._unified_voice import Said, is_whole
from executor.protocol.facts import Accepted, OrderFact, Refused, Unsure
from executor.records.orders import Submit
from executor.wire.reply import Reply, excerpt

DEFINITE: Mapping[str, str] = {
    "InsufficientFunds": "insufficient_margin",
    "InvalidOrder": "refused",
    "OrderNotFillable": "not_fillable",
    "OrderImmediatelyFillable": "post_only_would_cross",
    "DuplicateOrderId": "duplicate_client_id",
    "ContractUnavailable": "symbol_closed",
    "BadSymbol": "unknown_symbol",
    "BadRequest": "malformed",
    "ArgumentsRequired": "malformed",
    "AuthenticationError": "bad_key",
    "PermissionDenied": "not_allowed",
    "AccountNotEnabled": "not_allowed",
    "AccountSuspended": "not_allowed",
    "RestrictedLocation": "not_allowed",
    "MarketClosed": "symbol_closed",
    "OperationRejected": "refused",
    "ManualInteractionNeeded": "refused",
    "InvalidNonce": "clock",
    "RateLimitExceeded": "rate_limited",
    "DDoSProtection": "rate_limited",
}
"""ccxt's classes (exactly, not what is derived from them) of answers that mean: not taken. `ExchangeError` is none: it is what ccxt
raises when it knows nothing."""

DUPLICATES = ("duplicate", "51016", "110072")
POST_ONLY = ("post only", "post-only", "postonly")
RATE_RETRY_US = 1_000_000


def sent_verdict(said: Said, order: Submit, venue_id: str, *, now_us: int, contract: Decimal) -> Accepted | Refused | Unsure:
    """What the answer to a sending proves."""
    reply = said.reply
    if reply is None:
        return unsent(said, now_us)
    if said.error is not None:
        return refusal(said, reply, now_us) or Unsure(reason_of(said, reply))
    result = said.result if isinstance(said.result, dict) else {}
    order_id, named = result.get("id"), result.get("clientOrderId")
    if not is_whole(reply) or reply.status >= 300 or not order_id:
        return Unsure(f"the answer holds no order id: {reply.words()}")
    if named not in (None, "", venue_id):
        return Unsure("the answer names another order than the one sent")
    status, filled = STATUSES.get(str(result.get("status"))), exact(result.get("filled"))
    is_told = status is not None and filled is not None and 0 <= filled <= GRID.divide(order.qty, contract)
    return Accepted(
        OrderFact(
            client_id=order.client_id,
            order_id=str(order_id),
            symbol=order.symbol,
            side=order.side,
            qty=order.qty,
            filled_qty=GRID.multiply(filled, contract) if is_told and filled is not None else Decimal(0),
            status=status if is_told and status is not None else "open",
            price=order.price,
            reduce_only=order.reduce_only,
            post_only=order.post_only,
            is_trigger=order.trigger is not None,
            trigger_price=None if order.trigger is None else order.trigger.price,
        )
    )


def taken(said: Said) -> bool:
    """Whether a whole good answer says that something was done."""
    reply = said.reply
    return said.error is None and reply is not None and is_whole(reply) and 200 <= reply.status < 300


def refusal(said: Said, reply: Reply, now_us: int) -> Refused | None:
    """A proved refusal, or null."""
    name = type(said.error).__name__
    if reply.failure == "refused":
        return Refused(code="unreached", detail=reply.words())
    if name == "OrderNotFound" and is_whole(reply) and reply.status < 500:
        return Refused(code="gone", detail=excerpt(reply.body))
    if name not in DEFINITE or not is_whole(reply) or reply.status >= 500 or said.heard.is_blocked:
        return None
    code, words = DEFINITE[name], reply.body.decode("utf-8", "replace").lower()
    is_duplicate = code == "duplicate_client_id" or (code == "refused" and any(word in words for word in DUPLICATES))
    is_post_only = code == "post_only_would_cross" or (code == "refused" and any(word in words for word in POST_ONLY))
    return Refused(
        code="duplicate_client_id" if is_duplicate else "post_only_would_cross" if is_post_only else code,
        detail=excerpt(reply.body),
        post_only=is_post_only,
        exists=is_duplicate,
        retry_us=now_us + RATE_RETRY_US if code == "rate_limited" else None,
    )


def unsent(said: Said, now_us: int) -> Refused:
    """Why nothing left: our limits, or ccxt would not build the request."""
    wait_us = said.heard.refused_us
    if wait_us:
        return Refused(code="stale_request", detail=f"the limits leave room in {wait_us / 1e6:.3f} s; not sent", retry_us=now_us + wait_us)
    return Refused(code="not_sent", detail=f"ccxt refused to build it ({type(said.error).__name__}); not sent")


def reason_of(said: Said, reply: Reply) -> str:
    """Why nothing is proved, without addresses."""
    return f"{reply.words()} ({type(said.error).__name__})"
