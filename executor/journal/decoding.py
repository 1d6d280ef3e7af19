"""Lines back into records: every line's checksum and number verified, then decoded to its type.

Fields nobody knows are ignored. A kind nobody knows is skipped and counted. A known kind that does not fit
its type (a null where a price must be) is damage.
"""

from itertools import count
from typing import Any, get_args
from zlib import crc32

import msgspec

from executor.errors import CorruptJournal
from executor.journal.frame import CRC_BYTES, Stamp
from executor.records.base import Record
from executor.records.streams import KINDS, STREAMS, Stream

DECODERS: dict[Stream, msgspec.json.Decoder[Any]] = {stream: msgspec.json.Decoder(KINDS[stream]) for stream in STREAMS}
KNOWN: dict[Stream, frozenset[str]] = {
    stream: frozenset(str(record.__struct_config__.tag) for record in get_args(KINDS[stream])) for stream in STREAMS
}
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
STAMP = msgspec.json.Decoder(Stamp)


def first_broken(lines: list[bytes], seq: int) -> int | None:
    """The number of the first line that is not whole or not in sequence, the first being `seq`."""
    for line in lines:  # `holds`, written out: this runs for every record ever read
        if not line.endswith(b',"seq":%d,"crc":"%08x"}' % (seq, crc32(line[:-CRC_BYTES]))):
            return seq
        seq += 1
    return None


def decoded(lines: list[bytes], seq: int, *, stream: Stream, file: str) -> list[tuple[int, Record]]:
    """Verified records with their numbers, the first line being `seq`; raises at the first damaged one."""
    broken = first_broken(lines, seq)
    if broken is not None:
        raise CorruptJournal(
            f"journal damaged: {stream} record {broken} in {file} is missing or broken; "
            "start the executor to recover it, restore the segment from a backup, or move the data directory aside"
        )
    try:
        records = DECODERS[stream].decode_lines(b"\n".join(lines))
    except UNDECODABLE:
        return one_by_one(lines, seq, stream=stream, file=file)
    return list(zip(range(seq, seq + len(lines)), records, strict=True))


def one_by_one(lines: list[bytes], seq: int, *, stream: Stream, file: str) -> list[tuple[int, Record]]:
    """The same, leaving out the kinds that this version does not know."""
    decode = DECODERS[stream].decode
    found: list[tuple[int, Record]] = []
    for number, line in zip(count(seq), lines, strict=False):
        try:
            found.append((number, decode(line)))
        except UNDECODABLE as fault:
            if not unknown(line, stream):
                raise CorruptJournal(
                    f"journal damaged: {stream} record {number} in {file} is whole but not valid ({fault}); "
                    "read it with `hedge journal tail`, then repair what wrote it"
                ) from fault
    return found


def unknown(line: bytes, stream: Stream) -> bool:
    """Whether a whole line is of a kind that this version does not know."""
    try:
        return STAMP.decode(line).kind not in KNOWN[stream]
    except UNDECODABLE:
        return False
