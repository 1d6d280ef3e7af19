"""The page's token: found where the operator put it, and kept only as what it is compared by.

It comes from `file:PATH` or `env:NAME` (`[page] token`, or `--token`), or from `hedge-page-token` among the process manager's
credentials (systemd's `LoadCredential`); never from an argument itself. Without any of these the page asks for none.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from executor.errors import SettingsError
from executor.private_file import NO_CREDENTIALS, Wanted, read_private

CREDENTIAL = "hedge-page-token"
LEAST_LETTERS, MOST_LETTERS = 32, 512
LEAST_DIFFERENT = 8
LETTERS = re.compile(r"[A-Za-z0-9._~-]+")
"""What stands for itself in an address and in a header alike."""

CURE = "make one: (umask 077; openssl rand -hex 32 > FILE)"
WANTED = Wanted("token", MOST_LETTERS + 2, CURE)


@dataclass(frozen=True)
class Token:
    """A token as it is compared and as it signs; the token itself is not kept, and neither is shown."""

    known_by: bytes = field(repr=False)
    signs_by: bytes = field(repr=False)

    def is_right(self, text: str) -> bool:
        """Whether this is the token; it takes as long for one that is nearly right as for one that is not at all."""
        return hmac.compare_digest(digest(text), self.known_by)

    def signature(self, text: str) -> str:
        """What only who knows the token can write under a text."""
        return hmac.new(self.signs_by, text.encode(), hashlib.sha256).hexdigest()


def digest(text: str) -> bytes:
    """A text at one length, whatever its own."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def token_from(named: str, environ: Mapping[str, str]) -> Token | None:
    """The token that a setting names; null where it names none and the process manager hands none over. Refuses in one line, exit 78."""
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    credential = Path(folder).absolute() / CREDENTIAL
    kind, _, name = named.partition(":")
    if kind == "env" and name:
        return token_of(environ.get(name, ""), f"the environment variable {name[:60]!r}, which page.token names,")
    if kind == "file" and name:
        return in_file(Path(name).absolute(), folder)
    if named:
        raise SettingsError(f"page.token names neither a file nor a variable; write file:PATH or env:NAME, and {CURE}")
    return in_file(credential, folder) if folder and credential.exists() else None


def in_file(path: Path, credentials: str) -> Token:
    """The token that a file of one line holds."""
    content = read_private(path, WANTED, Path(credentials or NO_CREDENTIALS))
    return token_of(content.decode("utf-8", "replace").strip(), str(path))


def token_of(text: str, where: str = "the token") -> Token:
    """A token of its text, which is refused, and never shown, when it could be guessed or would not survive an address."""
    if len(text) < LEAST_LETTERS or len(text) > MOST_LETTERS or len(set(text)) < LEAST_DIFFERENT:
        raise SettingsError(
            f"{where} holds {len(text)} letters, {len(set(text))} of them different; {LEAST_LETTERS} to {MOST_LETTERS} and at least "
            f"{LEAST_DIFFERENT} different ones are needed; {CURE}"
        )
    if LETTERS.fullmatch(text) is None:
        raise SettingsError(f"{where} holds something else than letters, digits, '.', '_', '~' and '-'; {CURE}")
    return Token(digest(text), hmac.new(text.encode(), b"a page's cookie", hashlib.sha256).digest())
