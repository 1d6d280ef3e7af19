"""Time is handed in."""

from executor.clock import FixedClock, WallClock


def test_the_wall_clock_counts_microseconds_of_this_century() -> None:
    assert 1_700_000_000_000_000 < WallClock().now_us() < 4_000_000_000_000_000


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(5)
    assert clock.now_us() == clock.now_us() == 5
    clock.move_to(9)
    assert clock.now_us() == 9
