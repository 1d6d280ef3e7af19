"""What a fold is: a struct that takes records, one at a time, in time order, and can be stored and taken up again.

A fold's name is its file's name and the parameter name by which states ask for it. Folding is exact:
taking records in one go or in any number of goes leaves the same fold.
"""

from typing import Protocol

from executor.records.base import Record


class Fold(Protocol):
    """A running summary of facts; a msgspec struct, so that it can be stored."""

    def take(self, record: Record) -> None:
        """Take one record into account; records of no interest are passed over."""
        ...
