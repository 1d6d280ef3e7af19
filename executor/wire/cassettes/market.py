"""The market of a cassette: what came on its streams, word for word. Recordings of others, plain lines of a time and a message, are
read as well.

`Header.instruments` are the universe's rules; a line of `#<stream>` tells that a connection was made anew. Times are the executor's
clock, which never goes back.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from executor.errors import UnreadableFeed
from executor.records.market import Instrument
from executor.wire.cassettes.files import SUFFIX, files_at, is_cassette
from executor.wire.cassettes.lines import Head, Line, shaped
from executor.wire.cassettes.reading import lines_in
from executor.wire.streams.shapes import Rebuild

PLAIN = frozenset({".wire", ".jsonl"})
HEAD = "#"
MICROS = 10**17  # recordings of others carry microseconds: a time of now in nanoseconds has nineteen digits


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a cassette is."""

    venue: str
    instruments: tuple[Instrument, ...]


class Played(msgspec.Struct, frozen=True, gc=False):
    """One line: when, of which stream (empty where a recording of others does not say), what."""

    ts_us: int
    name: str
    raw: str


def files_of(path: Path) -> list[Path]:
    """The files of a recording, oldest first: the one that is named, or those of a folder."""
    if is_cassette(path):
        return files_at(path)
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.suffix in PLAIN and each.is_file())
    return [path]


def lines_of(files: Iterable[Path]) -> Iterator[Played]:
    """Every line of the streams in some files, in their order; raises `UnreadableFeed`. A last line without an end was cut by a crash,
    and left out."""
    venue = ""
    for path in files:
        if path.name.endswith(SUFFIX):
            for line in lines_in([path]):
                venue = shaped(line.text, Head, where=path.name).venue if line.kind == "head" else venue
                yield from _heard(line, venue)
        else:
            yield from _plain(path)


def _heard(line: Line, venue: str) -> Iterator[Played]:
    match line.kind:
        case "frame" | "frame+":
            yield Played(line.ts_us, line.name, line.text)
        case "flow":
            if not shaped(line.text, Rebuild, where="a line of its streams").is_first:
                yield Played(line.ts_us, HEAD + line.name, line.text)
        case "universe":
            rules = shaped(line.text, tuple[Instrument, ...], where="its universe")
            yield Played(line.ts_us, HEAD, msgspec.json.encode(Header(venue=venue, instruments=rules)).decode())
        case _:
            return


def _plain(path: Path) -> Iterator[Played]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield played(line, where=f"{path.name}:{number}")
    except OSError as error:
        raise UnreadableFeed(f"cassette {path} cannot be read ({error.strerror}); name a file or folder of one") from error


def played(line: bytes, *, where: str) -> Played:
    """A plain line in its parts; recordings of others have two, the time (in nanoseconds or microseconds) and the message."""
    stamp, _, rest = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
    if not stamp.isdecimal() or len(stamp) > 20 or not rest:
        raise UnreadableFeed(f"cassette {where} begins with {stamp[:40]!r}, must be a time in nanoseconds and a message; remove that line")
    time = int(stamp)
    ts_us = time if time < MICROS else time // 1_000
    if rest.startswith(("{", "[")):
        return Played(ts_us, "", rest)
    name, _, raw = rest.partition(" ")
    return Played(ts_us, name, raw)
