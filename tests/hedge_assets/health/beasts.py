"""What may lie under a name instead of the file that belongs there."""

import os
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path

import zstandard

GIB = 1 << 30


def cleared(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f"{path.name}.before"))
    else:
        path.unlink(missing_ok=True)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(GIB)


def link_to_good(path: Path) -> None:
    """What was there is there still, behind a link."""
    beside = path.with_name(f"{path.name}.good")
    beside.write_bytes(b"{}")
    path.symlink_to(beside)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            one.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


@cache
def gigabyte() -> bytes:
    """A gigabyte of nothing, packed as streams are: it does not say how much it will be."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join([*(packer.compress(b"\0" * (16 << 20)) for _ in range(64)), packer.flush()])


def bomb(path: Path) -> None:
    path.write_bytes(gigabyte())


def holding(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


BEASTS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "an empty file": holding(b""),
    "zeros": holding(b"\0" * 4096),
    "not UTF-8": holding(b'{"service": "\xff\xfe", "seqs": {"ticks": 1}}'),
    "a byte order mark": holding(b'\xef\xbb\xbf{"at_us": 1}'),
    "doubled keys": holding(b'{"at_us": 1, "at_us": 2, "streams": {}, "streams": 3}'),
    "NaN": holding(b'{"at_us": NaN, "every_s": Infinity}'),
    "5,000 digits": holding(b'{"at_us": %b}' % (b"9" * 5000)),
    "400 digits": holding(b'{"service": "x", "pid": 1, "at_us": %b, "started_us": 1, "programs": [], "states": []}' % (b"9" * 400)),
    "deep nesting": holding(b"[" * 100_000),
    "deep nesting inside": holding(b'0\n{"at_us": 1, "x": ' + b'{"a":' * 100_000),
    "half a surrogate": holding(b'{"service": "\\ud800", "at_us": 1}'),
    "another shape": holding(b'{"at_us": "now", "programs": 3, "streams": [], "states": {}, "files": 7, "seqs": []}'),
    "an array": holding(b"[[[1]]]"),
    "lines of junk": holding(b"{}\nnull\n{\n\xff\n" * 100),
    "a sparse gigabyte": sparse,
    "a directory": lambda path: path.mkdir(),
    "a link to a good file": link_to_good,
    "a link to nothing": lambda path: path.symlink_to(path.with_name("nowhere")),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": os.mkfifo,
    "a socket": listening,
    "a bomb": bomb,
}


def put(beast: str, path: Path) -> None:
    """The beast under this name; what was there is gone."""
    cleared(path)
    BEASTS[beast](path)
