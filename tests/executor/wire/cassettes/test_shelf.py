"""Answers are given in the order of the recording; an order of ours under another name is the same where all else is."""

from typing import Any

from executor.wire.cassettes.lines import Answered, Asked, Exchange
from executor.wire.cassettes.reading import Question
from executor.wire.cassettes.shelf import EARLY_US, MOVED_US, Found, Shelf

S = 1_000_000
TIME = Asked(method="GET", url="https://host/time")
FIRST, SECOND = "a" * 16, "b" * 16


def order(intent: str, price: str = "100") -> Asked:
    return Asked(method="POST", url="https://host/order", body=f"newClientOrderId=h-{intent}-1&price={price}&timestamp=1&signature=x")


def question(asked: Asked, at_s: float, **more: Any) -> Question:
    body = f"{asked.url} at {at_s}"
    told = {"answered": Answered(status=200, body=body), "answered_us": round((at_s + 0.1) * S), **more}
    return Question(asked=asked, asked_us=round(at_s * S), **told)


def bodies(*found: Found | None) -> list[str | None]:
    return [None if one is None or one.answered is None else one.answered.body for one in found]


def test_the_same_question_is_answered_as_often_as_it_was_in_the_same_order() -> None:
    shelf = Shelf([question(TIME, 1), question(TIME, 2), question(TIME, 3)])
    found = [shelf.find(TIME, at * S) for at in (1, 2, 3)]
    assert bodies(*found) == [f"https://host/time at {at}" for at in (1, 2, 3)]
    assert all(one is not None and one.question is not None for one in found)


def test_one_that_comes_a_little_early_is_the_next_one_and_one_far_too_early_is_not() -> None:
    shelf = Shelf([question(TIME, 10), question(TIME, 60)])
    early = shelf.find(TIME, 10 * S - EARLY_US + 1)
    assert early is not None
    assert early.question is not None
    between = shelf.find(TIME, 30 * S)
    assert between is not None
    assert between.question is None
    assert bodies(between, shelf.find(TIME, 50 * S), shelf.find(TIME, 60 * S)) == [f"https://host/time at {at}" for at in (10, 60, 60)]


def test_what_was_asked_long_ago_is_left_behind_where_the_same_was_asked_again() -> None:
    shelf = Shelf([question(TIME, at) for at in (1, 2, 3, 50)])
    assert bodies(shelf.find(TIME, 40 * S)) == ["https://host/time at 3"]


def test_at_a_start_the_next_one_is_waited_for_longer() -> None:
    assert Shelf([question(TIME, 9)], started_us=20 * S).find(TIME, 0).question is not None
    assert Shelf([question(TIME, 9)]).find(TIME, 0).question is None


def test_what_was_never_asked_is_not_there() -> None:
    assert Shelf([question(TIME, 1)]).find(Asked(method="GET", url="https://host/other"), S) is None
    assert Shelf([question(TIME, 1)]).nearest(Asked(method="GET", url="https://host/other"), S) is None


def test_an_answer_from_before_is_given_where_there_is_none_nearer() -> None:
    before = Exchange(asked=TIME, answered=Answered(body="before"), answered_us=0)
    assert bodies(Shelf([], [before]).find(TIME, 5 * S)) == ["before"]
    shelf = Shelf([question(TIME, 100)], [before])
    assert bodies(shelf.find(TIME, 5 * S), shelf.nearest(TIME, 90 * S)) == ["before", "https://host/time at 100"]


def test_one_that_was_never_answered_is_told_as_such() -> None:
    shelf = Shelf([question(TIME, 1, answered=None)])
    found = shelf.find(TIME, S)
    assert found is not None
    assert found.question is not None
    assert found.answered is None


def test_an_order_under_another_name_is_the_recorded_one_where_all_else_is_the_same() -> None:
    shelf = Shelf([question(order(FIRST), 10)])
    assert [one.asked for one in shelf.unasked()] == [order(FIRST)]
    assert shelf.awaits(f'{{"c":"h-{FIRST}-1"}}')
    found = shelf.find(order(SECOND), 10 * S + MOVED_US - 1)
    assert found is not None
    assert found.question is not None
    assert (shelf.moved, list(shelf.unasked()), shelf.awaits(f"h-{FIRST}-1")) == ({SECOND: FIRST}, [], False)
    cancel = Asked(method="DELETE", url=f"https://host/order?origClientOrderId=h-{SECOND}-1")
    recorded = Asked(method="DELETE", url=f"https://host/order?origClientOrderId=h-{FIRST}-1")
    both = Shelf([question(order(FIRST), 10), question(recorded, 11)])
    both.find(order(SECOND), 10 * S)
    assert bodies(both.find(cancel, 11 * S)) == [f"{recorded.url} at 11"]


def test_an_order_at_another_price_or_much_later_is_another_one() -> None:
    shelf = Shelf([question(order(FIRST), 10)])
    assert shelf.find(order(SECOND, price="101"), 10 * S) is None
    assert shelf.find(order(SECOND), 10 * S + MOVED_US + 1) is None
    assert (shelf.moved, len(list(shelf.unasked()))) == ({}, 1)


def test_a_recorded_order_is_only_one_order() -> None:
    shelf = Shelf([question(order(FIRST), 10)])
    assert shelf.find(order(FIRST), 10 * S) is not None
    assert shelf.find(order(SECOND), 10 * S) is None
