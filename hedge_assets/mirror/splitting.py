"""A copy's bytes as parts that fit into a store with a limit, the same parts every time, and the bytes again.

What fits is one part of text, which people can read where it lies. What does not is compressed, and cut at fixed lengths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import zstandard

Encoding = Literal["text", "zstd"]
LEVEL = 3
MOST_UNPACKED_BYTES = 256 * 1024 * 1024


class Unjoinable(ValueError):
    """Parts that do not give back what was split."""


@dataclass(frozen=True)
class Pieces:
    """The parts in order: one string for `text`, bytes for `zstd`."""

    encoding: Encoding
    parts: tuple[str | bytes, ...]


def pieces(content: bytes, most_bytes: int) -> Pieces:
    """The parts of a content, each at most so many bytes."""
    if len(content) <= most_bytes:
        try:
            return Pieces("text", (content.decode("utf-8"),))
        except UnicodeDecodeError:
            pass
    packed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(content)
    return Pieces("zstd", tuple(packed[start : start + most_bytes] for start in range(0, len(packed), most_bytes)))


def joined(encoding: str, parts: Sequence[object], size_bytes: int) -> bytes:
    """The content again; raises `Unjoinable` where it is not of this size, or a part is not of its kind."""
    if not 0 <= size_bytes <= MOST_UNPACKED_BYTES:
        raise Unjoinable(f"it claims to have {size_bytes} bytes, at most {MOST_UNPACKED_BYTES} are read")
    if encoding == "text" and all(isinstance(part, str) for part in parts):
        content = "".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    elif encoding == "zstd" and all(isinstance(part, bytes) for part in parts):
        content = unpacked(b"".join(part for part in parts if isinstance(part, bytes)), size_bytes)
    else:
        raise Unjoinable(f"its encoding is {encoding!r} with parts of {', '.join(sorted({type(part).__name__ for part in parts}))}")
    if len(content) != size_bytes:
        raise Unjoinable(f"it has {len(content)} bytes, pushed were {size_bytes}")
    return content


def unpacked(packed: bytes, size_bytes: int) -> bytes:
    """Compressed parts, joined, as content; never more memory than it was said to need."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            return reader.read(size_bytes + 1)
    except zstandard.ZstdError as error:
        raise Unjoinable(f"its parts do not decompress: {error}") from error
