import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.mirror.breaker import WAITS_S, Breaker, longest_us
from tests.hedge_assets.builders import SECOND, T0


def test_a_sink_that_is_well_may_always_be_tried():
    assert Breaker().is_closed
    assert Breaker().may_try(T0)


@given(st.lists(st.sampled_from(list(WAITS_S)), min_size=1, max_size=30), st.integers(0, 10_000_000))
def test_after_any_failures_it_is_tried_again_and_never_before_its_time(faults, between_us):
    breaker, now_us = Breaker(), T0
    for fault in faults:
        breaker = breaker.failed(now_us, fault, "no")
        assert not breaker.is_closed
        assert now_us < breaker.next_us <= now_us + longest_us()
        assert not breaker.may_try(breaker.next_us - 1)
        assert breaker.may_try(breaker.next_us)
        now_us = breaker.next_us + between_us
    assert breaker.since_us == T0


def test_an_outage_is_asked_for_its_end_every_five_seconds_at_most_and_at_least():
    breaker, now_us, tries = Breaker(), T0, 0
    while now_us < T0 + 600 * SECOND:
        breaker = breaker.failed(now_us, "unreachable", "no")
        now_us, tries = breaker.next_us, tries + 1
    assert breaker.next_us - (now_us - 5 * SECOND) == 5 * SECOND
    assert 120 <= tries <= 130


@pytest.mark.parametrize("fault", WAITS_S)
def test_a_clock_that_goes_back_does_not_make_it_wait_for_ever(fault):
    breaker = Breaker().failed(T0, fault, "no")
    assert breaker.may_try(T0 - 3600 * SECOND)


def test_another_kind_of_failure_begins_its_own_row_of_waits():
    breaker = Breaker()
    for _ in range(5):
        breaker = breaker.failed(T0, "quota", "no")
    assert breaker.failed(T0, "unreachable", "no").next_us == T0 + SECOND // 2
