"""What arrived on streams, word for word, so that it can be played again.

A line is `<receive ns> <stream> <raw message>`; a file begins with a line of the stream `#`, which says of what market it is, and a
line of `#<stream>` tells that a connection was made anew. Times are the executor's clock, which never goes back.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from executor.errors import UnreadableFeed
from executor.records.market import Instrument
from executor.wire.redaction import redacted
from executor.wire.streams.shapes import Rebuild

SUFFIX = ".wire"
HEAD = "#"
SEGMENTS = 4
BUFFER = 64 * 1024
MOST_BYTES = 256 * 1024 * 1024
MICROS = 10**17  # recordings of others carry microseconds: a time of now in nanoseconds has nineteen digits


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a cassette is."""

    venue: str
    instruments: tuple[Instrument, ...]


class Cassette:
    """Files in a folder, the newest of them at most `most_bytes` together; what was written first goes first.

    A disk that takes no more ends the recording (`fault` says why), never the stream. Listen keys are hidden.
    """

    def __init__(self, folder: Path, header: Header, *, most_bytes: int = MOST_BYTES) -> None:
        self.fault = ""
        self.messages = 0
        self._folder, self._header = folder, header
        self._segment_bytes = max(most_bytes // SEGMENTS, 1)
        self._file: BinaryIO | None = None
        self._written = 0

    def message(self, name: str, ts_us: int, raw: str) -> None:
        """Keep a message as it came."""
        self.messages += 1
        self._keep(name, ts_us, redacted(raw, ()) if "istenKey" in raw else raw)

    def rebuilt(self, rebuild: Rebuild) -> None:
        """Keep that a connection was made anew."""
        self._keep(HEAD + rebuild.name, rebuild.until_us, msgspec.json.encode(rebuild).decode())

    def close(self) -> None:
        """Put everything on disk."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self.fault = error.strerror or type(error).__name__

    def _keep(self, name: str, ts_us: int, raw: str) -> None:
        if self.fault:
            return
        line = line_of(name, ts_us, raw)
        try:
            if self._file is None or self._written + len(line) > self._segment_bytes:
                self._next_segment(ts_us)
            assert self._file is not None
            self._file.write(line)
        except OSError as error:
            self.fault = error.strerror or type(error).__name__
            return
        self._written += len(line)

    def _next_segment(self, ts_us: int) -> None:
        if self._file is not None:
            self._file.close()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for oldest in files_of(self._folder)[: -(SEGMENTS - 1)]:
            oldest.unlink()
        path = self._folder / f"{ts_us:016d}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb", BUFFER)
        head = line_of(HEAD, ts_us, msgspec.json.encode(self._header).decode())
        self._file.write(head)
        self._written = len(head)


class Played(msgspec.Struct, frozen=True, gc=False):
    """One line: when, of which stream (empty where a recording of others does not say), what."""

    ts_us: int
    name: str
    raw: str


def line_of(name: str, ts_us: int, raw: str) -> bytes:
    """One line; a message that has several becomes one (in JSON a break is a blank)."""
    return f"{ts_us}000 {name} {raw}".replace("\n", " ").encode("utf-8", "surrogatepass") + b"\n"


def files_of(path: Path) -> list[Path]:
    """The files of a cassette, oldest first: the one that is named, or those of a folder."""
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.suffix in {SUFFIX, ".jsonl"} and each.is_file())
    return [path]


def lines_of(files: Iterable[Path]) -> Iterator[Played]:
    """Every line of some files, in their order; raises `UnreadableFeed`. A last line without an end was cut by a crash, and left out."""
    for path in files:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.endswith(b"\n"):
                        yield played(line, where=f"{path.name}:{number}")
        except OSError as error:
            raise UnreadableFeed(f"cassette {path} cannot be read ({error.strerror}); name a file or folder of one") from error


def played(line: bytes, *, where: str) -> Played:
    """A line in its parts; recordings of others have two, the time (in nanoseconds or microseconds) and the message."""
    stamp, _, rest = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
    if not stamp.isdecimal() or len(stamp) > 20 or not rest:
        raise UnreadableFeed(f"cassette {where} begins with {stamp[:40]!r}, must be a time in nanoseconds and a message; remove that line")
    time = int(stamp)
    ts_us = time if time < MICROS else time // 1_000
    if rest.startswith(("{", "[")):
        return Played(ts_us, "", rest)
    name, _, raw = rest.partition(" ")
    return Played(ts_us, name, raw)
