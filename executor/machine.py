"""What must hold of this machine and its files before trading, said one by one."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from executor import checkpoint
from executor.asking import terms_of
from executor.clock import WallClock
from executor.errors import HedgeError, SettingsError
from executor.flags import read_flags, refuse_unpermitted_production
from executor.permission import Finding
from executor.received import refuse_received
from executor.records.orders import SuggestionRefused
from executor.records.tuning import Kind
from executor.settings import Settings
from executor.steering import Change, Desk, Steering, version_of
from executor.suggestions import FILES, FOLDER, SWITCHES, read
from executor.taping import folder_of
from executor.vetting import KINDS

ROOM_BYTES = 1024 * 1024 * 1024


def machine(root: Path, settings: Callable[[], Settings], environ: Mapping[str, str]) -> list[Finding]:
    """Every condition of the machine and its files, in the order in which a start would meet them. `settings` may still refuse."""
    asked: list[tuple[str, Callable[[], str]]] = [
        ("flags", lambda: _flags(environ)),
        ("settings", lambda: _settings(settings())),
        ("data directory", lambda: _directory(root)),
        ("disk", lambda: _disk(root)),
        ("recording", lambda: _recording(root, settings)),
        ("checkpoint", lambda: _checkpoint(root)),
        ("suggestions", lambda: _suggestions(root, settings, environ)),
    ]
    return [_found(name, ask) for name, ask in asked]


def _found(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(condition=name, ok=True, detail=ask())
    except HedgeError as error:
        return Finding(condition=name, ok=False, detail=str(error), is_open=error.exit_code != SettingsError.exit_code)


def _flags(environ: Mapping[str, str]) -> str:
    flags = read_flags(environ)
    refuse_unpermitted_production(flags)
    return f"ENV={flags.env}, {sum(flags.switches.values())} switches on"


def _settings(settings: Settings) -> str:
    return f"{settings.mode} trading on {settings.exchange}, feed {settings.feed}, strategies {', '.join(settings.strategies)}"


def _directory(root: Path) -> str:
    """What the executor writes to: its journals' folder, the only one that is its own where programs run as several users."""
    refuse_received(root)
    place = root / "raw"
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise HedgeError(f"{place} is not writable; name another with --data")
    return f"{root} ({'exists' if root.exists() else 'will be made'})"


def _recording(root: Path, told: Callable[[], Settings]) -> str:
    """Where a start would record its venue; it makes the folder, which must not be somebody's file."""
    try:
        settings = told()
    except HedgeError:
        return "not known, the settings are refused"
    if settings.venue.record == "off":
        return "off (venue.record)"
    place = folder = folder_of(root, settings)
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise SettingsError(f"cassettes would go to {folder}, {place} is no folder that can be written; name another venue.record_folder")
    return f"to {folder}, at most {settings.venue.record_bytes >> 20} MiB"


def _disk(root: Path) -> str:
    place = root
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < ROOM_BYTES:
        raise HedgeError(f"{place} has {free >> 20} MiB free, at least {ROOM_BYTES >> 20} are needed; free space")
    return f"{free >> 30} GiB free"


def _checkpoint(root: Path) -> str:
    found = checkpoint.load(root / "raw")
    if found is None:
        return "none yet: a fresh start"
    gone = f"; settings this version does not know are left out: {', '.join(found.dropped)}" if found.dropped else ""
    return f"boot {found.boots}, orders up to {found.seqs.get('orders')}{gone}"


def _suggestions(root: Path, settings: Callable[[], Settings], environ: Mapping[str, str]) -> str:
    """What would be taken or refused now; a refusal stops no trading, so it is told, not failed."""
    flags = read_flags(environ)
    told = [_kind(kind, root, settings()) if flags.on(SWITCHES[kind]) else f"{SWITCHES[kind]} is 0" for kind in KINDS]
    return "; ".join(told)


def _kind(kind: Kind, root: Path, settings: Settings) -> str:
    found = checkpoint.load(root / "raw")
    terms = terms_of(settings, None if found is None else found.progress.watches.keys())
    now_us = WallClock().now_us() if found is None or found.time == "wall" else found.progress.now_us
    steering = Steering() if found is None else found.progress.steering
    desk = Desk(steering=steering, terms=terms, now_us=now_us)
    known = desk.believed(kind, read(kind, root / FOLDER / FILES[kind], terms, now_us))
    changes = list(desk.followed(kind, known))
    return f"{FILES[kind]}: " + (", ".join(map(_told, changes)) or f"nothing new for {len(steering.symbols)} symbols in force")


def _told(change: Change) -> str:
    if isinstance(change, SuggestionRefused):
        return f"{change.symbol or 'the file'} would be refused: {change.reason}"
    return f"{change.symbol} would follow {version_of(change.after, change.suggestion)}: {change.reason}"
