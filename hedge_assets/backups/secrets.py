"""The settings file as it may lie in a backup: everything it says but addresses that hold a secret."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from executor.errors import SettingsError

HIDDEN = "left out of the backup"
FOUND_ELSEWHERE = ("env:", "file:")
SECRET = {"alerts": ("channels", "deadman_url"), "page": ("token",)}
"""Settings that may hold a secret themselves; what only says where one lies (`env:NAME`, `file:PATH`) is kept."""


def settings_text(path: Path | None) -> str:
    """The settings file without its secrets, comments and order kept; empty where none is used."""
    if path is None or not path.is_file():
        return ""
    try:
        told = tomlkit.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError(f"{path} cannot be kept in a backup ({error}); mend it, then take the backup") from error
    for table, names in SECRET.items():
        section = told.get(table)
        if isinstance(section, MutableMapping):
            section.update({name: hidden(section[name]) for name in names if name in section})
    return tomlkit.dumps(told)


def hidden(value: Any) -> Any:
    """A setting without what may be a secret in it."""
    if isinstance(value, list):
        return [hidden(each) for each in value]
    if isinstance(value, str) and value and not value.startswith(FOUND_ELSEWHERE):
        return HIDDEN
    return value
