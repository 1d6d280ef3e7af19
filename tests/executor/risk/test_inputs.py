"""Numbers nothing can be decided from are named, not computed with."""

import math

import pytest

from executor.records.trading import Policy, RouterPolicy
from executor.risk.inputs import unusable_entry, unusable_market
from tests.executor.pipeline.builders import make_entry, make_slice

ABSURD = [math.nan, math.inf, -math.inf, 1e300]


def test_a_view_in_order_is_usable():
    assert unusable_market(make_slice()) is None
    assert unusable_entry(make_entry(), make_slice(), Policy()) is None


@pytest.mark.parametrize("name", ["bid", "ask", "tick_size", "step_size"])
@pytest.mark.parametrize("value", [*ABSURD, 0.0, -1.0])
def test_a_price_or_step_must_be_above_zero_and_finite(name, value):
    assert name in unusable_market(make_slice(**{name: value}))


def test_a_crossed_quote_is_unusable():
    assert "must not be below bid" in unusable_market(make_slice(bid=100.0, ask=99.0))


@pytest.mark.parametrize("value", ABSURD)
def test_a_position_must_be_finite(value):
    assert "position_qty" in unusable_market(make_slice(position_qty=value))


@pytest.mark.parametrize(
    "name", ["vol_bps", "nav_usd", "nav_age_s", "available_usd", "gross_usd", "peak_nav_usd", "since_exit_s", "min_qty"]
)
@pytest.mark.parametrize("value", ABSURD)
def test_an_entry_needs_finite_numbers(name, value):
    assert name in unusable_entry(make_entry(), make_slice(**{name: value}), Policy())


@pytest.mark.parametrize("nav_usd", [0.0, -5.0])
def test_nothing_can_be_sized_by_nav_that_is_gone(nav_usd):
    assert "nav_usd" in unusable_entry(make_entry(), make_slice(nav_usd=nav_usd), Policy())


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_strength_is_a_share(strength):
    assert "strength" in unusable_entry(make_entry(strength=strength), make_slice(), Policy())


@pytest.mark.parametrize(
    "policy", [Policy(weight_frac=math.nan), Policy(weight_frac=-0.1), Policy(router=RouterPolicy(offset_bps=math.inf))]
)
def test_a_policy_must_be_finite_too(policy):
    assert unusable_entry(make_entry(), make_slice(), policy) is not None
