"""What a fold is: a struct that takes records, one at a time, in time order, and can be stored and taken up again.

A fold's name is its file's name and the parameter name by which states ask for it. Folding is exact:
taking records in one go or in any number of goes leaves the same fold. `takes` names the method for
each record class, so that a reader can look the method up once and call it millions of times.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from executor.records.base import Record


class Fold(Protocol):
    """A running summary of facts; a msgspec struct, so that it can be stored."""

    takes: ClassVar[Mapping[type[Record], str]]

    def take(self, record: Record) -> None:
        """Take one record into account; records of no interest are passed over."""
        ...


def take(fold: Any, record: Record) -> None:
    """Hand a record to the method of a fold that wants its class, if there is one."""
    method = fold.takes.get(type(record))
    if method is not None:
        getattr(fold, method)(record)


def keep_newest(rows: list[Any], limit: int) -> int:
    """Drop the oldest rows beyond a limit, in place; how many went."""
    extra = len(rows) - limit
    if extra > 0:
        del rows[:extra]
        return extra
    return 0


def remember(known: dict[str, Any], key: str, value: Any, *, limit: int) -> None:
    """Put a value into a mapping that forgets its oldest entry beyond a limit."""
    known[key] = value
    if len(known) > limit:
        del known[next(iter(known))]
