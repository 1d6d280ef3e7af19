"""Where things lie below a prefix, and what their names promise: a part says where it belongs and what its bytes hash to.

sealed/{stream}/{segment}.jsonl.zst                       a sealed segment, the file as it is
tail/{stream}/{segment}/{start}-{end}-{digest}.zst        bytes start to end of a segment that is still written to, compressed
note/{name}                                               small files that are replaced: pulse, pruned, form; and whose it is: owner
"""

import hashlib
import re

import msgspec
import zstandard

from executor.journal.segments import MOST_UNPACKED, PLAUSIBLE_BYTES
from executor.records.streams import Stream

PART = re.compile(r"(?:.*/)?(?P<segment>\d{12,}-\d{8}T\d{2})/(?P<start>\d{12,})-(?P<end>\d{12,})-(?P<digest>[0-9a-f]{32})\.zst")
SEALED = re.compile(r"(?:.*/)?(?P<segment>\d{12,}-\d{8}T\d{2})\.jsonl\.zst")
LEVEL = 3


class Part(msgspec.Struct, frozen=True, order=True):
    """Bytes `start` to `end` of a segment's lines, whole lines all of them; `digest` is of these bytes."""

    segment: str
    start: int
    end: int
    digest: str


def part(segment: str, start: int, data: bytes) -> Part:
    """The part that these bytes are."""
    return Part(segment, start, start + len(data), digest_of(data))


def digest_of(data: bytes) -> str:
    """Half of SHA-256, in hex: long enough for whoever does not forge."""
    return hashlib.sha256(data).hexdigest()[:32]


def tail_folder(stream: Stream, segment: str = "") -> str:
    """Where the parts of a stream, or of one of its segments, lie."""
    return f"tail/{stream}/{segment}" if segment else f"tail/{stream}"


def part_path(stream: Stream, each: Part) -> str:
    """Where a part lies."""
    return f"{tail_folder(stream, each.segment)}/{each.start:012d}-{each.end:012d}-{each.digest}.zst"


def part_of(path: str) -> Part | None:
    """The part that a path says it is; null for any other."""
    match = PART.fullmatch(path)
    return Part(match["segment"], int(match["start"]), int(match["end"]), match["digest"]) if match else None


def sealed_path(stream: Stream, segment: str) -> str:
    """Where a sealed segment lies."""
    return f"sealed/{stream}/{segment}.jsonl.zst"


def sealed_of(path: str) -> str | None:
    """The segment that a path says it is; null for any other."""
    match = SEALED.fullmatch(path)
    return match["segment"] if match else None


def note_path(name: str) -> str:
    """Where a small file lies."""
    return f"note/{name}"


def first_seq_of(segment: str) -> int:
    """The number of a segment's first record, by its name."""
    return int(segment.partition("-")[0])


def packed(data: bytes) -> bytes:
    """A part's bytes as they travel."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)


def unpacked(each: Part, body: bytes) -> bytes | None:
    """A part's bytes as they were; null where they are not what its name promises."""
    size = each.end - each.start
    try:
        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            data = reader.read(size + 1)
    except zstandard.ZstdError:
        return None
    return data if len(data) == size and digest_of(data) == each.digest else None


def sealed_lines(body: bytes) -> bytes:
    """The lines of a sealed segment; none where it is damaged or cut short, as no sound one has none."""
    try:
        claimed = zstandard.get_frame_parameters(body).content_size
        if claimed > max(PLAUSIBLE_BYTES, MOST_UNPACKED * len(body)):
            return b""
        return zstandard.ZstdDecompressor().decompress(body)
    except zstandard.ZstdError:
        return b""


class Note(msgspec.Struct, frozen=True):
    """A small file with the time at which the other machine's kernel says it was written, in microseconds UTC."""

    mtime_us: int
    content: str
