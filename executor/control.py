"""What an operator asks of a running executor: a file that says `halt`, `flatten` or nothing.

`executor halt` and its siblings write `control/wish.json` under the data root; the loop obeys on its next pass.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from executor.engine import Engine
from executor.errors import SettingsError
from executor.plain_file import read_plain

MOST_BYTES = 64 * 1024

Wanted = Literal["trade", "halt", "flatten"]


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's standing order, and the reason given."""

    wanted: Wanted
    reason: str
    asked_us: int


def wish_path(root: Path) -> Path:
    """Where the standing order lies."""
    return root / "control" / "wish.json"


def ask(root: Path, control: Control) -> None:
    """Leave an order for the executor of this data root."""
    path = wish_path(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(control))
            file.flush()
            os.fsync(file.fileno())
        hand_over(beside, path.parent)
        beside.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror}); check --data") from error


def hand_over(file: Path, folder: Path) -> None:
    """Give an order to whom the folder belongs, who is to read it; refuse a caller who cannot, and whose order nobody could read."""
    owner, caller = folder.stat(), os.geteuid()
    if caller == owner.st_uid:
        return
    if caller != 0:
        file.unlink()
        whose = f"{folder} is uid {owner.st_uid}'s, this is uid {caller}, whose order it could not read"
        raise SettingsError(f"{whose}; ask as that user or as root")
    os.chown(file, owner.st_uid, owner.st_gid)


def standing(root: Path) -> Control | None:
    """The order in force; null when there is none. One that cannot be read is a halt: doubt stops new risk."""
    try:
        return msgspec.json.decode(read_plain(wish_path(root), MOST_BYTES), type=Control)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Control(wanted="halt", reason=f"control file unreadable: {error}", asked_us=0)


def obey(root: Path, engine: Engine, save: Callable[[], None]) -> None:
    """Bring the engine in line with the standing order; a change is journaled and checkpointed at once."""
    control = standing(root)
    wanted = control.wanted if control else "trade"
    halted = (engine.progress.book.halted or "").startswith("operator")
    if wanted == "trade":
        if halted:
            engine.resume("operator", control.reason if control else "control file removed")
            save()
        return
    reason = control.reason if control else ""
    if not halted:
        engine.halt("operator", reason)
        save()
    if wanted == "flatten" and engine.progress.book.holdings and not engine.parts.router.busy:
        engine.flatten()
        save()
