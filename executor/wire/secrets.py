"""The API key of an account: read from one guarded file, held where nothing shows it by accident.

It comes from the file that `venue.key_file` names, or from `hedge-key.json` among the process manager's credentials
(systemd's `LoadCredential`); never from an argument, never from a variable of the environment.
"""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import msgspec

from executor.errors import SettingsError
from executor.private_file import NO_CREDENTIALS, Wanted, read_private

CREDENTIAL = "hedge-key.json"
MOST_BYTES = 16 * 1024
LEAST_LETTERS = 6
"""A shorter secret could not be kept out of texts without making them unreadable (`wire.redaction`)."""

PEM_HEAD, PEM_FOOT = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""How every unencrypted Ed25519 key begins in its PEM form (PKCS #8); the 32 bytes of the key follow."""

CURE = 'write {"key": "...", "secret": "..."} there, chmod 0400'
WANTED = Wanted("key", MOST_BYTES, CURE)


class Secret:
    """A text that shows itself only to who calls `reveal()`: not printed, formatted, encoded, copied or pickled."""

    __slots__ = ("reveal",)

    reveal: Callable[[], str]

    def __init__(self, text: str) -> None:
        self.reveal = lambda: text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuses to be pickled or copied."""
        raise TypeError("a secret is not pickled and not copied")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One account's key. `name` is what the account may be called in public (`account_name`); the rest hides itself."""

    name: str
    key: Secret
    secret: Secret
    password: Secret | None = None

    @property
    def is_pem(self) -> bool:
        """Whether requests are signed by an Ed25519 key rather than by a shared secret."""
        return self.secret.reveal().startswith(PEM_HEAD)

    def texts(self) -> tuple[str, ...]:
        """Everything that must appear in no text, for `wire.redaction.Censor`."""
        held = (self.key, self.secret, self.password)
        return tuple(one.reveal() for one in held if one is not None)


class KeyFile(msgspec.Struct, forbid_unknown_fields=True):
    """The file as it is written. Lives only while a key is read."""

    key: str
    secret: str
    password: str = ""


def account_name(key: str) -> str:
    """A short name of an API key that does not lead back to it: what `venue.acknowledged` repeats."""
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def key_path(key_file: str, environ: Mapping[str, str]) -> Path:
    """Which file holds the key; refuses where neither the settings nor the process manager name one."""
    if key_file:
        return Path(key_file).absolute()
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise SettingsError(
            "venue.key_file was empty and no CREDENTIALS_DIRECTORY is set, a key is needed; name the file in the settings, or hand "
            f"{CREDENTIAL} over with systemd's LoadCredential"
        )
    return Path(folder).absolute() / CREDENTIAL


def read_key(key_file: str, environ: Mapping[str, str]) -> Key:
    """The account's key. Refuses (one line, exit 78) whatever is not a private plain file of the right shape.

    From the first byte on, the kernel writes no core file of this process (`executor.private_file`).
    """
    path = key_path(key_file, environ)
    content = read_private(path, WANTED, Path(environ.get("CREDENTIALS_DIRECTORY", "") or NO_CREDENTIALS))
    try:
        parsed = msgspec.json.decode(content, type=KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} was refused: {_unshown(error)}; {CURE}") from None
    return key_of(parsed.key, parsed.secret, parsed.password, where=str(path))


def key_of(key: str, secret: str, password: str = "", *, where: str = "the key") -> Key:
    """A key of its parts; `where` is what a refusal calls them."""
    _refuse_text(where, "key", key)
    if "-----BEGIN" in secret:
        secret = secret.strip() + "\n"
        _refuse_pem(where, secret)
    else:
        _refuse_text(where, "secret", secret)
    if password:
        _refuse_text(where, "password", password)
    return Key(name=account_name(key), key=Secret(key), secret=Secret(secret), password=Secret(password) if password else None)


def _refuse_text(where: str, field: str, text: str) -> None:
    """Refuse what no venue hands out, never showing it."""
    if len(text) < LEAST_LETTERS:
        raise SettingsError(f"{where}: {field} has {len(text)} characters, at least {LEAST_LETTERS} are needed; copy it whole")
    if not text.isprintable() or not text.isascii() or " " in text:
        raise SettingsError(f"{where}: {field} holds spaces or characters that are not printable ASCII; copy it again without them")


def _refuse_pem(where: str, text: str) -> None:
    """Refuse what is not one unencrypted Ed25519 key, never showing it."""
    lines = text.strip().splitlines()
    try:
        body = b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        body = b""
    if lines[0] != PEM_HEAD or lines[-1] != PEM_FOOT or len(body) != len(ED25519) + 32 or not body.startswith(ED25519):
        raise SettingsError(
            f"{where}: secret is a PEM block but no unencrypted Ed25519 key (PKCS #8); make one: openssl genpkey -algorithm ed25519"
        )


def _unshown(error: Exception) -> str:
    """What is wrong with the shape, without a word of the file: even a field's name may be a secret put in the wrong place."""
    if not isinstance(error, msgspec.ValidationError):
        return "it is not JSON"
    return "it must hold the texts key and secret, and may hold password, and nothing else"
