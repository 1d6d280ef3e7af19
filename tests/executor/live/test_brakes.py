"""What each brake sees, which let go by themselves, and what the operator's word does. Laws as well as cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.book import DAY_US, Book
from executor.live.brakes import BRAKES, PASSING, Brakeman, Sight
from executor.settings import Brakes

NOW = 20_000 * DAY_US + 3_600_000_000
LINES = Brakes(nav_age_s=60, drawdown_frac=0.25, daily_loss_frac=0.08, errors=3, errors_within_s=60)
NONE = Brakes(nav_age_s=0, drawdown_frac=0, daily_loss_frac=0, errors=0)


def book(**fields: object) -> Book:
    plain: dict[str, object] = {"nav_usd": 10_000.0, "nav_us": NOW, "peak_usd": 10_000.0, "day": NOW // DAY_US, "day_start_usd": 10_000.0}
    return Book(**{**plain, **fields})  # type: ignore[arg-type]


def sight(*, clock: str | None = None, lock: str | None = None, venue: str | None = None, now_us: int = NOW, **fields: object) -> Sight:
    return Sight(now_us=now_us, book=book(**fields), clock_problem=clock, lock_problem=lock, venue_problem=venue)


def pulled(seen: Sight, lines: Brakes = LINES) -> set[str]:
    return {rule for rule, brake in BRAKES.items() if brake(seen, lines) is not None}


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ("nav_stale", sight(nav_us=None)),
        ("nav_stale", sight(nav_us=NOW - 60_000_001)),
        ("drawdown", sight(peak_usd=13_334.0)),
        ("daily_loss", sight(day_start_usd=10_870.0)),
        ("error_burst", sight(errors_us=[NOW - 1, NOW - 2, NOW - 3, NOW - 59_999_999])),
        ("clock_unsure", sight(clock="the clock was set")),
        ("lock_lost", sight(lock="moved")),
        ("venue_silent", sight(venue="the private stream is silent")),
    ],
)
def test_each_brake_sees_its_own_trouble_and_no_other(rule: str, seen: Sight) -> None:
    assert pulled(seen) == {rule}


def test_at_its_line_no_brake_is_pulled_and_without_a_line_none_ever() -> None:
    edge = sight(nav_us=NOW - 60_000_000, peak_usd=10_000 / 0.75, day_start_usd=10_000 / 0.92, errors_us=[NOW - 1] * 3 + [NOW - 60_000_000])
    assert pulled(edge) == set()
    assert pulled(sight(nav_us=None, peak_usd=1e9, day_start_usd=1e9, errors_us=[NOW] * 99), NONE) == set()


def test_a_new_day_that_was_not_opened_yet_has_no_loss() -> None:
    assert pulled(sight(day=NOW // DAY_US - 1, day_start_usd=1e6)) == set()


def test_passing_brakes_let_go_by_themselves_and_the_others_wait_for_the_operator() -> None:
    brakeman = Brakeman()
    brakeman.look(sight(clock="set", lock="moved", venue="silent", nav_us=None, peak_usd=1e6), LINES)
    assert set(brakeman.on) == {"lock_lost", "drawdown", *PASSING}
    brakeman.look(sight(now_us=NOW + 1, nav_us=NOW + 1), LINES)
    assert set(brakeman.on) == {"lock_lost", "drawdown"}
    assert brakeman.first == ("lock_lost", "moved")
    assert brakeman.released(NOW) == []
    assert brakeman.released(NOW + 1) != []
    assert (brakeman.on, brakeman.first) == ({}, None)


def test_the_operators_word_lets_go_of_nothing_that_came_after_it() -> None:
    brakeman = Brakeman()
    brakeman.pull("position_differs", "early", 10)
    brakeman.pull("two_executors", "late", 30)
    brakeman.pull("position_differs", "again", 40)
    assert brakeman.on["position_differs"].detail == "early"
    assert brakeman.released(20)
    assert set(brakeman.on) == {"two_executors"}


moments = st.integers(0, 100)
rules = st.sampled_from([*BRAKES, "operator", "position_differs"])


@given(pulls=st.lists(st.tuples(rules, moments)), asked_us=moments)
def test_after_a_release_exactly_the_later_brakes_are_on(pulls: list[tuple[str, int]], asked_us: int) -> None:
    brakeman = Brakeman()
    for rule, at_us in pulls:
        brakeman.pull(rule, "", at_us)
    on = dict(brakeman.on)
    brakeman.released(asked_us)
    assert brakeman.on == {rule: held for rule, held in on.items() if held.since_us >= asked_us}
    assert (brakeman.first is None) == (not brakeman.on)


@given(nav=st.floats(1, 1e6), peak=st.floats(1, 1e6), more=st.floats(0, 1e6))
def test_a_deeper_fall_never_lets_a_brake_go(nav: float, peak: float, more: float) -> None:
    if "drawdown" in pulled(sight(nav_usd=nav, peak_usd=peak, day=0)):
        assert "drawdown" in pulled(sight(nav_usd=nav, peak_usd=peak + more, day=0))
