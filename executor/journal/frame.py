"""How a record becomes one line that can be trusted: JSON with the writer, a sequence number and a checksum inside.

    {"kind":"quote",…,"boot":"b1","d":41,"seq":42,"crc":"9ae33f01"}

`crc` is CRC-32 (zlib) of every byte before `,"crc"`, in lower-case hex and compared as bytes. `d` is the
highest sequence number that a commit had reported durable to its caller when this record was appended:
recovery tells a torn tail from a damaged journal by it. msgspec writes a NaN or an infinity as null, so
the engine never journals one; where a number must be there, the reader refuses the null.
"""

import zlib

import msgspec

MAX_LINE_BYTES = 1 << 20
CRC_BYTES = len(b',"crc":"00000000"}')


class Marks(msgspec.Struct, frozen=True):
    """What a line says about itself: who wrote it, what was durable then, and its place."""

    boot: str
    d: int
    seq: int


class Stamp(msgspec.Struct, frozen=True):
    """The two fields every record has."""

    kind: str
    ts_us: int


def trailer(boot: str | None, durable_seq: int) -> bytes:
    """The bytes between a record's own fields and its sequence number; no boot where the record has it as its own field."""
    written_by = b"" if boot is None else b',"boot":%b' % msgspec.json.encode(boot)
    return b'%b,"d":%d,"seq":' % (written_by, durable_seq)


def framed(payload: bytes, trail: bytes, seq: int) -> bytes:
    """One line, newline included, of a record's JSON object `payload`."""
    body = b"%b%b%d" % (payload[:-1], trail, seq)
    return b'%b,"crc":"%08x"}\n' % (body, zlib.crc32(body))


def holds(line: bytes, seq: int) -> bool:
    """Whether a line, without its newline, is whole and is the record numbered `seq`."""
    return line.endswith(b',"seq":%d,"crc":"%08x"}' % (seq, zlib.crc32(line[:-CRC_BYTES])))


def marks_of(line: bytes) -> Marks | None:
    """The marks of a line, without its newline, or None where its checksum does not hold."""
    if line[-CRC_BYTES:] != b',"crc":"%08x"}' % zlib.crc32(line[:-CRC_BYTES]):
        return None
    try:
        return msgspec.json.decode(line, type=Marks)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
