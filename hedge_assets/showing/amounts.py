"""Numbers as text: always with a unit, never more digits than mean anything, a dash where unknown."""

import math
from datetime import datetime

from hedge_assets.health.ages import age_text
from hedge_assets.showing.said import Cell, Tone

DASH = "—"
MINUS = "\N{MINUS SIGN}"
MANY = 1e15


def spelled(value: float, digits: int, *, sign: bool = False) -> str:
    """A number with thousands apart and a true minus; beyond a thousand billions in powers of ten."""
    if not math.isfinite(value) or abs(value) >= MANY:
        return f"{value:.3g}".replace("-", MINUS)
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    if not any(letter in "123456789" for letter in text):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def number(
    value: float | None, digits: int = 0, unit: str = "", *, sign: bool = False, tone: Tone = "plain", why: str | None = None
) -> Cell:
    """A number with its unit; a dash that tells why on hovering where it is unknown."""
    if value is None:
        return Cell(DASH, "dim", why or "not known", is_number=True)
    return Cell(f"{spelled(value, digits, sign=sign)}{' ' + unit if unit else ''}", tone, is_number=True)


def usd(value: float | None, *, sign: bool = False, tone: Tone = "plain", why: str | None = None) -> Cell:
    """Dollars, with cents below ten thousand."""
    return number(value, 2 if value is None or abs(value) < 10_000 else 0, "USD", sign=sign, tone=tone, why=why)


def earned(value: float | None, why: str | None = None) -> Cell:
    """Dollars that were won or lost: always signed, so that no colour is needed."""
    return usd(value, sign=True, tone=toned(value), why=why)


def bps(value: float | None, *, sign: bool = False, tone: Tone = "plain", why: str | None = None) -> Cell:
    """Hundredths of a percent."""
    return number(value, 2 if value is None or abs(value) < 100 else 0, "bps", sign=sign, tone=tone, why=why)


def share(value: float | None, digits: int = 1, *, sign: bool = False, tone: Tone = "plain", why: str | None = None) -> Cell:
    """A share of 1 as a percentage."""
    return number(None if value is None else 100 * value, digits, "%", sign=sign, tone=tone, why=why)


def count(value: int | None, why: str | None = None) -> Cell:
    """How many."""
    return number(value, why=why)


def millis(value: float | None, why: str | None = None) -> Cell:
    """Milliseconds; seconds once there are ten thousand."""
    if value is not None and value >= 10_000:
        return number(value / 1_000, 1, "s", why=why)
    return number(value, 0 if value is None or value >= 10 else 2, "ms", why=why)


def lasting(value_s: float | None, why: str | None = None) -> Cell:
    """How long, as a person says it."""
    return Cell(DASH, "dim", why or "not known", is_number=True) if value_s is None else Cell(age_text(value_s), is_number=True)


def price(value: float | None, why: str | None = None) -> Cell:
    """A price with the digits it has, at most ten that mean something."""
    return number(None, why=why) if value is None else Cell(f"{value:,.10g}" if abs(value) < MANY else f"{value:.6g}", is_number=True)


def at(when: datetime | None, why: str | None = None) -> Cell:
    """A moment to the second, UTC."""
    return (
        Cell(DASH, "dim", why or "not known", is_number=True)
        if when is None
        else Cell(f"{when:%m-%d %H:%M:%S}", title=f"{when:%Y-%m-%d %H:%M:%S.%f} UTC", is_number=True)
    )


def text(value: str | None, tone: Tone = "plain", title: str | None = None) -> Cell:
    """Words."""
    return Cell(DASH, "dim") if value is None else Cell(value, tone, title)


def toned(value: float | None) -> Tone:
    """What a profit or loss means."""
    if value is None or value == 0:
        return "plain"
    return "good" if value > 0 else "bad"
