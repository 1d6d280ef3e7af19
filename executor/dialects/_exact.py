"""Quantities and prices on a venue's grid, exactly: what is off it is refused, never rounded up."""

from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Any

from executor.protocol.facts import Refused
from executor.records.soundness import is_countable

ZERO = Decimal(0)
GRID = Context(prec=60, rounding=ROUND_FLOOR)


def exact(value: Any) -> Decimal | None:
    """A number that a venue told, exactly; null where there is none, or none that could be meant."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if is_countable(number) else None


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
