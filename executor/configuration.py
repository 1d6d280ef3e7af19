"""TOML, environment and arguments become settings, once, at start."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from executor.errors import SettingsError
from executor.settings import Settings

TELEMETRY_TABLES = ("telemetry", "health", "alerts", "page", "mirror", "ship")

ANY = (0.0, 1e9)
"""What any other number may be: finite, not negative, not absurd."""

RANGES: dict[str, tuple[float, float]] = {
    "seed": (-(1 << 62), 1 << 62),
    "metrics_port": (0, 65_535),
    "loop.period_s": (0.01, 3600),
    "loop.checkpoint_s": (0.01, 3600),
    "loop.bars_kept": (10, 10_000),
    "journal.rotate_s": (1, 86_400),
    "journal.rotate_bytes": (4096, 1 << 40),
    "journal.max_bytes": (1 << 20, 1 << 50),
    "journal.max_days": (0.001, 36_500),
    "journal.keep_days": (0, 36_500),
    "journal.tick_interval_ms": (0, 3_600_000),
    "limits.max_drawdown_frac": (0, 1),
    "limits.max_daily_loss_frac": (0, 1),
    "limits.max_weekly_loss_frac": (0, 1),
    "limits.symbol_cap_frac": (0, 100),
    "limits.gross_cap_frac": (0, 100),
    "limits.max_leverage": (0, 125),
    "limits.trade_frac": (0, 10),
    "candidate.max_trade_frac": (0, 10),
    "candidate.warn_at": (0, 1),
    "candidate.defensive_at": (0, 1),
    "candidate.warn_size": (0, 1),
    "candidate.defensive_size": (0, 1),
    "router.offset_bps": (0, 1_000),
    "router.patience_s": (0, 3600),
    "router.reprices": (0, 1_000),
    "apply.least_interval_s": (0, 86_400),
    "apply.max_offset_bps": (0, 1_000),
    "apply.offset_step_bps": (0, 1_000),
    "apply.least_patience_s": (0, 3600),
    "apply.max_patience_s": (0, 3600),
    "apply.patience_step_ratio": (1, 100),
    "apply.max_reprices": (0, 1_000),
    "apply.max_taker_bias_frac": (0, 1),
    "apply.taker_bias_step_frac": (0, 1),
    "apply.weight_step_frac": (0, 1),
    "apply.min_intents": (1, 1e6),
    "apply.min_trades": (1, 1e6),
    "apply.max_bytes": (1024, 64 * 1024 * 1024),
    "paper.balance_usd": (1, 1e15),
    "paper.maker_fee_bps": (-100, 1_000),
    "paper.taker_fee_bps": (-100, 1_000),
    "paper.latency_floor_ms": (0, 600_000),
    "paper.latency_ms": (0, 600_000),
    "paper.leverage": (1, 125),
    "paper.max_levels": (1, 10_000),
    "venue.leverage": (1, 125),
    "venue.recv_window_ms": (500, 10_000),
    "venue.timeout_ms": (100, 9_999),
    "venue.stale_ms": (10, 10_000),
    "venue.clock_off_ms": (1, 5_000),
    "venue.reconcile_s": (1, 3_600),
    "venue.settle_s": (0, 600),
    "venue.rules_s": (1, 86_400),
    "venue.dead_man_s": (0, 3_600),
    "venue.quote_silence_s": (0.1, 600),
    "venue.user_silence_s": (0.1, 3_600),
    "venue.poll_s": (0.1, 600),
    "venue.reserve_frac": (0, 0.9),
    "venue.record_bytes": (1 << 20, 1 << 50),
    "venue.record_days": (0.001, 36_500),
    "exits.venue_stop_bps": (0, 9_000),
    "brakes.drawdown_frac": (0, 1),
    "brakes.daily_loss_frac": (0, 1),
    "synthetic.step_ms": (10, 60_000),
    "replay.bar_spread_bps": (0, 1_000),
    "features.vol_half_life_min": (0.01, 1e6),
    "features.min_bars": (1, 10_000),
    "features.bar_s": (0.1, 86_400),
}


def read_table(path: Path | None, *, named_by: str = "--config") -> dict[str, Any]:
    """The settings file as plain values; an absent name means all defaults. `named_by` is who named it, for a refusal."""
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{named_by} was {path}, it cannot be read ({error.strerror}); name a TOML file") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}; mend that line") from error


def settings_from(table: Mapping[str, Any], overrides: Mapping[str, Any]) -> Settings:
    """Settings from a file's table (its `TELEMETRY_TABLES` are the other side's) and command-line overrides."""
    merged = {key: value for key, value in table.items() if key not in TELEMETRY_TABLES}
    merged.update({key: value for key, value in overrides.items() if value is not None})
    try:
        settings = msgspec.convert(merged, type=Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings refused: {error}; see docs/settings.md for names, units and limits") from error
    refuse_senseless(settings)
    return settings


def refuse_senseless(settings: Settings) -> None:
    """Numbers that parse but cannot be meant, and names that say nothing or too much."""
    for name, value in numbers_of(settings):
        low, high = RANGES.get(name, ANY)
        if not low <= value <= high:
            raise SettingsError(f"{name} was {value}, must be in [{low:g}, {high:g}]; change it in the settings file")
    journal = settings.journal
    if journal.keep_days > journal.max_days:
        raise SettingsError(
            f"journal.keep_days was {journal.keep_days:g}, journal.max_days {journal.max_days:g} is less; raise max_days or lower keep_days"
        )
    venue = settings.venue
    if venue.timeout_ms >= venue.recv_window_ms:
        raise SettingsError(
            f"venue.timeout_ms was {venue.timeout_ms}, must be below venue.recv_window_ms = {venue.recv_window_ms}; lower timeout_ms"
        )
    if venue.record == "on" and settings.exchange == "paper" and settings.feed.partition(":")[0] != "live":
        raise SettingsError(
            f'venue.record was \'on\', feed was {settings.feed!r}: only what a venue says is recorded; set feed = "live", or record = "off"'
        )
    if not settings.account.strip() or not settings.account.isprintable():
        raise SettingsError(f"account was {settings.account!r}, must be a name on one line; change it in the settings file")
    if not settings.strategies:
        raise SettingsError("strategies was empty, at least one is needed; name one, e.g. strategies = ['momentum']")


def numbers_of(part: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number of the settings by its dotted name; strategies judge their own."""
    for field in part.__struct_fields__:
        value, name = getattr(part, field), f"{prefix}{field}"
        if isinstance(value, msgspec.Struct):
            yield from numbers_of(value, f"{name}.")
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", one) for key, one in value.items() if isinstance(one, (int, float)))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name, value


