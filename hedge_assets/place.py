"""Where the telemetry side works and with which settings: the data root, and its own tables of the settings file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from executor.configuration import data_root, read_table
from executor.errors import SettingsError
from executor.settings import Journal
from hedge_assets.settings import Alerts, Health, Place, Telemetry

SETTINGS = Path("ops/paper.toml")
Shape = TypeVar("Shape", Telemetry, Health, Alerts, Journal)


def place_of(environ: Mapping[str, str], data: Path | None = None) -> Place:
    """The place named by an argument, else by the environment, else `logs`; settings from `HEDGE_CONFIG` or `ops/paper.toml`."""
    named = environ.get("HEDGE_CONFIG")
    path = Path(named) if named else SETTINGS
    table = read_table(path) if named or path.is_file() else {}
    telemetry, journal = shaped(table, "telemetry", Telemetry, path), shaped(table, "journal", Journal, path)
    refuse_short_journals(telemetry, journal, path)
    return Place(
        root=data_root(data, environ),
        telemetry=telemetry,
        journal=journal,
        health=shaped(table, "health", Health, path),
        alerts=shaped(table, "alerts", Alerts, path),
    )


def shaped(table: Mapping[str, object], name: str, shape: type[Shape], path: Path) -> Shape:
    """One table of the file as settings; unknown names and wrong types are refused."""
    try:
        return msgspec.convert(table.get(name, {}), type=shape)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{name}] of {path} refused: {error}; see docs/settings.md for names and units") from error


def refuse_short_journals(telemetry: Telemetry, journal: Journal, path: Path) -> None:
    """States look back into journals that are still there, whatever their budget of bytes."""
    for name in ("window_days", "execution_window_days"):
        days = getattr(telemetry, name)
        if days > journal.keep_days:
            raise SettingsError(
                f"telemetry.{name} of {path} was {days:g}, must be at most journal.keep_days ({journal.keep_days:g}): "
                "states could not be rebuilt; shorten the window or keep journals longer"
            )
