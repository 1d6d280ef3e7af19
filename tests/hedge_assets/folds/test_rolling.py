"""Sums over windows: whole hours and whole days, however the items came in."""

from collections import defaultdict
from itertools import accumulate, pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.rolling import DAYS_KEPT, HOURS_KEPT, Rolling
from hedge_assets.statistics.windows import span_of
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, T0

WINDOWS = st.sampled_from([*(f"{hours}h" for hours in range(1, 25)), *(f"{days}d" for days in range(2, 32)), "all"])
STEPS = st.integers(-2 * HOUR, 2 * HOUR) | st.integers(0, MINUTE) | st.integers(0, 3 * DAY) | st.just(40 * DAY)
ITEMS = st.lists(st.tuples(STEPS, st.sampled_from("abc"), st.integers(1, 100)), min_size=1, max_size=40)


class Sum(msgspec.Struct):
    """Items in the order they were added, so that nothing about order can hide."""

    items: list[int] = []

    def plus(self, other: "Sum") -> None:
        self.items.extend(other.items)


def timed(items: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    times = accumulate((step for step, _, _ in items), initial=T0)
    return [(ts_us, key, value) for ts_us, (_, key, value) in zip(list(times)[1:], items, strict=True)]


def put(rolling: Rolling[Sum], items: list[tuple[int, str, int]]) -> Rolling[Sum]:
    for ts_us, key, value in items:
        rolling.at(ts_us, key, Sum).items.append(value)
    return rolling


def plain(items: list[tuple[int, str, int]], since_us: int | None) -> dict[str, list[int]]:
    """What is in a window, by looking at every item: it belongs to the latest hour that had begun when it came."""
    found, newest = defaultdict(list), 0
    for ts_us, key, value in items:
        newest = max(newest, ts_us // HOUR)
        if since_us is None or newest >= since_us // HOUR:
            found[key].append(value)
    return found


@given(ITEMS, WINDOWS, st.integers(0, 3 * DAY))
def test_a_window_holds_exactly_what_came_in_since_its_first_full_hour_or_day(items, window: str, later_us: int):
    given_items = timed(items)
    now_us = max(ts_us for ts_us, _, _ in given_items) + later_us
    since_us = span_of(window).start_us(now_us)
    found = put(Rolling(), given_items).since(since_us, Sum)
    assert {key: tally.items for key, tally in found.items()} == plain(given_items, since_us)


@given(ITEMS, st.lists(st.integers(0, 40), max_size=4), WINDOWS)
def test_any_number_of_goes_with_storing_between_leaves_the_same_sums(items, cuts: list[int], window: str):
    given_items = timed(items)
    at_once, in_goes = put(Rolling[Sum](), given_items), Rolling[Sum]()
    for start, end in pairwise([0, *sorted(cuts), len(given_items)]):
        in_goes = msgspec.msgpack.decode(msgspec.msgpack.encode(put(in_goes, given_items[start:end])), type=Rolling[Sum])
    assert in_goes == at_once
    since_us = span_of(window).start_us(max(ts_us for ts_us, _, _ in given_items))
    assert list(in_goes.since(since_us, Sum).items()) == list(at_once.since(since_us, Sum).items())


@given(ITEMS, st.lists(st.integers(0, 40), max_size=4), WINDOWS)
def test_packed_or_not_the_sums_are_the_same(items, cuts: list[int], window: str):
    given_items = timed(items)
    loose, packed = put(Rolling[Sum](), given_items), Rolling[Sum]()
    for start, end in pairwise([0, *sorted(cuts), len(given_items)]):
        put(packed, given_items[start:end]).pack()
        packed = msgspec.msgpack.decode(msgspec.msgpack.encode(packed), type=Rolling[Sum])
    since_us = span_of(window).start_us(max(ts_us for ts_us, _, _ in given_items))
    assert list(packed.since(since_us, Sum).items()) == list(loose.since(since_us, Sum).items())
    loose.pack()
    packed.pack()
    assert msgspec.msgpack.encode(packed) == msgspec.msgpack.encode(loose)


@given(ITEMS, WINDOWS)
def test_looking_changes_nothing_and_what_was_found_is_nobody_else_s(items, window: str):
    rolling = put(Rolling(), timed(items))
    before = msgspec.msgpack.encode(rolling)
    for tally in rolling.since(span_of(window).start_us(rolling.hour * HOUR), Sum).values():
        tally.items.append(-1)
    assert msgspec.msgpack.encode(rolling) == before


def test_a_year_of_items_is_kept_in_as_many_sums_as_a_month():
    rolling = Rolling[Sum]()
    for hour in range(365 * 24):
        rolling.at(T0 + hour * HOUR, "a", Sum).items[:] = [1]
    assert len(rolling.sealed(Sum).hours) == HOURS_KEPT - 1
    assert len(rolling.sealed(Sum).days) == DAYS_KEPT
    assert len(rolling.since(None, Sum)["a"].items) == 365 * 24


def test_an_hour_that_is_just_forgotten_is_still_in_its_day():
    rolling = put(Rolling[Sum](), [(T0, "a", 1), (T0 + HOURS_KEPT * HOUR, "a", 2)])
    assert rolling.since(T0, Sum)["a"].items == [1, 2]
    assert rolling.since(T0 + HOUR, Sum)["a"].items == [2]
