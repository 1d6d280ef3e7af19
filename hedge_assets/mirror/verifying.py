"""What was pushed, read back from every sink and held against the files: the same bytes, or one line that says what is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hedge_assets.health.manifest import Row
from hedge_assets.mirror.copies import Back, Copy
from hedge_assets.mirror.newest import Newest, mirrored_rows
from hedge_assets.mirror.sink import Sink, SinkError, SinkSpec
from hedge_assets.settings import Place

AGAIN = "`hedge mirror push --all` brings everything again"


@dataclass(frozen=True)
class Compared:
    """One document of one sink. `difference` is null where it is the file byte for byte."""

    sink: str
    name: str
    size_bytes: int
    parts: int
    difference: str | None


def compared(place: Place, rows: Sequence[Row], sinks: Mapping[str, SinkSpec]) -> Iterator[Compared]:
    """Every document of every sink. A file that is replaced meanwhile is looked at once more before it is called different."""
    newest = Newest(place, mirrored_rows(rows, place.mirror.states))
    newest.look()
    for name, spec in sinks.items():
        sink = spec.opened(place.mirror)
        try:
            for state in sorted({*newest.copies, *newest.unread}):
                yield one(name, sink, newest, state)
        finally:
            sink.close()


def one(name: str, sink: Sink, newest: Newest, state: str) -> Compared:
    """One document."""
    copy = newest.copies.get(state)
    if copy is None:
        return Compared(name, state, 0, 0, f"there is no file to compare with: {newest.unread[state]}")
    try:
        back = sink.read(copy.where)
        if back is not None and back.digest != copy.digest:
            newest.look()
            copy = newest.copies[state]
            back = sink.read(copy.where)
    except SinkError as error:
        return Compared(name, state, len(copy.content), 0, f"it cannot be read back: {error}")
    return Compared(name, state, len(copy.content), 0 if back is None else back.parts, difference(copy, back))


def difference(copy: Copy, back: Back | None) -> str | None:
    """How what came back differs from the file; null where it does not."""
    if back is None:
        return f"nothing is there; {AGAIN}"
    if not back.is_whole:
        return f"it is damaged there: its bytes do not have the digest {back.digest[:12]} that they were pushed with; {AGAIN}"
    if back.content != copy.content:
        return f"an older content is there ({back.digest[:12]}, the file is {copy.digest[:12]}); `hedge mirror push` brings the newest"
    return None
