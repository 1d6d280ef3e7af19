"""The form of a cassette: one line a happening, in the order of happening, each with three times.

    <executor's clock us> <monotonic ns> <wall us> <kind> <name> <text>

A file begins with `hedge-cassette FORMAT`, is packed by zstd in pieces that a crash leaves readable, and repeats at its beginning
what is needed to begin there. Text that has several lines, or begins with a quotation mark, is a JSON string.
"""

from typing import Any, Literal, get_args

import msgspec

from executor.errors import UnreadableCassette
from executor.records.market import Instrument
from executor.wire.reply import Failure

MAGIC = b"hedge-cassette "
FORMAT = 1
NOBODY = "-"
"""The name of what belongs to no stream and no question."""

Kind = Literal[
    "head",  # of what this is (Head)
    "known",  # what the executor knew when this file began (live.recollection.Recollection)
    "universe",  # the rules of the symbols (a tuple of Instrument)
    "again",  # an answer from before this file, without which no start is possible (Exchange)
    "flowing",  # a stream that was connected before this file
    "up",
    "fail",
    "alive",
    "down",  # a stream was connected, was not, answered a ping, ended; the text says why
    "flow",  # news came on a stream again (streams.shapes.Rebuild)
    "frame",
    "frame+",  # a message on a stream; with + it was there already when the one before was read
    "ask",
    "left",
    "answer",  # a request (Asked), its leaving where that waited for the journal, what came of it (Answered)
    "loop",  # a loop was completed
    "late",  # nothing ran since the time in the text: the executor was held up
    "wrote",  # what the executor concluded: a record of its orders journal
    "operator",  # the operator's order that was obeyed
    "stop",
    "over",  # the end was asked for; the run is over, for the reason in the text
    "dropped",  # so many lines did not fit here
]
KINDS = frozenset(get_args(Kind))


class Line(msgspec.Struct, frozen=True, gc=False):
    """One happening. `ts_us` is the executor's clock, `mono_ns` and `wall_us` the machine's clocks."""

    ts_us: int
    mono_ns: int
    wall_us: int
    kind: str
    name: str
    text: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a cassette is. `key` is the account's name as `executor doctor` says it (empty on paper), `file` counts from 1, `seed` is
    what chance in connections was made from."""

    venue: str
    mode: str
    account: str
    key: str
    boot: str
    file: int
    seed: int
    settings: dict[str, Any]
    flags: dict[str, str]
    versions: dict[str, str]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request without its secrets; headers are left out. `is_gated`: it leaves only when that is told."""

    method: str
    url: str
    body: str | None = None
    is_gated: bool = False


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request, as `wire.reply.Reply`. `packed` where the body is no text: then it is base64."""

    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""
    packed: bytes | None = None
    failure: Failure | None = None
    elapsed_us: int = 0


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what came of it, at `answered_us` (the executor's clock)."""

    asked: Asked
    answered: Answered
    answered_us: int


Universe = tuple[Instrument, ...]


def line_bytes(line: Line) -> bytes:
    """One line as it is written."""
    text = line.text
    if "\n" in text or "\r" in text or text.startswith('"'):
        text = msgspec.json.encode(text).decode()
    return f"{line.ts_us} {line.mono_ns} {line.wall_us} {line.kind} {line.name} {text}\n".encode("utf-8", "replace")


def line_of(raw: bytes, *, where: str) -> Line:
    """A line as it was; raises `UnreadableCassette`."""
    parts = raw.removesuffix(b"\n").decode("utf-8", "replace").split(" ", 5)
    if len(parts) < 6 or not all(each.removeprefix("-").isdecimal() for each in parts[:3]) or parts[3] not in KINDS:
        raise UnreadableCassette(f"{where} is damaged: {raw[:40]!r} is no line of a cassette; play the files before it alone")
    text = parts[5]
    if text.startswith('"'):
        text = shaped(text, str, where=where)
    return Line(int(parts[0]), int(parts[1]), int(parts[2]), parts[3], parts[4], text)


def shaped(text: str, shape: Any, *, where: str) -> Any:
    """A line's text in its shape; raises `UnreadableCassette`."""
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableCassette(f"{where} is damaged: {error}; play the files before it alone") from error
