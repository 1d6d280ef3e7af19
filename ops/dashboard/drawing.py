"""Templates and what they say numbers with: everything in them is escaped, and drawn the same for a first paint and a push."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from hedge_assets.showing.amounts import earned, share, usd
from hedge_assets.showing.panels import environment, obeyed_by_nobody
from hedge_assets.showing.said import Cell
from ops.dashboard.bounds import shortened

TEMPLATES = Path(__file__).parent / "templates"
NO_AGE = "—"


def age(age_s: float | None) -> str:
    """An age as a person says it; a dash when it is unknown. The script in the page says it the same way."""
    return NO_AGE if age_s is None else age_text(age_s)


def size(count: int | None) -> str:
    """Bytes in the unit that reads best."""
    if count is None:
        return NO_AGE
    value, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if abs(value) < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def exact(us: int | None) -> str:
    """A moment to the second, UTC; a dash when unknown or beyond the calendar."""
    known = calendar(us)
    return NO_AGE if known is None else f"{known:%Y-%m-%d %H:%M:%S} UTC"


def calendar(us: int | None) -> datetime | None:
    """A moment as a date; null when there is none, or it is beyond the calendar."""
    try:
        return None if us is None else moment(us)
    except (OverflowError, ValueError, OSError):
        return None


def few_words(value: object) -> object:
    """Words of somewhere else, not too many of them, and none that anything obeys; what is drawn already stays."""
    return obeyed_by_nobody(shortened(value) if type(value) is str else value)


def worded(cell: Callable[[float | None], Cell]) -> Callable[[float | None], str]:
    """A number as panels say it, without its tone."""
    return lambda value: cell(value).text


def made() -> Environment:
    """The templates of the page and of panels, with the page's filters and bounds."""
    found = environment(TEMPLATES)
    found.finalize = few_words
    found.filters.update(age=age, size=size, exact=exact, usd=usd, earned=earned)
    found.filters.update(usd_text=worded(usd), earned_text=worded(earned), share_text=worded(share))
    return found


DRAWN = made()


def drawn(template: str, **values: object) -> Markup:
    """One part of the page."""
    return Markup(DRAWN.get_template(template).render(**values))  # noqa: S704 - templates escape