def carried(plain: Mapping[str, Any], shape: type[msgspec.Struct], prefix: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings that another version wrote, with what this one does not know left out, and the dotted names of that."""
    known = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    for name, value in plain.items():
        kind = known.get(name)
        if kind is None:
            dropped.append(f"{prefix}{name}")
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, Mapping):
            kept[name], below = carried(value, kind, f"{prefix}{name}.")
            dropped += below
        else:
            kept[name] = value
    return kept, tuple(dropped)


def settings_hash(part: msgspec.Struct) -> str:
    """A short name for what was set: equal settings, equal name."""
    return hashlib.blake2b(msgspec.json.encode(part, order="sorted"), digest_size=6).hexdigest()


def data_root(argument: Path | None, environ: Mapping[str, str]) -> Path:
    """Where everything is written: `--data`, else `HEDGE_DATA`, else `logs` under the working directory."""
    return (argument or Path(environ.get("HEDGE_DATA") or "logs")).absolute()


UMASKS = {"": 0o077, "077": 0o077, "027": 0o027}


def umask_of(environ: Mapping[str, str]) -> int:
    """What others may not do with what is written: anything, or, with `HEDGE_UMASK=027`, anything but reading by the group."""
    text = environ.get("HEDGE_UMASK", "")
    if text not in UMASKS:
        raise SettingsError(f"HEDGE_UMASK was {text!r}, allowed are 077 and 027; set one of them or leave it out")
    return UMASKS[text]
