"""Whoever plays a recording loops when its executor did, having heard what that had heard."""

from hypothesis import given
from hypothesis import strategies as st

from executor.wire.cassettes.windows import AFTER_US, LATER_US, READ_US, Looped, Windows

EVERY = 1_000_000


def windows(*loops: Looped, stalls: tuple[tuple[int, int], ...] = ()) -> Windows:
    return Windows(loops, EVERY, stalls)


LATE = windows(Looped(1_000_100, False), Looped(2_040_000, False), Looped(3_000_050, True))


def test_what_came_while_a_loop_was_due_is_heard_with_it_and_market_news_after_it() -> None:
    assert LATE.heard_us(2_000_000, is_market=False) == 2_040_000
    assert LATE.heard_us(2_039_999, is_market=True) == 2_040_000 + LATER_US
    assert [LATE.heard_us(ts_us, is_market=True) for ts_us in (1_999_999, 2_040_001)] == [1_999_999, 2_040_001]


def test_market_news_that_set_a_loop_off_is_heard_with_it() -> None:
    assert LATE.heard_us(3_000_010, is_market=True) == LATE.heard_us(3_000_050, is_market=True) == 3_000_050


def test_a_timer_that_was_over_while_a_loop_was_due_is_over_with_it() -> None:
    assert LATE.timer_us(2_000_000, None) == 2_040_000
    assert LATE.timer_us(2_000_000, 2_040_000) == 2_040_000 + AFTER_US
    assert LATE.timer_us(3_000_010, None) == 3_000_050 + AFTER_US
    assert LATE.timer_us(2_500_000, None) == 2_500_000


def test_a_timer_that_was_over_while_nothing_ran_is_over_when_everything_is_read() -> None:
    stalled = windows(stalls=((100, 50_000), (90_000, 99_000)))
    assert [stalled.timer_us(ts_us, None) for ts_us in (99, 100, 30_000, 50_000, 50_001, 95_000)] == [
        99,
        50_000 + READ_US,
        50_000 + READ_US,
        50_000 + READ_US,
        50_001,
        99_000 + READ_US,
    ]


def test_of_the_first_loop_nobody_knows_when_it_was_due() -> None:
    assert LATE.heard_us(999_000, is_market=False) == 1_000_100
    assert LATE.heard_us(900_000, is_market=False) == 900_000


@given(st.lists(st.tuples(st.integers(0, 10**7), st.booleans()), max_size=20), st.integers(0, 10**7), st.booleans())
def test_nothing_is_heard_before_it_came_and_time_keeps_its_order(loops: list[tuple[int, bool]], ts_us: int, is_market: bool) -> None:
    made = Windows([Looped(*each) for each in sorted(loops)], EVERY)
    heard_us = made.heard_us(ts_us, is_market=is_market)
    assert heard_us >= ts_us
    assert made.heard_us(ts_us + 10, is_market=is_market) + LATER_US >= heard_us
    assert made.timer_us(ts_us, None) >= ts_us
    assert Windows().heard_us(ts_us, is_market=is_market) == ts_us
