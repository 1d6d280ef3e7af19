"""The page's parts as text: every part is one template, everything in it escaped, drawn the same for a first paint and a push."""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from ops.dashboard.view import View

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


def obeyed_by_nobody(value: object) -> object:
    """Words of somewhere else without letters that turn the line around, break it or command anything; what is drawn already stays."""
    return "".join(each if each.isprintable() else " " for each in value) if type(value) is str else value


def environment() -> Environment:
    """The templates with their filters: escaping always on, a name that is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=obeyed_by_nobody,
    )
    made.filters.update(age=age, size=size, exact=exact)
    return made


DRAWN = environment()


def parts(view: View) -> dict[str, str]:
    """Every part of the page that changes, by its id in the page."""
    plain = {name: DRAWN.get_template(f"{name}.html").render(view=view) for name in ("headline", "services", "storage")}
    rows = DRAWN.get_template("files.html")
    files = {group.key: rows.render(view=view, group=group) for group in (view.attention, *view.groups)}
    told = {name: DRAWN.get_template(f"{name}.html").render(view=view) for name in ("conditions", "incidents")}
    return {**plain, **files, **told}


def page(view: View, drawn: dict[str, str]) -> str:
    """The whole page for a first paint."""
    return DRAWN.get_template("page.html").render(view=view, parts=drawn)
