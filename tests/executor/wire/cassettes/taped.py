"""A real recorder in a folder of a test, and what it kept."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from executor.clock import Clock, WallClock
from executor.wire.cassettes.files import files_at
from executor.wire.cassettes.lines import Head, Line, shaped
from executor.wire.cassettes.reading import lines_in
from executor.wire.cassettes.recorder import Place, Recorder

HEAD = Head(
    venue="binanceusdm", mode="demo", account="demo1", key="0123456789", boot="0001", file=1, seed=7, settings={}, flags={}, versions={}
)


@contextlib.contextmanager
def recording(
    folder: Path,
    *,
    secrets: tuple[str, ...] = (),
    known: bytes | None = None,
    clock: Clock | None = None,
    most_bytes: int = 1 << 30,
    **head: Any,
) -> Iterator[Recorder]:
    """A recorder that is closed in the end."""
    place = Place(folder=folder, most_bytes=most_bytes, most_days=1)
    recorder = Recorder(place, headed(**head), clock=clock or WallClock(), secrets=secrets, known=known)
    try:
        yield recorder
    finally:
        recorder.close()


def headed(**changes: Any) -> Head:
    """A head with some of it changed."""
    return Head(**{name: changes.get(name, getattr(HEAD, name)) for name in HEAD.__struct_fields__})


def kept(folder: Path, *kinds: str) -> list[Line]:
    """The lines of the one cassette in a folder, of these kinds where some are named."""
    return [line for line in lines_in(files_at(folder)) if not kinds or line.kind in kinds]


def text_of(folder: Path) -> str:
    """Everything on every cassette below a folder, unpacked."""
    return "\n".join(str(line) for path in sorted(folder.rglob("*.zst")) for line in lines_in([path]))


def shape_of(line: Line, shape: Any) -> Any:
    """A line's text in its shape."""
    return shaped(line.text, shape, where="test")
