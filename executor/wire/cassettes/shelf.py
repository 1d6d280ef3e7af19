"""Which recorded answer fits a question that is asked again: the next one to the same question, in the order of the recording. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from executor.wire.cassettes.identity import OWN, identity, nameless
from executor.wire.cassettes.lines import Answered, Asked, Exchange
from executor.wire.cassettes.reading import Question

EARLY_US, EARLY_AT_FIRST_US = 2_000_000, 20_000_000
"""A question may come so much before its time, and waits for it: a recording's machine was slower than none, most of all at a start."""

MOVED_US = 5_000_000
"""An order that is decided so much earlier or later, with all else the same, is the same order under another name."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An answer (null: the recording ended before it came), and when it came (microseconds, the recording's time). `question` is the
    recorded one whose turn it is; null where an answer is given at another time than its own."""

    answered: Answered | None
    answered_us: int
    question: Question | None = None


class _Row(msgspec.Struct):
    """Recorded questions of one identity, oldest first; those before `at` were answered."""

    questions: list[Question] = []
    at: int = 0


class Shelf:
    """All recorded questions, and answers from before the recording; `started_us` is when the start was over. `moved` are intents of
    ours by the name they have on the recording."""

    def __init__(self, questions: Sequence[Question], answers: Sequence[Exchange] = (), started_us: int = 0) -> None:
        self._started_us = started_us
        self.moved: dict[str, str] = {}
        self._rows: dict[str, _Row] = {}
        for question in questions:
            self._rows.setdefault(identity(question.asked), _Row(questions=[])).questions.append(question)
        self._before: Mapping[str, Exchange] = {identity(one.asked): one for one in answers}
        self._nameless: dict[str, list[Question]] = {}
        self._unsent: dict[str, Question] = {}
        for question in questions:
            if (own := OWN.search(key := identity(question.asked))) and question.asked.method == "POST":
                self._nameless.setdefault(nameless(key), []).append(question)
                self._unsent[own[0]] = question

    def find(self, asked: Asked, now_us: int) -> Found | None:
        """The answer to a question that is asked now (the recording's time, microseconds); null where it is not on the recording."""
        key = identity(asked)
        row = self._rows.get(self._renamed(key)) or self._rows.get(self._recognised(key, asked, now_us))
        if row is None:
            before = self._before.get(key)
            return None if before is None else Found(answered=before.answered, answered_us=before.answered_us)
        self._skip(row, now_us)
        early_us = EARLY_US if now_us >= self._started_us else EARLY_AT_FIRST_US
        if row.at < len(row.questions) and row.questions[row.at].asked_us <= now_us + early_us:
            question = row.questions[row.at]
            row.at += 1
            self._sent(question)
            return Found(answered=question.answered, answered_us=question.answered_us, question=question)
        return self._nearest(row, self._before.get(key), now_us)

    def _nearest(self, row: _Row, before: Exchange | None, now_us: int) -> Found:
        """The answer that was true at about this time, where the question was not asked then."""
        known = [Found(answered=one.answered, answered_us=one.answered_us) for one in row.questions if one.answered is not None]
        known += [] if before is None else [Found(answered=before.answered, answered_us=before.answered_us)]
        return min(known, key=lambda one: abs(one.answered_us - now_us), default=Found(answered=None, answered_us=now_us))

    def nearest(self, asked: Asked, now_us: int) -> Found | None:
        """The answer to a question that was true at about this time, whenever that was asked; null where it is not on the recording."""
        key = identity(asked)
        row, before = self._rows.get(key), self._before.get(key)
        return None if row is None and before is None else self._nearest(row or _Row(questions=[]), before, now_us)

    def unasked(self) -> Iterator[Question]:
        """Recorded orders that nobody sent this time."""
        yield from self._unsent.values()

    def awaits(self, text: str) -> bool:
        """Whether a text of the recording tells of an order that nobody has sent yet this time."""
        return any(own[0] in self._unsent for own in OWN.finditer(text))

    def _sent(self, question: Question) -> None:
        for own in OWN.finditer(identity(question.asked)):
            if self._unsent.get(own[0]) is question:
                del self._unsent[own[0]]

    def _skip(self, row: _Row, now_us: int) -> None:
        """Leave behind what was asked long ago where the same was asked again since."""
        while row.at + 1 < len(row.questions):
            old, newer = row.questions[row.at], row.questions[row.at + 1]
            if old.asked_us >= now_us - EARLY_US or newer.asked_us > now_us:
                return
            row.at += 1

    def _renamed(self, key: str) -> str:
        """The question with the names that our orders have on the recording."""
        for ours, theirs in self.moved.items():
            key = key.replace(ours, theirs)
        return key

    def _recognised(self, key: str, asked: Asked, now_us: int) -> str:
        """The recorded order that this is under another name; empty where there is none."""
        ours = OWN.search(key)
        if ours is None or asked.method != "POST":
            return ""
        for question in self._nameless.get(nameless(key), ()):
            theirs = OWN.search(identity(question.asked))
            if theirs is None or theirs[0] not in self._unsent or abs(question.asked_us - now_us) > MOVED_US:
                continue
            self.moved[ours[1]] = theirs[1]
            return identity(question.asked)
        return ""
