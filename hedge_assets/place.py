"""Where the telemetry side works and with which settings: the data root, and its own tables of the settings file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from executor import accounts
from executor.configuration import ANY, data_root, numbers_of, read_table
from executor.configuration import RANGES as EXECUTOR_RANGES
from executor.errors import SettingsError
from executor.pulse import REMEMBERED
from executor.settings import Journal, Venue
from hedge_assets.mirror.quota import share_of
from hedge_assets.quiet_hours import Quiet
from hedge_assets.settings import WHOLE, Alerts, Health, Mirror, Page, Place, Ship, Telemetry
from hedge_assets.shadow.candidates import candidate_of
from hedge_assets.statistics.windows import DAY_US, span_of

SETTINGS = Path("ops/paper.toml")
Shape = TypeVar("Shape", Telemetry, Health, Alerts, Page, Mirror, Ship, Journal, Venue)

BYTES = (0.0, float(1 << 50))
RANGES: dict[str, tuple[float, float]] = {
    **EXECUTOR_RANGES,
    "telemetry.max_turnover_frac": (0, 1),
    "telemetry.least_turnover_frac": (0, 1),
    "telemetry.taker_bias_step_frac": (0, 1),
    "telemetry.max_taker_bias_frac": (0, 1),
    "telemetry.hysteresis_frac": (0, 10),
    "telemetry.explore_frac": (0, 1),
    "telemetry.min_scored": (3, 1_000_000),
    "telemetry.good_line_frac": (0, 1),
    "health.look_every_s": (0.05, 60),
    "health.silent_s": (1, 86_400),
    "health.stuck_s": (1, 86_400),
    "health.crash_loop_falls": (2, REMEMBERED),
    "health.crash_loop_s": (1, 86_400),
    "health.clock_off_s": (0.1, 3600),
    "health.run_limit_s": (1, 86_400),
    "health.min_agree_frac": (0, 1),
    "health.incident_bytes": (65_536, 1 << 40),
    "health.incident_days": (0.01, 36_500),
    "health.damaged_days": (0.01, 36_500),
    "alerts.gather_s": (0, 600),
    "alerts.remind_s": (0, 30 * 86_400),
    "alerts.most_per_hour": (1, 1_000),
    "alerts.timeout_s": (0.1, 60),
    "alerts.deadman_every_s": (1, 86_400),
    "mirror.writes_per_day": (100, 1_000_000_000),
    "mirror.heartbeat_s": (1, 86_400),
    "mirror.look_every_s": (0.05, 60),
    "mirror.deadline_s": (0.1, 30),
    "mirror.late_s": (1, 86_400),
    "mirror.fail_s": (1, 86_400),
    "ship.every_s": (0.1, 3600),
    "ship.deadline_s": (0.1, 600),
    "ship.part_bytes": (2 * 1024 * 1024, 1 << 30),
}
"""What a number may be; any other may be what `executor.configuration` allows, and bytes a pebibyte."""


def place_of(environ: Mapping[str, str], data: Path | None = None, account: str | None = None) -> Place:
    """The place named by an argument, else by the environment, else `logs`; settings from `HEDGE_CONFIG` or `ops/paper.toml`.

    Where these name several accounts, one must be meant (an argument, or `HEDGE_ACCOUNT`).
    """
    table, path = settings_file(environ)
    return _placed(table, path, data_root(data, environ), accounts.chosen(table, account, environ))


def places_of(environ: Mapping[str, str], data: Path | None = None, account: str | None = None) -> tuple[Place, ...]:
    """The places of all accounts that the settings name, or of the one that is meant; one place where they name none."""
    table, path = settings_file(environ)
    is_one = accounts.asked(account, environ) or not accounts.names_of(table)
    names = (accounts.chosen(table, account, environ),) if is_one else accounts.names_of(table)
    return tuple(_placed(table, path, data_root(data, environ), name) for name in names)


def all_places(environ: Mapping[str, str], data: Path | None = None) -> tuple[Place, ...]:
    """The places of all accounts, whichever one the environment means: for what is about the desk."""
    return places_of({name: value for name, value in environ.items() if name != accounts.VARIABLE}, data)


def account_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The accounts that the settings name, in their order; none where they describe one only."""
    return accounts.names_of(settings_file(environ)[0])


def whole_of(places: Sequence[Place]) -> Place | None:
    """The place of the desk as a whole, where its accounts have names and all of them are meant; else None.

    One account with a name makes a desk as well: it may get a second, and what is known of the whole goes on.
    """
    is_whole = places[0].account and len(places) + 1 == places[0].shares
    return msgspec.structs.replace(places[0], root=places[0].desk, account=WHOLE) if is_whole else None


def settings_file(environ: Mapping[str, str]) -> tuple[Mapping[str, Any], Path]:
    """The settings as plain values, all accounts', and where they are from."""
    named = environ.get("HEDGE_CONFIG")
    path = Path(named) if named else SETTINGS
    return (read_table(path) if named or path.is_file() else {}), path


