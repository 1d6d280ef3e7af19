"""Where the telemetry side works and with which settings: the data root, and `[telemetry]` of the settings file."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from executor.configuration import TELEMETRY_TABLE, data_root, read_table
from executor.errors import SettingsError
from hedge_assets.settings import Place, Telemetry

SETTINGS = Path("ops/paper.toml")


def place_of(environ: Mapping[str, str], data: Path | None = None) -> Place:
    """The place named by an argument, else by the environment, else `logs`; settings from `HEDGE_CONFIG` or `ops/paper.toml`."""
    named = environ.get("HEDGE_CONFIG")
    path = Path(named) if named else SETTINGS
    table = read_table(path) if named or path.is_file() else {}
    return Place(root=data_root(data, environ), telemetry=telemetry_of(table.get(TELEMETRY_TABLE, {}), path))


def telemetry_of(table: Mapping[str, object], path: Path) -> Telemetry:
    """The telemetry settings of a file's table; unknown names and wrong types are refused."""
    try:
        return msgspec.convert(table, type=Telemetry)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{TELEMETRY_TABLE}] of {path} refused: {error}; see docs/settings.md for names and units") from error
