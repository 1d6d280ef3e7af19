"""Which numbers may be facts at all: a venue may write NaN, Infinity or 1E+999999 where money is meant, which nobody can count with."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

LARGEST, SMALLEST, FINEST = 30, -30, -60
"""Powers of ten: of the first digit of a number, the last of them of one that is 0."""

LONGEST = 100
"""Letters of a number."""

WHOLE = 1 << 63


def is_sound(part: object, fits: Callable[[Decimal], bool] | None = None) -> bool:
    """Whether every number in a value, a struct or a collection is one that can be counted with, and kept; `fits` judges decimals."""
    kind = type(part)
    if kind is str or kind is bool or part is None:  # most of what comes: every event of the private stream passes here
        return True
    if isinstance(part, Decimal):
        return (fits or is_countable)(part)
    if isinstance(part, int):
        return -WHOLE <= part < WHOLE
    if isinstance(part, msgspec.Struct):
        parts = [getattr(part, name) for name in part.__struct_fields__]
    elif isinstance(part, dict):
        parts = list(part.values())
    else:
        parts = list(part) if isinstance(part, list | tuple) else []
    for each in parts:  # noqa: SIM110 - a loop takes half as long as `all`
        if not is_sound(each, fits):
            return False
    return True


def is_countable(value: Decimal) -> bool:
    """Whether a decimal that somebody told is a number, and no absurd one."""
    first = value.adjusted()
    is_moderate = FINEST <= first <= LARGEST and (first >= SMALLEST or not value)
    return is_moderate and value.is_finite() and len(str(value)) <= LONGEST


def is_bounded(value: Decimal) -> bool:
    """Whether a decimal that was counted is a number that can be counted on with, however close to 0 it is."""
    return value.is_finite() and value.adjusted() <= LARGEST
