"""What a fill does to a position, exactly: average cost, profit taken, flips through zero."""

from decimal import Decimal

from executor.records.base import Side, sign
from executor.venue.exact import ZERO, exact, money
from executor.venue.state import Held


def filled(held: Held | None, signed_qty: Decimal, price: Decimal, *, ts_us: int) -> tuple[Held | None, Decimal]:
    """The position after a fill (null when flat), and the profit of the part that was closed, before fees.

    The closed part's cost is its share of the average cost, in whole 1e-8; all of the cost when all is closed. So the
    profits of one flat-to-flat stretch sum exactly to what was received less what was paid.
    """
    if held is None:
        return holding(signed_qty, signed_qty * price, ts_us), ZERO
    if (held.qty > 0) == (signed_qty > 0):
        return holding(held.qty + signed_qty, held.cost + signed_qty * price, held.opened_us), ZERO
    closed = min(abs(signed_qty), abs(held.qty))
    closed_signed = closed if signed_qty > 0 else -closed
    cost = held.cost if closed == abs(held.qty) else money(held.cost * closed / abs(held.qty))
    realized = -closed_signed * price - cost
    rest = signed_qty - closed_signed
    if rest:
        return holding(rest, rest * price, ts_us), realized
    left = held.qty + closed_signed
    return (holding(left, held.cost - cost, held.opened_us) if left else None), realized


def holding(qty: Decimal, cost: Decimal, opened_us: int) -> Held:
    """A position of a signed quantity and cost, with the entry price that follows."""
    return Held(qty=qty, cost=cost, entry_price=money(cost / qty), opened_us=opened_us)


def reducible(held: Held | None, side: Side) -> Decimal:
    """How much an order of this side could close, in base units."""
    if held is None or (held.qty > 0) == (sign(side) > 0):
        return ZERO
    return abs(held.qty)


def fee_usd(qty: Decimal, price: Decimal, *, fee_bps: float) -> Decimal:
    """The fee of a fill in USD, positive when paid, in whole 1e-8."""
    return money(qty * price * exact(fee_bps) / 10_000)


def funding_usd(held: Held, *, mark: Decimal, rate: float) -> Decimal:
    """What the wallet gains when funding settles: -quantity x mark x rate (longs pay a positive rate), in whole 1e-8."""
    return money(-held.qty * mark * exact(rate))
