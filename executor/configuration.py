"""TOML, environment and arguments become settings, once, at start."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from executor.errors import SettingsError
from executor.settings import Settings

TELEMETRY_TABLE = "telemetry"


def read_table(path: Path | None) -> dict[str, Any]:
    """The settings file as plain values; an absent name means all defaults."""
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"--config was {path}, it cannot be read ({error.strerror}); name a TOML file") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}; mend that line") from error


def settings_from(table: Mapping[str, Any], overrides: Mapping[str, Any]) -> Settings:
    """Settings from a file's table (its `[telemetry]` is the other side's) and command-line overrides."""
    merged = {key: value for key, value in table.items() if key != TELEMETRY_TABLE}
    merged.update({key: value for key, value in overrides.items() if value is not None})
    try:
        settings = msgspec.convert(merged, type=Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings refused: {error}; see docs/settings.md for names, units and limits") from error
    refuse_senseless(settings)
    return settings


def refuse_senseless(settings: Settings) -> None:
    """Numbers that parse but cannot be meant."""
    for name, value, low, high in _ranges(settings):
        if not low <= value <= high:
            raise SettingsError(f"{name} was {value}, must be in [{low}, {high}]; change it in the settings file")
    if not settings.strategies:
        raise SettingsError("strategies was empty, at least one is needed; name one, e.g. strategies = ['momentum']")


def _ranges(settings: Settings) -> list[tuple[str, float, float, float]]:
    limits, journal, loop = settings.limits, settings.journal, settings.loop
    return [
        ("loop.period_s", loop.period_s, 0.01, 3600),
        ("loop.checkpoint_s", loop.checkpoint_s, 0.01, 3600),
        ("loop.bars_kept", loop.bars_kept, 10, 10_000),
        ("journal.rotate_s", journal.rotate_s, 1, 86_400),
        ("journal.rotate_bytes", journal.rotate_bytes, 4096, 1 << 40),
        ("journal.max_bytes", journal.max_bytes, 1 << 20, 1 << 50),
        ("journal.max_days", journal.max_days, 0.001, 36_500),
        ("journal.tick_interval_ms", journal.tick_interval_ms, 0, 3_600_000),
        ("limits.max_drawdown_frac", limits.max_drawdown_frac, 0, 1),
        ("limits.max_daily_loss_frac", limits.max_daily_loss_frac, 0, 1),
        ("limits.max_weekly_loss_frac", limits.max_weekly_loss_frac, 0, 1),
        ("limits.symbol_cap_frac", limits.symbol_cap_frac, 0, 100),
        ("limits.gross_cap_frac", limits.gross_cap_frac, 0, 100),
        ("limits.max_leverage", limits.max_leverage, 0, 125),
        ("limits.trade_frac", limits.trade_frac, 0, 10),
        ("paper.balance_usd", settings.paper.balance_usd, 1, 1e15),
        ("paper.leverage", settings.paper.leverage, 1, 125),
        ("synthetic.step_ms", settings.synthetic.step_ms, 10, 60_000),
        ("router.patience_s", settings.router.patience_s, 0, 3600),
    ]


def settings_hash(part: msgspec.Struct) -> str:
    """A short name for what was set: equal settings, equal name."""
    return hashlib.blake2b(msgspec.json.encode(part, order="sorted"), digest_size=6).hexdigest()


def data_root(argument: Path | None, environ: Mapping[str, str]) -> Path:
    """Where everything is written: `--data`, else `HEDGE_DATA`, else `logs` under the working directory."""
    return (argument or Path(environ.get("HEDGE_DATA") or "logs")).absolute()
