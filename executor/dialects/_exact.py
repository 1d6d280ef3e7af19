"""Quantities and prices on a venue's grid, exactly: what is off it is refused, never rounded up."""

from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Any

from executor.protocol.facts import Refused

ZERO = Decimal(0)
GRID = Context(prec=60, rounding=ROUND_FLOOR)
MAGNITUDE, DIGITS = 24, 36
"""How many powers of ten from 1 a number of a venue's may lie, and how long it may be: what is beyond is no quantity of anything."""


def exact(value: Any) -> Decimal | None:
    """A number that a venue told, exactly; null where there is none, or none that could be meant."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite():
        return None
    is_meant = number.is_zero() or abs(number.adjusted()) <= MAGNITUDE
    return number if is_meant and len(number.as_tuple().digits) <= DIGITS and abs(int(number.as_tuple().exponent)) <= DIGITS else None


def off_grid(value: Decimal, step: Decimal) -> bool:
    """Whether a value is not a positive whole number of steps."""
    if not value.is_finite() or value <= 0:
        return True
    try:
        return bool(GRID.remainder(value, step))
    except InvalidOperation:  # more digits than any venue takes
        return True


def cut_down(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of the step not above a value; 0 for what is not positive."""
    if not value.is_finite() or value <= 0:
        return ZERO
    return GRID.multiply(GRID.divide_int(value, step), step)


def plain(value: Decimal) -> str:
    """A decimal as venues take it: no exponent, no zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def refused_here(code: str, detail: str) -> Refused:
    """A refusal of ours: nothing was sent."""
    return Refused(code=code, detail=f"{detail}; not sent")
