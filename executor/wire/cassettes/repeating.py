"""What every file of a cassette says again at its beginning, so that it can be played without those before it."""

from collections.abc import Iterator

import msgspec

from executor.wire.cassettes.identity import identity
from executor.wire.cassettes.lines import NOBODY, Answered, Asked, Exchange

MOST_BYTES = 16 * 1024 * 1024
"""Answers of a start that are kept to be said again, in all."""


class Repeating:
    """Follows the lines as they are written: the universe, which streams are connected, and, up to the first loop, the newest good
    answer to each question, without which nothing can start."""

    def __init__(self) -> None:
        self._universe = ""
        self._flowing: set[str] = set()
        self._open: dict[str, str] = {}
        self._answers: dict[str, str] = {}
        self._bytes = 0
        self._has_begun = False

    def take(self, ts_us: int, kind: str, name: str, text: str) -> None:
        """Follow one line: its time (the executor's clock), kind, name and text."""
        match kind:
            case "universe":
                self._universe = text
            case "up":
                self._flowing.add(name)
            case "down":
                self._flowing.discard(name)
            case "loop":
                self._has_begun = True
                self._open.clear()
            case "ask" if not self._has_begun:
                self._open[name] = text
            case "answer" if name in self._open:
                self._answered(self._open.pop(name), text, ts_us)

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Kind, name and text of what is said again."""
        if self._universe:
            yield "universe", NOBODY, self._universe
        for text in self._answers.values():
            yield "again", NOBODY, text
        for name in sorted(self._flowing):
            yield "flowing", name, ""

    def _answered(self, asked: str, answered: str, ts_us: int) -> None:
        question, reply = msgspec.json.decode(asked, type=Asked), msgspec.json.decode(answered, type=Answered)
        if reply.failure is not None or not 200 <= reply.status < 300 or question.is_gated:
            return
        key, text = identity(question), msgspec.json.encode(Exchange(asked=question, answered=reply, answered_us=ts_us)).decode()
        size = self._bytes - len(self._answers.get(key, "")) + len(text)
        if size <= MOST_BYTES:
            self._answers[key], self._bytes = text, size
