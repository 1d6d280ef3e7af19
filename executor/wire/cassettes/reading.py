"""A cassette as a whole: of what it is, what was asked and answered, what the executor made of it, and from when to when."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from executor.errors import UnreadableCassette
from executor.records.orders import OrderRecord
from executor.wire.cassettes.files import files_at, raw_lines
from executor.wire.cassettes.lines import Answered, Asked, Exchange, Head, Line, line_of, shaped
from executor.wire.cassettes.windows import Looped

STEP_US = 1_000
"""By how much the wall clock must move against the executor's for that to be kept."""

FRAMES = frozenset({"frame", "frame+"})
TIMED = frozenset({"ask", "answer", "up", "alive"})
"""Kinds whose three times were read together."""


class Question(msgspec.Struct, kw_only=True):
    """A request of the recording. Times are the executor's clock, microseconds: asked, left (null: its gate never opened), answered
    (null: the recording ended before). `place` is the number of the line that answers."""

    asked: Asked
    asked_us: int
    left_us: int | None = None
    answered: Answered | None = None
    answered_us: int = 0
    place: int = 0


class Walls:
    """By how much the wall clock was ahead of the executor's, from when on: a step counts once a second reading bears it out, for between
    the reading of two clocks anything may happen."""

    def __init__(self, found: list[tuple[int, int]]) -> None:
        self._found = found
        self._doubt: tuple[int, int] | None = None

    def take(self, line: Line) -> None:
        """Look at one line's times."""
        off_us = line.wall_us - line.ts_us
        if self._found and abs(off_us - self._found[-1][1]) < STEP_US:
            self._doubt = None
        elif not self._found or (self._doubt is not None and abs(off_us - self._doubt[1]) < STEP_US):
            self._found.append(self._doubt or (line.ts_us, off_us))
            self._doubt = None
        else:
            self._doubt = (line.ts_us, off_us)


class Cassette(msgspec.Struct, kw_only=True):
    """What a first look shows. `known` is what the executor knew at the beginning (JSON; `null` on paper); `answers` and `flowing` are what
    was answered and connected before; `orders` are the operator's (JSON), each at the loop after which it was seen. `ends_of` is when each
    stream ended, `stalls` from when to when nothing ran, `walls` by how much the wall clock was ahead from when on. `over` is how the
    run ended (null: it was cut off)."""

    files: Sequence[Path]
    head: Head
    known: str
    begins_us: int
    ends_us: int
    answers: list[Exchange] = []
    flowing: list[str] = []
    questions: list[Question] = []
    records: list[OrderRecord] = []
    loops: list[Looped] = []
    ends_of: dict[str, list[int]] = {}
    stalls: list[tuple[int, int]] = []
    orders: list[tuple[int, str]] = []
    walls: list[tuple[int, int]] = []
    dropped: int = 0
    lines: int = 0
    over: str | None = None

    def again(self) -> Iterator[tuple[int, Line]]:
        """Every line with its number, once more."""
        yield from enumerate(lines_in(self.files))


def lines_in(files: Sequence[Path]) -> Iterator[Line]:
    """The lines of some files; raises `UnreadableCassette`."""
    for path in files:
        for number, raw in enumerate(raw_lines(path), 2):
            yield line_of(raw, where=f"{path.name}:{number}")


def heads_of(files: Sequence[Path]) -> list[Head | None]:
    """What each file says it is of; null for one that was cut off before it said so."""
    found: list[Head | None] = []
    for path in files:
        first = next(iter(lines_in([path])), None)
        found.append(None if first is None else shaped(first.text, Head, where=f"{path.name}:2"))
    return found


def one_cassette(path: Path) -> tuple[Sequence[Path], Head]:
    """The files that belong together, and of what they are; refuses what is empty, and files of different accounts."""
    files = files_at(path)
    told = [(file, head) for file, head in zip(files, heads_of(files), strict=True) if head is not None]
    if not told:
        raise UnreadableCassette(f"cassette {path} is empty, at least its first line is needed; name another")
    first = told[0][1]
    for file, head in told:
        if _whose(head) != _whose(first):
            raise UnreadableCassette(f"{file} is of {_whose(head)}, {told[0][0].name} beside it of {_whose(first)}; name one of them alone")
    return [file for file, _ in told], first


def _whose(head: Head) -> str:
    return f"{head.venue} ({head.mode}, account {head.account!r}, key {head.key or 'none'}, start {head.boot})"


def read_cassette(path: Path) -> Cassette:
    """Look through a whole cassette, from the first file on that says what the executor knew; refuses one that has none."""
    files, head = one_cassette(path)
    while files:
        opening = list(_opening(files[0]))
        known = next((line for line in opening if line.kind == "known"), None)
        if known is not None:
            break
        files = files[1:]
    else:
        raise UnreadableCassette(f"no file of cassette {path} says what the executor knew when it began; name one with an earlier file")
    head = heads_of(files[:1])[0] or head
    cassette = Cassette(files=files, head=head, known=known.text, begins_us=known.ts_us, ends_us=known.ts_us)
    _look_through(cassette)
    return cassette


def _opening(path: Path) -> Iterator[Line]:
    """The lines with which a file begins, up to what was known."""
    for line in lines_in([path]):
        yield line
        if line.kind not in ("head", "universe", "again", "flowing", "dropped"):
            return


def _look_through(cassette: Cassette) -> None:
    open_, number, heard, wall = dict[str, Question](), -1, set[int](), Walls(cassette.walls)
    for number, line in cassette.again():
        if line.kind in FRAMES:
            heard.add(line.ts_us)
        elif line.kind == "loop":
            cassette.loops.append(Looped(line.ts_us, line.ts_us in heard))
            heard.clear()
        else:
            _look_at(cassette, line, number, open_, where=f"cassette {cassette.files[0].parent}, line {number + 1}")
        if line.kind not in ("head", "universe", "again", "flowing"):
            cassette.ends_us = max(cassette.ends_us, line.ts_us)
        if line.kind in TIMED:
            wall.take(line)
    cassette.lines = number + 1


def _look_at(cassette: Cassette, line: Line, number: int, open_: dict[str, Question], *, where: str) -> None:
    match line.kind:
        case "ask":
            open_[line.name] = question = Question(asked=shaped(line.text, Asked, where=where), asked_us=line.ts_us)
            cassette.questions.append(question)
        case "left" if line.name in open_:
            open_[line.name].left_us = line.ts_us
        case "answer" if line.name in open_:
            question = open_.pop(line.name)
            question.answered = shaped(line.text, Answered, where=where)
            question.answered_us, question.place = line.ts_us, number
        case "again" if not cassette.questions:
            cassette.answers.append(shaped(line.text, Exchange, where=where))
        case "flowing" if not cassette.questions:
            cassette.flowing.append(line.name)
        case "wrote":
            cassette.records.append(shaped(line.text, OrderRecord, where=where))
        case "down":
            cassette.ends_of.setdefault(line.name, []).append(line.ts_us)
        case "late":
            cassette.stalls.append((int(line.text), line.ts_us))
        case "operator":
            cassette.orders.append((cassette.loops[-1].ts_us if cassette.loops else line.ts_us, line.text))
        case "dropped":
            cassette.dropped += int(line.text)
        case "over":
            cassette.over = line.text
        case _:
            return
