"""Caps, tiers, total, steps and turnover hold whatever is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.settings import Candidate, Limits, Settings
from hedge_assets.advice.allocation import capped
from hedge_assets.advice.book_limits import by_tier, explored, fitted, room_of, stepped, turnover_of, within
from hedge_assets.settings import Telemetry

NAMES = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "PEPEUSDT")
shares = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1), min_size=1)
rooms = st.builds(
    lambda slots, symbol, gross, largest, small: Settings(
        limits=Limits(
            max_positions=slots, symbol_cap_frac=symbol, gross_cap_frac=gross, tier_cap_frac={"major": 1.5, "large": 0.3, "small": small}
        ),
        candidate=Candidate(max_trade_frac=largest),
    ),
    st.integers(0, 12),
    st.floats(0, 1),
    st.floats(0, 3),
    st.floats(0, 0.5),
    st.floats(0, 1),
)


def assert_held(weights, room, slack=1e-9):
    assert sum(weights.values()) <= room.total_frac + slack
    assert all(-slack <= weight <= room.caps[name] + slack for name, weight in weights.items())
    assert all(held <= room.tier_caps[tier] + slack for tier, held in by_tier(weights, room).items())


@given(shares, rooms)
def test_whatever_was_in_force_what_is_written_is_within_the_hard_limits(weights, settings):
    room = room_of(weights, settings)
    assert_held(within(weights, room), room, slack=0.0 + 1e-12)


@given(shares, rooms)
def test_fitted_weights_are_within_caps_tiers_and_never_more_than_was_wanted(weights, settings):
    room = room_of(weights, settings)
    total = sum(weights.values())
    wanted = {name: weight / total * room.total_frac if total > 0 else 0.0 for name, weight in weights.items()}
    result = fitted(wanted, room.caps, room)
    assert_held(result, room)


def test_a_weight_of_next_to_nothing_takes_nothing_of_what_is_left():
    assert capped({"BTCUSDT": 1.0, "ETHUSDT": 5e-324}, {"BTCUSDT": 0.75, "ETHUSDT": 0.75}) == {"BTCUSDT": 0.75, "ETHUSDT": 0.0}


def test_what_a_full_tier_cannot_take_the_others_get():
    room = room_of(NAMES, Settings(limits=Limits(max_positions=5, tier_cap_frac={"major": 1.5, "large": 1.0, "small": 0.1})))
    result = fitted(dict.fromkeys(NAMES, 0.2), room.caps, room)
    assert result["DOGEUSDT"] == result["PEPEUSDT"] == pytest.approx(0.1)
    assert result["BTCUSDT"] == result["SOLUSDT"] == pytest.approx(0.8 / 3)


def test_caps_on_nav_are_caps_on_weights_by_the_size_of_the_book():
    room = room_of(["BTCUSDT"], Settings(limits=Limits(max_positions=8, symbol_cap_frac=0.1), candidate=Candidate(max_trade_frac=0.1)))
    assert (room.book_frac, room.caps["BTCUSDT"], room.tier_caps["major"]) == (0.8, pytest.approx(0.125), pytest.approx(1.875))
    assert (room.even_frac, room.total_frac) == (0.125, 0.125)


def test_a_book_larger_than_gross_allows_has_less_to_share_out():
    names = [f"S{at}" for at in range(8)]
    room = room_of(names, Settings(limits=Limits(max_positions=8, gross_cap_frac=0.4), candidate=Candidate(max_trade_frac=0.1)))
    assert room.total_frac == pytest.approx(0.5)


@given(shares, shares, st.floats(0, 1), st.floats(0, 1))
def test_no_weight_moves_further_than_a_step_and_the_book_not_more_than_its_turnover(before, after, step, turnover):
    names = sorted({*before, *after})
    current, target = ({name: side.get(name, 0.0) for name in names} for side in (before, after))
    telemetry = Telemetry(weight_step_frac=step, max_turnover_frac=turnover, least_turnover_frac=0.0)
    moved = stepped(current, target, telemetry, takers=set(names))
    assert max(abs(moved.weights[name] - current[name]) for name in names) <= step + 1e-9
    assert turnover_of(current, moved.weights) <= turnover + 1e-9
    assert (moved.way_frac < 1) == (moved.held_by is not None)


def test_a_way_not_worth_going_is_not_gone_but_for_those_who_can_go_it():
    current, target = {"A": 0.1, "B": 0.1}, {"A": 0.106, "B": 0.2}
    telemetry = Telemetry(least_turnover_frac=0.01)
    held = stepped(current, target, telemetry, takers={"A"})
    assert (held.weights, held.held_by) == (current, "a turnover of 0.003 is below the least of 0.01")
    assert stepped(current, target, telemetry, takers={"A", "B"}).weights == target


@given(shares, rooms, st.floats(0, 1))
def test_all_keep_the_least_that_the_limits_leave_each_and_the_limits_hold(weights, settings, part):
    room = room_of(weights, settings)
    least = min(part * room.even_frac, *room.caps.values())
    fit = fitted(weights, room.caps, room) if sum(weights.values()) <= room.total_frac else within(weights, room)
    held = explored(fit, least, room)
    assert_held(held, room)
    for name, weight in held.items():
        fellows = sum(room.tiers[other] == room.tiers[name] for other in held)
        assert weight >= min(least, room.total_frac / len(held), room.tier_caps[room.tiers[name]] / fellows) - 1e-9


def test_those_above_the_least_make_room_for_those_below():
    room = room_of(NAMES[:2], Settings(limits=Limits(max_positions=2)))
    assert explored({"BTCUSDT": 1.0, "ETHUSDT": 0.0}, 0.1, room) == {"BTCUSDT": pytest.approx(0.9), "ETHUSDT": pytest.approx(0.1)}
    assert explored({"BTCUSDT": 0.5, "ETHUSDT": 0.0}, 0.0, room) == {"BTCUSDT": 0.5, "ETHUSDT": 0.0}
