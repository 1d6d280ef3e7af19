"""Time is handed in."""

from types import SimpleNamespace
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

import executor.clock
from executor.clock import FixedClock, SteadyClock, WallClock


class Machine:
    """A machine whose two clocks the test sets (microseconds)."""

    def __init__(self, wall_us: int, mono_us: int = 77) -> None:
        self.wall_us, self.mono_us = wall_us, mono_us

    def __enter__(self) -> Self:
        self._patch = pytest.MonkeyPatch()
        fake = SimpleNamespace(time_ns=lambda: self.wall_us * 1_000, monotonic_ns=lambda: self.mono_us * 1_000)
        self._patch.setattr(executor.clock, "time", fake)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def passes(self, us: int, step_us: int = 0) -> None:
        self.mono_us += us
        self.wall_us += us + step_us


def test_the_wall_clock_counts_microseconds_of_this_century() -> None:
    assert 1_700_000_000_000_000 < WallClock().now_us() < 4_000_000_000_000_000


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(5)
    assert clock.now_us() == clock.now_us() == 5
    clock.move_to(9)
    assert clock.now_us() == 9


def test_a_steady_clock_begins_at_the_machines_time_and_passes_as_it_does() -> None:
    with Machine(1_000_000) as machine:
        clock = SteadyClock()
        assert (clock.now_us(), clock.off_us) == (1_000_000, 0)
        machine.passes(250)
        assert (clock.now_us(), clock.off_us) == (1_000_250, 0)


def test_a_machine_that_is_set_back_moves_no_steady_clock() -> None:
    with Machine(1_000_000) as machine:
        clock = SteadyClock()
        machine.passes(10, step_us=-3_000)
        assert (clock.now_us(), clock.off_us) == (1_000_010, -3_000)
        clock.catch_up()
        assert clock.now_us() == 1_000_010


def test_a_machine_that_is_set_forward_is_followed_when_asked_to() -> None:
    with Machine(1_000_000) as machine:
        clock = SteadyClock()
        machine.passes(10, step_us=5_000)
        assert (clock.now_us(), clock.off_us) == (1_000_010, 5_000)
        clock.catch_up()
        assert (clock.now_us(), clock.off_us) == (1_005_010, 0)


def test_what_was_written_before_never_lies_ahead() -> None:
    with Machine(1_000_000):
        clock = SteadyClock()
        clock.not_before(2_000_000)
        assert clock.now_us() == 2_000_000
        clock.not_before(5)
        assert clock.now_us() == 2_000_000


@given(
    moves=st.lists(
        st.tuples(
            st.integers(0, 10**6), st.integers(-(10**9), 10**9), st.sampled_from(["", "catch_up", "not_before"]), st.integers(0, 10**13)
        )
    )
)  # fmt: skip
def test_whatever_becomes_of_the_machines_clock_steady_time_never_goes_back(moves: list[tuple[int, int, str, int]]) -> None:
    with Machine(10**12) as machine:
        clock = SteadyClock()
        seen = clock.now_us()
        for us, step_us, deed, at_us in moves:
            machine.passes(us, step_us)
            if deed == "catch_up":
                clock.catch_up()
                assert clock.off_us <= 0
            elif deed == "not_before":
                clock.not_before(at_us)
                assert clock.now_us() >= at_us
            assert clock.now_us() >= seen + us
            seen = clock.now_us()
