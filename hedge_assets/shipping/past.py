"""Whether what lies at a prefix is the past of the journals here: every segment there is one of these, or one that was pruned."""

from collections.abc import Iterable
from pathlib import Path

from executor.journal.pruned import read_pruned
from executor.journal.segments import content, listed
from executor.records.streams import Stream
from hedge_assets.shipping.names import first_seq_of


def stranger(raw: Path, stream: Stream, there: Iterable[str]) -> str | None:
    """The oldest segment there that should be here and is not; null where there is none.

    A journal that was cut back leaves some: beyond its end, or with the same numbers under another name once it went on in another hour.
    """
    here = listed(raw / stream)
    names = {each.name for each in here}
    pruned_seq = max(read_pruned(raw).get(stream, 0), here[0].first_seq - 1 if here else 0)
    unknown = (each for each in there if each not in names and first_seq_of(each) > pruned_seq)
    return min(unknown, key=first_seq_of, default=None)


def lines_here(folder: Path, name: str) -> bytes | None:
    """The lines of one segment, packed or not; null where it is not here."""
    while True:
        segment = next((each for each in listed(folder) if each.name == name), None)
        try:
            return None if segment is None else content(segment)
        except FileNotFoundError:
            continue  # packed meanwhile, or pruned
