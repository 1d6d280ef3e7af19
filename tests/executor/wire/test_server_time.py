"""The venue's clock is known to half a round trip, and doubted when there is reason to."""

from hypothesis import given
from hypothesis import strategies as st

from executor.clock import FixedClock
from executor.wire.server_time import GOOD_FOR_US, Reading, ServerTime

WALL_US = 1_700_000_000_000_000


class Machine:
    """A machine whose two clocks are moved by hand; the venue's is `ahead_us` before its wall clock."""

    def __init__(self, ahead_us: int = 0) -> None:
        self.mono_us, self.wall, self.ahead_us = 5_000_000, FixedClock(WALL_US), ahead_us
        self.time = ServerTime(self.wall, lambda: self.mono_us)

    def pass_us(self, by_us: int) -> None:
        self.mono_us += by_us
        self.wall.move_to(self.wall.now_us() + by_us)

    def measure(self, there_us: int, back_us: int) -> None:
        asked_us = self.mono_us
        self.pass_us(there_us)
        server_us = self.wall.now_us() + self.ahead_us
        self.pass_us(back_us)
        self.time.take(Reading(asked_us=asked_us, heard_us=self.mono_us, server_us=server_us))


@given(st.integers(-5_000_000, 5_000_000), st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 300_000)), min_size=1, max_size=12))
def test_the_truth_lies_within_the_uncertainty(ahead_us, trips):
    machine = Machine(ahead_us)
    for there_us, back_us in trips:
        machine.measure(there_us, back_us)
    assert abs(machine.time.offset_us() - ahead_us) <= machine.time.uncertainty_us()


def test_of_several_readings_the_quickest_is_believed():
    machine = Machine(40_000)
    machine.measure(200_000, 0)
    machine.measure(500, 500)
    machine.measure(0, 200_000)
    assert abs(machine.time.offset_us() - 40_000) < 1_000
    assert machine.time.uncertainty_us() < 3_000


def test_nothing_is_sure_before_the_first_reading():
    machine = Machine()
    assert not machine.time.is_sure(250)
    assert machine.time.stamp_ms() == WALL_US // 1_000


def test_clocks_further_apart_than_the_limit_are_not_sure():
    machine = Machine(249_000)
    machine.measure(100, 100)
    assert not machine.time.is_sure(250)  # with its uncertainty it may be more
    assert machine.time.is_sure(260)
    assert "+249 ms" in machine.time.beyond(250)
    assert machine.time.beyond(260) == ""


def test_a_step_of_the_wall_clock_is_noticed_and_moves_no_stamp():
    machine = Machine()
    machine.measure(100, 100)
    before_ms = machine.time.stamp_ms()
    machine.wall.move_to(machine.wall.now_us() - 7_200_000_000)
    assert not machine.time.is_sure(250)
    assert "-7200" in machine.time.doubts()
    assert machine.time.stamp_ms() == before_ms
    machine.ahead_us = 7_200_000_000
    machine.measure(100, 100)
    assert machine.time.doubts() == ""
    assert not machine.time.is_sure(250)  # measured again, and two hours apart


def test_a_refused_stamp_counts_until_the_clock_is_measured_again():
    machine = Machine()
    machine.measure(100, 100)
    assert machine.time.is_sure(250)
    machine.time.doubt("the venue said so")
    assert not machine.time.is_sure(250)
    machine.measure(100_000, 100_000)
    assert machine.time.is_sure(250)
    assert machine.time.uncertainty_us() >= 100_000  # what was measured before the refusal is forgotten


def test_an_old_reading_is_not_trusted():
    machine = Machine()
    machine.measure(100, 100)
    machine.pass_us(GOOD_FOR_US + 1)
    assert not machine.time.is_sure(5_000)
