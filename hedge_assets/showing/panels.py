"""Which panels there are, what each says of the documents at hand, and that as HTML: the same on the page and in a report."""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from executor.errors import SettingsError
from hedge_assets.showing.marks import curves
from hedge_assets.showing.said import Chart, Documents, Panel, Said

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def scan(package: ModuleType | None = None) -> tuple[Panel, ...]:
    """Every panel of a package (the project's own by default), in the page's order."""
    folder = package or importlib.import_module("hedge_assets.panels")
    names = sorted(name for _, name, _ in pkgutil.iter_modules(folder.__path__))
    return tuple(sorted((panel_of(f"{folder.__name__}.{name}") for name in names), key=lambda panel: panel.place))


def panel_of(module_name: str) -> Panel:
    """The panel of one file; refused in one line when it has none."""
    found = getattr(importlib.import_module(module_name), "PANEL", None)
    if not isinstance(found, Panel):
        raise SettingsError(f"{module_name} has no PANEL of type Panel: a file in panels/ is one panel; add it or move the file")
    return found


def said(panel: Panel, documents: Documents) -> Said | None:
    """What a panel says; null where the document that it is about is not there."""
    return panel.say(documents) if panel.states[0] in documents else None


def charts(found: Mapping[str, Said | None]) -> dict[str, Chart]:
    """Every chart of some panels, by its key."""
    return {block.key: block for blocks in found.values() for block in blocks or () if isinstance(block, Chart)}


def obeyed_by_nobody(value: object) -> object:
    """Words of somewhere else without letters that turn the line around, break it or command anything; what is drawn already stays."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(each if each.isprintable() else " " for each in value)


def environment(*folders: Path) -> "Environment":
    """Templates of these folders and of the panels: escaping always on, a name that is not there is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  who makes no page, as Dagster's runs, needs none

    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=obeyed_by_nobody,
    )
    made.filters["drawn"] = lambda chart: curves(chart.curves, chart.caption)
    return made
