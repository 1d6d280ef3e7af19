"""A replay in lines: what was played, what is otherwise, and a verdict; never more of a kind than one reads."""

from typing import Any

from executor.replaying.replay import Replayed
from executor.replaying.telling import MOST, lines_of
from executor.replaying.verdicts import Fate, Verdicts

SAME = Verdicts(orders={"h-1": Fate(), "h-2": Fate()})


def replayed(**more: Any) -> Replayed:
    told: dict[str, Any] = {
        "what": "binanceusdm (demo)", "recorded": SAME, "played": SAME, "differs": [], "missing": [], "unsent": [], "moved": {},
        "dropped": 0, "seconds": 12.34, "took_s": 0.5, "failure": "", "ended_then": "",
    }  # fmt: skip
    return Replayed(**{**told, **more})


def test_what_came_out_as_it_was_is_two_lines() -> None:
    assert list(lines_of(replayed())) == [
        "played 12.3 s of binanceusdm (demo) in 0.5 s",
        "2 orders, 0 trades, 0 positions: all as on the cassette",
    ]


def test_whatever_is_otherwise_is_told_before_the_verdict() -> None:
    told = replayed(
        differs=["order h-1 was x; now y"],
        missing=["GET a", "GET a", "GET b"],
        unsent=["POST c"],
        moved={"b": "a"},
        dropped=3,
        failure="E: x",
    )
    assert list(lines_of(told))[1:] == [
        "note: 3 lines are missing on the cassette, which was full or had no disk when they came",
        "note: the run ended with E: x",
        "note: intent b is a of the cassette, decided at another moment",
        "not on the cassette: GET a (2 times)",
        "not on the cassette: GET b",
        "not sent this time: POST c",
        "differs: order h-1 was x; now y",
        "2 orders, 0 trades, 0 positions on the cassette: 1 differences",
    ]


def test_of_many_the_first_are_told_and_how_many_more_there_are() -> None:
    lines = [line for line in lines_of(replayed(differs=[f"{number}" for number in range(MOST + 5)])) if line.startswith("differs")]
    assert (len(lines), lines[-1]) == (MOST + 1, "differs: 5 more")
