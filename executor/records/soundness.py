"""Which numbers may be facts at all: a venue may write NaN, Infinity or 1E+999999 where money is meant, which nobody can count with."""

from decimal import Decimal

import msgspec

LARGEST, SMALLEST, FINEST = 30, -30, -60
"""Powers of ten: of the first digit of a number, the last of them of one that is 0."""

LONGEST = 100
"""Letters of a number."""

WHOLE = 1 << 63


def is_sound(part: object) -> bool:
    """Whether every number in a value, a struct or a collection is one that can be counted with, and kept."""
    kind = type(part)
    if kind is str or kind is bool or part is None:  # most of what comes: every event of the private stream passes here
        return True
    if isinstance(part, Decimal):
        return is_countable(part)
    if isinstance(part, int):
        return -WHOLE <= part < WHOLE
    if isinstance(part, msgspec.Struct):
        return are_sound([getattr(part, name) for name in part.__struct_fields__])
    if isinstance(part, dict):
        return are_sound(list(part.values()))
    if isinstance(part, list | tuple):
        return are_sound(part)
    return True


def are_sound(parts: list[object] | tuple[object, ...]) -> bool:
    """The same of each."""
    for part in parts:  # noqa: SIM110 - a loop takes half as long as `all`
        if not is_sound(part):
            return False
    return True


def is_countable(value: Decimal) -> bool:
    """Whether a decimal is a number, and no absurd one."""
    first = value.adjusted()
    is_moderate = FINEST <= first <= LARGEST and (first >= SMALLEST or not value)
    return is_moderate and value.is_finite() and len(str(value)) <= LONGEST
