"""Arrival times go forwards, whatever is done to the machine's clock."""

from hypothesis import given
from hypothesis import strategies as st

from executor.wire.streams.arrivals import Arrivals


class Clocks:
    def __init__(self, wall_us):
        self.wall_us, self.monotonic_ns = wall_us, 5_000

    def arrivals(self, since_us=0):
        return Arrivals(lambda: self.wall_us, lambda: self.monotonic_ns, since_us=since_us)

    def go(self, elapsed_us, step_us=0):
        self.wall_us += elapsed_us + step_us
        self.monotonic_ns += elapsed_us * 1_000


def test_where_the_clock_is_right_it_is_the_clock():
    clocks = Clocks(1_000_000)
    arrivals = clocks.arrivals()
    for _ in range(5):
        clocks.go(700)
        assert arrivals.now_us() == clocks.wall_us


def test_a_clock_put_back_is_caught_up_with_at_half_pace():
    clocks = Clocks(10_000_000)
    arrivals = clocks.arrivals()
    clocks.go(1_000, step_us=-100_000)
    seen = [arrivals.now_us()]
    for _ in range(300):
        clocks.go(1_000)
        seen.append(arrivals.now_us())
    assert seen[1] - seen[0] == 500
    assert seen[-1] == clocks.wall_us


def test_nothing_arrives_before_what_was_seen():
    assert Clocks(1_000).arrivals(since_us=5_000).now_us() == 5_000


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(-(10**10), 10**10)), max_size=50))
def test_it_never_goes_back_and_never_lags_behind_the_clock(moves):
    clocks = Clocks(10**15)
    arrivals = clocks.arrivals()
    last_us = arrivals.now_us()
    for elapsed_us, step_us in moves:
        clocks.go(elapsed_us, step_us)
        now_us = arrivals.now_us()
        assert now_us >= last_us
        assert now_us >= clocks.wall_us
        last_us = now_us
