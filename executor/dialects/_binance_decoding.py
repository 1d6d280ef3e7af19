"""The one way from the body of an answer to a shape. Whatever a venue, a proxy or an accident may write: it ends in a shape whose numbers
are numbers, or in `Unanswered`.
"""

from collections.abc import Collection
from typing import Annotated, TypeVar

import msgspec

from executor.records.soundness import is_sound
from executor.wire.reply import UNREADABLE, Unanswered, excerpt

Shape = TypeVar("Shape")

Ms = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
"""Milliseconds of a venue's clock; what lies tens of thousands of years ahead is no time."""


class _Named(msgspec.Struct):
    symbol: str


def decoded(body: bytes | msgspec.Raw, kind: type[Shape], what: str = "an answer", *, strict: bool = True) -> Shape:
    """A body in a shape, all numbers sound; raises `Unanswered` where it is not of it."""
    try:
        found = msgspec.json.decode(body, type=kind, strict=strict)
    except UNREADABLE as error:
        raise Unanswered(f"{what} was not understood: {str(error)[:120]}") from error
    if not is_sound(found):
        raise Unanswered(f"{what} was not understood: it holds a number that is none, or an absurd one")
    return found


def understood(body: bytes | msgspec.Raw, kind: type[Shape], *, strict: bool = True) -> Shape | None:
    """A body in a shape, null where it is not of it."""
    try:
        return decoded(body, kind, strict=strict)
    except Unanswered:
        return None


def rows_of(body: bytes | msgspec.Raw, kind: type[Shape], what: str = "an answer", *, strict: bool = True) -> list[Shape | msgspec.Raw]:
    """Every row of a list in its shape, or as it came where it is not of it; raises `Unanswered` where there is no list."""
    whole = understood(body, list[kind], strict=strict)  # type: ignore[valid-type]
    if whole is not None:
        return [*whole]
    rows = decoded(body, list[msgspec.Raw], what)
    return [row if (found := understood(row, kind, strict=strict)) is None else found for row in rows]


def of_ours(body: bytes | msgspec.Raw, kind: type[Shape], what: str, *, ours: Collection[str] | None) -> list[Shape]:
    """The rows of a list that are understood; raises `Unanswered` where one is not and is not known to be of another symbol than `ours`
    (null: all are)."""
    found = []
    for row in rows_of(body, kind, what):
        if not isinstance(row, msgspec.Raw):
            found.append(row)
            continue
        named = understood(row, _Named)
        if named is None or ours is None or named.symbol in ours:
            raise Unanswered(f"{what} was not understood: {excerpt(bytes(row))}")
    return found