def _placed(all_settings: Mapping[str, Any], path: Path, desk: Path, account: str) -> Place:
    table = accounts.table_of(all_settings, account)
    telemetry, journal = shaped(with_candidates(table, path), "telemetry", Telemetry, path), shaped(table, "journal", Journal, path)
    refuse_short_journals(telemetry, journal, path)
    named, mirror = accounts.names_of(all_settings), shaped(table, "mirror", Mirror, path)
    shares = len(named) + 1 if named else 1
    refuse_a_quota_of_heartbeats(mirror, shares, path)
    return Place(
        root=accounts.root_of(desk, account),
        account=account,
        shares=shares,
        telemetry=telemetry,
        journal=journal,
        health=shaped(table, "health", Health, path),
        alerts=shaped(table, "alerts", Alerts, path),
        page=shaped(table, "page", Page, path),
        mirror=mirror,
        ship=shaped(table, "ship", Ship, path),
        venue=shaped(table, "venue", Venue, path),
    )


def with_candidates(table: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The file's tables, with what the files of `telemetry.candidates` say in place of their names; each is refused in words."""
    telemetry = table.get("telemetry", {})
    named = telemetry.get("candidates", []) if isinstance(telemetry, Mapping) else []
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise SettingsError(
            f"telemetry.candidates of {path} was {named!r}, must be a list of files; write it like ['candidates/tight.toml']"
        )
    found: dict[str, Any] = {}
    for each in named:
        file = path.parent / each
        if file.stem in found:
            raise SettingsError(f"telemetry.candidates of {path} names {file.stem} twice; rename one of the files")
        content = read_table(file, named_by="telemetry.candidates")
        candidate_of(file.stem, content, str(file))
        found[file.stem] = content
    return {**table, "telemetry": {**telemetry, "candidates": found}} if "telemetry" in table else table


def shaped(table: Mapping[str, object], name: str, shape: type[Shape], path: Path) -> Shape:
    """One table of the file as settings; unknown names, wrong types and senseless values are refused."""
    try:
        settings = msgspec.convert(table.get(name, {}), type=shape)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{name}] of {path} refused: {error}; see docs/settings.md for names and units") from error
    for field, value in numbers_of(settings, f"{name}."):
        low, high = RANGES.get(field, BYTES if field.endswith("_bytes") else ANY)
        if not low <= value <= high:
            raise SettingsError(f"{field} was {value}, must be in [{low:g}, {high:g}]; change it in {path}")
    if isinstance(settings, Health) and settings.disk_fail_bytes > settings.disk_warn_bytes:
        fail, warn = settings.disk_fail_bytes, settings.disk_warn_bytes
        raise SettingsError(f"health.disk_fail_bytes was {fail}, must be at most disk_warn_bytes ({warn}); change it in {path}")
    if isinstance(settings, Alerts):
        Quiet.of(settings.quiet_hours)
    return settings


def refuse_a_quota_of_heartbeats(mirror: Mirror, shares: int, path: Path) -> None:
    """Heartbeats leave at least half of a day's writes to the documents, also of what one data root of several has."""
    share = share_of(mirror.writes_per_day, mirror.heartbeat_s, shares)
    if share.heartbeats * 2 > share.writes_per_day:
        among = f" among {shares} data roots" if shares > 1 else ""
        raise SettingsError(
            f"mirror.heartbeat_s was {mirror.heartbeat_s:g}, that is {share.heartbeats * shares} writes a day{among}, "
            f"mirror.writes_per_day is {mirror.writes_per_day} and heartbeats may take half of it; beat less often or raise it in {path}"
        )


def refuse_short_journals(telemetry: Telemetry, journal: Journal, path: Path) -> None:
    """Windows are ones there can be, and look back into journals that are still there, whatever their budget of bytes."""
    for name in ("windows", "research_window", "execution_window", "score_window"):
        value = getattr(telemetry, name)
        for each in value if isinstance(value, tuple) else (value,):
            days = longest_days(each, f"telemetry.{name} of {path}")
            if days > journal.keep_days:
                raise SettingsError(
                    f"telemetry.{name} of {path} was {each}, must be at most journal.keep_days ({journal.keep_days:g}): "
                    "states could not be rebuilt; shorten the window or keep journals longer"
                )
    if telemetry.research_window not in telemetry.windows:
        names = ", ".join(telemetry.windows)
        raise SettingsError(
            f"telemetry.research_window of {path} was {telemetry.research_window}, must be one of windows ({names}); add it"
        )


def longest_days(name: str, where: str) -> float:
    """A window's length in days, 0 for `all`; one that cannot be is refused."""
    try:
        span = span_of(name)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}; change it there") from error
    return 0.0 if span.us is None else span.us / DAY_US
