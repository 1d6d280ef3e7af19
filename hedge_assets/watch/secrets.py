"""Addresses that hold secrets: where they are found, and how they are kept out of everything that is written or shown."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from executor.errors import SettingsError
from hedge_assets.health.judge import one_line

MOST_BYTES = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SHORTEST = 4
HIDDEN = "***"


def resolve(text: str, setting: str, environ: Mapping[str, str]) -> str:
    """The address itself, from the settings, `env:NAME` or `file:PATH`. What is refused is named, never shown."""
    kind, _, name = text.partition(":")
    if kind == "env":
        found = environ.get(name, "").strip()
        if not found:
            raise SettingsError(f"{setting} names the environment variable {name!r}, which is not set or empty; set it to an address")
    elif kind == "file" and not name.startswith("//"):
        found = read_private(Path(name), setting)
    else:
        found = text.strip()
    if not found or not found.isprintable() or " " in found:
        raise SettingsError(f"{setting} must be one address on one line, without blanks; percent-encode what is inside it")
    return found


def origin(text: str) -> str:
    """Where an address comes from, in words that hold no secret."""
    kind, _, name = text.partition(":")
    return text if kind in ("env", "file") and not name.startswith("//") else "settings"


def read_private(path: Path, setting: str) -> str:
    """The one line of a small file that only its owner may read."""
    named = f"{setting} names the file {one_line(str(path))}"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise SettingsError(f"{named}, it cannot be read ({why}); write the address into it") from None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise SettingsError(f"{named}, which is no plain file; write the address into a file")
        if facts.st_mode & OTHERS:
            raise SettingsError(f"{named}, whose mode {stat.S_IMODE(facts.st_mode):03o} lets others in; chmod 600 it")
        content = os.read(handle, MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{named}, it cannot be read ({error.strerror}); write the address into it") from None
    finally:
        os.close(handle)
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{named}, which has more than {MOST_BYTES} bytes; one address is wanted")
    return content.decode("utf-8", "replace").strip()


class Redactor:
    """Takes every part of an address out of a text: user, token, host, path, each option's value."""

    def __init__(self, address: str) -> None:
        _, _, rest = address.partition("://")
        cut = {part for whole in (rest, unquote(rest)) for part in [whole, *re.split(r"[/:@?&=,;+#\s]", whole)]}
        self._parts = sorted((part for part in cut if len(part) >= SHORTEST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The same text without the address's parts; letters and cases do not help it through."""
        for part in self._parts:
            text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
        return text
