"""A file says again what is needed to begin with it, and nothing that is over."""

import msgspec

from executor.wire.cassettes import repeating
from executor.wire.cassettes.lines import Answered, Asked, Exchange
from executor.wire.cassettes.repeating import Repeating


def asked(symbol: str, **more: object) -> str:
    return msgspec.json.encode(Asked(method="GET", url=f"https://host/rules?symbol={symbol}&timestamp=7", **more)).decode()


def answered(body: str = "x", **more: object) -> str:
    return msgspec.json.encode(Answered(**{"status": 200, "body": body, **more})).decode()


def said(made: Repeating) -> list[tuple[str, str, str]]:
    return [
        (kind, name, msgspec.json.decode(text, type=Exchange).answered.body if kind == "again" else text)
        for kind, name, text in made.lines()
    ]


def test_the_newest_good_answer_to_each_question_of_a_start_is_said_again() -> None:
    made = Repeating()
    for number, (symbol, body) in enumerate((("A", "old"), ("B", "b"), ("A", "new"))):
        made.take(number, "ask", f"{number}", asked(symbol))
        made.take(number, "answer", f"{number}", answered(body))
    for number, more in enumerate(({"status": 503}, {"failure": "cut"}), 10):
        made.take(number, "ask", f"{number}", asked("C"))
        made.take(number, "answer", f"{number}", answered(**more))
    made.take(20, "ask", "20", asked("D", is_gated=True))
    made.take(20, "answer", "20", answered())
    assert said(made) == [("again", "-", "new"), ("again", "-", "b")]


def test_what_is_asked_after_the_start_is_not() -> None:
    made = Repeating()
    made.take(1, "ask", "1", asked("A"))
    made.take(2, "loop", "-", "")
    made.take(3, "answer", "1", answered())
    made.take(4, "ask", "2", asked("B"))
    made.take(5, "answer", "2", answered())
    assert said(made) == []


def test_streams_that_are_connected_and_the_newest_universe_are_said_again() -> None:
    made = Repeating()
    for kind, name, text in (
        ("up", "public", ""),
        ("universe", "-", "[1]"),
        ("up", "private", ""),
        ("down", "public", "x"),
        ("universe", "-", "[2]"),
    ):
        made.take(1, kind, name, text)
    assert said(made) == [("universe", "-", "[2]"), ("flowing", "private", "")]


def test_answers_that_are_too_large_together_are_left_out(monkeypatch) -> None:
    monkeypatch.setattr(repeating, "MOST_BYTES", 600)
    made = Repeating()
    for number, size in enumerate((100, 500, 100)):
        made.take(number, "ask", f"{number}", asked(f"{number}"))
        made.take(number, "answer", f"{number}", answered("x" * size))
    assert [len(body) for _, _, body in said(made)] == [100]
