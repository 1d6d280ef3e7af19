"""What is pushed: a state file's bytes as they are, with a few facts beside them to ask by."""

import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from hedge_assets.document import Document
from hedge_assets.health.parsing import Unsound, microseconds, parsed, plain_object

Kind = Literal["states", "mirror"]
Scalar = str | int | float | bool | None
MOST_LETTERS = 1000
MOST_FACTS = 50
"""So many facts of so many letters fit beside a part, four bytes to a letter."""
BIGGEST = 1 << 63
ENVELOPE = ("account", "inputs")
"""Of the envelope these are no facts of their own: the account is in the path, inputs are no scalars."""


class Uncopiable(Exception):
    """A file that cannot be mirrored, and why."""


class Where(NamedTuple):
    """A copy's place, the same in every sink: `accounts/{account}/{kind}/{name}`."""

    account: str
    kind: Kind
    name: str


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One file to be pushed. `digest` is SHA-256 of `content`, in hex; times are microseconds UTC.

    `facts` are the scalars at the top of the document, so that a remote reader may ask for them without unpacking it.
    """

    where: Where
    content: bytes
    digest: str
    written_us: int | None
    pushed_us: int = 0
    facts: dict[str, Scalar] = {}


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink gave back: the bytes, the digest it was pushed with, and of how many parts it was made."""

    content: bytes
    digest: str
    parts: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether the bytes are the ones that were pushed."""
        return digest_of(self.content) == self.digest


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def copy_of(name: str, content: bytes, shape: type[Document], *, account: str = "") -> Copy:
    """A state file as it lay, ready to be pushed. Raises `Uncopiable` for what is unsound, or nobody's: the earlier copy stays.

    On a desk with several accounts (`account`) no file of another takes the place of its copy.
    """
    try:
        envelope = parsed(content, shape).envelope
    except Unsound as error:
        raise Uncopiable(str(error)) from error
    if not envelope.account:
        raise Uncopiable("it names no account: no executor has traded yet")
    if account and envelope.account != account:
        raise Uncopiable(f"it is of account {envelope.account!r}, this data root is of {account!r}")
    return Copy(
        where=Where(envelope.account, "states", name),
        content=content,
        digest=digest_of(content),
        written_us=microseconds(envelope.written_ts),
        facts=facts_of(plain_object(content)),
    )


def facts_of(told: Mapping[str, object]) -> dict[str, Scalar]:
    """The scalars at the top of a document, cut to what any store takes as a field: so many, so long, whole numbers of 64 bits."""
    found: dict[str, Scalar] = {}
    for name, value in told.items():
        if name in ENVELOPE or not is_field(name) or len(found) >= MOST_FACTS:
            continue
        if isinstance(value, str):
            found[name] = value[:MOST_LETTERS]
        elif isinstance(value, int) and not isinstance(value, bool) and not -BIGGEST <= value < BIGGEST:
            found[name] = str(value)[:MOST_LETTERS]
        elif value is None or isinstance(value, (bool, int, float)):
            found[name] = value
    return found


def is_field(name: str) -> bool:
    """Whether a store takes this as a field's name: not empty, not long, not reserved."""
    return bool(name) and len(name.encode()) <= MOST_LETTERS and not (name.startswith("__") and name.endswith("__"))
