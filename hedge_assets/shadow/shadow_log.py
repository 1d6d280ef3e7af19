"""The shadow log: one line per pair of answers, appended once, bounded; its own last line says where to go on.

A line of a heartbeat decision, which nobody wished for, is marked, and is no pair.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from executor.plain_file import read_plain
from hedge_assets.shadow.ledger import Ledger
from hedge_assets.shadow.pairs import Pair

NAME = "pipeline_v6_shadow.jsonl"
MAX_BYTES = 8 * 1024 * 1024
FILES = 5
TAIL_BYTES = 64 * 1024


class Mark(msgspec.Struct, frozen=True):
    """The last pair in the log, as far as the next one needs it."""

    number: int
    intent_id: str
    ts_us: int


def append_new(path: Path, ledger: Ledger, *, max_bytes: int = MAX_BYTES, files: int = FILES) -> int:
    """Append what the log has not; how many pairs that was. A second call appends nothing.

    All pairs that came with this refresh are there, and the newest 256 from before: a log that was left further behind goes on with
    the oldest of those, and the numbers of its lines show the hole. A torn last line is cut off first. The log is `path` and older files
    `path.1` (newest) and on, `files` in all, each closed once above `max_bytes`. One process at a time may call this. An OSError
    is the caller's.
    """
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    mend(path)
    fresh = unseen(known(ledger), newest(path, files))
    for chunk in chunks(fresh, max_bytes):
        if path.exists() and path.stat().st_size + len(chunk) > max_bytes:
            rotate(path, files)
        write(path, chunk)
    return len(fresh)


def append_heartbeat(path: Path, told: Mapping[str, Any], *, every_us: int, max_bytes: int = MAX_BYTES, files: int = FILES) -> bool:
    """Append a heartbeat decision, marked as one, unless the last line is one that is not so old yet; whether it was appended."""
    mend(path)
    last = last_line(path)
    if last.get("heartbeat") and told["ts_us"] - last.get("ts_us", 0) < every_us:
        return False
    line = msgspec.json.encode({"heartbeat": True, **told}) + b"\n"
    if path.exists() and path.stat().st_size + len(line) > max_bytes:
        rotate(path, files)
    write(path, line)
    return True


def last_line(path: Path) -> dict[str, Any]:
    """The last line as values; nothing where there is none that can be read."""
    try:
        found = msgspec.json.decode(tail(path).splitlines()[-1])
    except (IndexError, msgspec.DecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def known(ledger: Ledger) -> Sequence[Pair]:
    """Every pair at hand, oldest first: the newest rows from before, and all that came since."""
    if not ledger.fresh:
        return ledger.recent
    first = ledger.fresh[0].number
    return [*(pair for pair in ledger.recent if pair.number < first), *ledger.fresh]


def unseen(pairs: Sequence[Pair], last: Mark | None) -> Sequence[Pair]:
    """Pairs after the last logged one: by its number where that is the same pair here, else by its time; all of them when the log is
    of another history."""
    if last is None or not pairs:
        return pairs
    place = last.number - pairs[0].number
    if 0 <= place < len(pairs) and (pairs[place].intent_id, pairs[place].ts_us) == (last.intent_id, last.ts_us):
        return pairs[place + 1 :]
    if last.ts_us > pairs[-1].ts_us:
        return pairs
    return [pair for pair in pairs if (pair.ts_us, pair.number) > (last.ts_us, last.number)]


def line_of(pair: Pair) -> bytes:
    """One pair as a line of JSON with named fields."""
    fields: dict[str, Any] = msgspec.structs.asdict(pair)
    fields["live"], fields["shadow"] = msgspec.structs.asdict(pair.live), msgspec.structs.asdict(pair.shadow)
    return msgspec.json.encode(fields) + b"\n"


def chunks(pairs: Sequence[Pair], max_bytes: int) -> Iterator[bytes]:
    """Lines put together, each chunk no larger than a file may be (a single longer line stands alone)."""
    chunk = bytearray()
    for pair in pairs:
        line = line_of(pair)
        if chunk and len(chunk) + len(line) > max_bytes:
            yield bytes(chunk)
            chunk.clear()
        chunk += line
    if chunk:
        yield bytes(chunk)


def newest(path: Path, files: int) -> Mark | None:
    """The last whole line of the newest file that has one; null when there is none."""
    for candidate in (path, *(older(path, number) for number in range(1, files))):
        for content in (tail(candidate), whole(candidate)):  # behind days of heartbeats
            for line in reversed(content.splitlines()):
                try:
                    return msgspec.json.decode(line, type=Mark)
                except msgspec.DecodeError:
                    continue
    return None


def logged(path: Path, *, files: int = FILES) -> Iterator[dict[str, Any]]:
    """Every whole line of the log, the newest first; what is damaged is passed over."""
    for candidate in (path, *(older(path, number) for number in range(1, files))):
        for line in reversed(whole(candidate).splitlines()):
            try:
                found = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if isinstance(found, dict) and {"intent_id", "ts_us", "live", "shadow"} <= set(found):
                yield found


def whole(path: Path) -> bytes:
    """A file of the log; nothing where there is none that can be read."""
    try:
        return read_plain(path, 2 * MAX_BYTES)
    except OSError:
        return b""


def tail(path: Path) -> bytes:
    """The end of a file; nothing when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""


def mend(path: Path) -> None:
    """Cut off a last line that was not finished."""
    end = tail(path)
    if end and not end.endswith(b"\n"):
        torn = end if b"\n" in end else whole(path)
        os.truncate(path, path.stat().st_size - len(torn) + torn.rfind(b"\n") + 1)


def rotate(path: Path, files: int) -> None:
    """Each file becomes one older; the oldest goes."""
    for number in range(files - 1, 0, -1):
        source = path if number == 1 else older(path, number - 1)
        if source.exists():
            source.replace(older(path, number))
    if files == 1:
        path.unlink()


def older(path: Path, number: int) -> Path:
    """The name of an older file."""
    return path.with_name(f"{path.name}.{number}")


def write(path: Path, chunk: bytes) -> None:
    """Append and flush to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with os.fdopen(handle, "ab") as file:
        file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
