"""The settings file as it may lie in a backup: what it sets, without addresses that hold a secret, and without what only people read.

Comments are left out: nobody can tell whether a line that was taken out of use holds a secret.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import tomlkit

from executor.errors import SettingsError

HIDDEN = "left out of the backup"
FOUND_ELSEWHERE = ("env:", "file:")
SECRET = {"alerts": ("channels", "deadman_url"), "page": ("token",)}
"""Settings that may hold a secret themselves; what only says where one lies (`env:NAME`, `file:PATH`) is kept."""

SIGNED_IN = re.compile(r"://\S*@")
"""Who signs in where an address leads, up to the last `@`: a key may hold a slash that nobody escaped."""


def settings_text(path: Path | None) -> str:
    """What the settings file sets but its secrets, order kept; empty where none is used. Raises `SettingsError` where it is no settings."""
    try:
        if path is None or not path.is_file():
            return ""
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be kept in a backup ({error}); mend it, then take the backup") from error
    return tomlkit.dumps(without_secrets(told))


def without_secrets(table: dict[str, Any]) -> dict[str, Any]:
    """A table of settings and all below it without what may be a secret."""
    found = {name: signed_out(value) for name, value in table.items()}
    for name in SECRET.keys() & found.keys():
        if isinstance(found[name], dict):
            found[name] |= {each: hidden(found[name][each]) for each in SECRET[name] if each in found[name]}
    return found


def signed_out(value: Any) -> Any:
    """A setting whose addresses do not say who signs in."""
    if isinstance(value, dict):
        return without_secrets(value)
    if isinstance(value, list):
        return [signed_out(each) for each in value]
    return SIGNED_IN.sub(f"://{HIDDEN}@", value) if isinstance(value, str) else value


def hidden(value: Any) -> Any:
    """A setting without what may be a secret in it."""
    if isinstance(value, list):
        return [hidden(each) for each in value]
    if isinstance(value, str) and value and not value.startswith(FOUND_ELSEWHERE):
        return HIDDEN
    return value
