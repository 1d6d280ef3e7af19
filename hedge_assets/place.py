"""Where the telemetry side works and with which settings: the data root, and its own tables of the settings file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from executor.configuration import data_root, read_table
from executor.errors import SettingsError
from hedge_assets.settings import Alerts, Health, Place, Telemetry

SETTINGS = Path("ops/paper.toml")
Shape = TypeVar("Shape", Telemetry, Health, Alerts)


def place_of(environ: Mapping[str, str], data: Path | None = None) -> Place:
    """The place named by an argument, else by the environment, else `logs`; settings from `HEDGE_CONFIG` or `ops/paper.toml`."""
    named = environ.get("HEDGE_CONFIG")
    path = Path(named) if named else SETTINGS
    table = read_table(path) if named or path.is_file() else {}
    return Place(
        root=data_root(data, environ),
        telemetry=shaped(table, "telemetry", Telemetry, path),
        health=shaped(table, "health", Health, path),
        alerts=shaped(table, "alerts", Alerts, path),
    )


def shaped(table: Mapping[str, object], name: str, shape: type[Shape], path: Path) -> Shape:
    """One table of the file as settings; unknown names and wrong types are refused."""
    try:
        return msgspec.convert(table.get(name, {}), type=shape)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{name}] of {path} refused: {error}; see docs/settings.md for names and units") from error
