"""How exact money and microseconds are put into a document."""

from datetime import datetime
from decimal import Decimal

from hedge_assets.document import moment
from hedge_assets.folds.roundtrips import EXACT

LEAST = Decimal("1e-8")
MOST_DIGITS = 40


def number(value: Decimal) -> float:
    """An exact amount as a JSON number, rounded to 1e-8 (as it is beyond 1e40): the last step, after all arithmetic."""
    return float(value if value.adjusted() > MOST_DIGITS else value.quantize(LEAST, context=EXACT))


def number_or_null(value: Decimal | None) -> float | None:
    """The same; unknown stays unknown."""
    return None if value is None else number(value)


def moment_or_null(us: int | None) -> datetime | None:
    """Microseconds UTC as a datetime; unknown stays unknown."""
    return None if us is None else moment(us)


def part_of(part: Decimal, whole: Decimal) -> float | None:
    """A share of a whole; null when the whole is not above 0."""
    return float(part / whole) if whole > 0 else None


def outside(name: str, value: float | None, *, low: float = 0.0, high: float = 1.0) -> str | None:
    """What is wrong with a number that must lie between two bounds; null when it does, or is unknown."""
    if value is None or low <= value <= high:
        return None
    return f"{name} was {value:.6g}, must be in [{low:g}, {high:g}]"
