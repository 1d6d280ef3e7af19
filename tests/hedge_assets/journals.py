"""Real journals for tests: records written by the executor's own writer."""

from collections.abc import Iterable
from pathlib import Path

from executor.journal.writer import Journals
from executor.records.base import Record
from executor.records.streams import KINDS, Stream
from executor.settings import Journal


def stream_of(record: Record) -> Stream:
    return next(stream for stream, kinds in KINDS.items() if isinstance(record, kinds))


def write(root: Path, records: Iterable[Record], *, rotate_bytes: int = 64 * 1024 * 1024) -> None:
    """Append to each record's own journal, in the order given."""
    journals = Journals(root, Journal(fsync="off", rotate_bytes=rotate_bytes), boot="b1")
    for record in records:
        journals.append(stream_of(record), record)
    journals.close()
