"""A wanted size is refused or cut by the first cap it does not fit, and too little is not sent."""

from decimal import Decimal

import pytest

from executor.risk.rooms import CAPS
from executor.settings import Limits
from executor.sizing.fit import fit
from tests.executor.pipeline.builders import make_slice

LIMITS = Limits(gross_cap_frac=2.0, max_leverage=2.5)
FULL = {
    "symbol_cap": {"symbol_usd": 24_000.0},
    "tier_cap": {"tier_usd": 149_000.0},
    "gross_cap": {"gross_usd": 199_000.0},
    "leverage": {"gross_usd": 249_000.0},
    "instrument_leverage": {"max_leverage": 1, "symbol_usd": 99_000.0},
    "margin": {"available_usd": 400.0},
}
WIDE = {"leverage": Limits(gross_cap_frac=9.0, max_leverage=2.5), "instrument_leverage": Limits(symbol_cap_frac=9.0, max_leverage=9.0)}


def fitted(name, *, wanted_usd, clamps):
    view = make_slice(**FULL[name])
    return fit(wanted_usd, view, WIDE.get(name, LIMITS), nav_usd=100_000.0, clamps=clamps)


def test_every_cap_has_its_example():
    assert [name for name, _ in CAPS] == list(FULL)


@pytest.mark.parametrize("name", list(FULL))
def test_exactly_the_room_left_fits(name):
    assert fitted(name, wanted_usd=1_000.0, clamps=False).rule is None


@pytest.mark.parametrize("name", list(FULL))
def test_more_than_the_room_left_is_refused_by_that_cap(name):
    result = fitted(name, wanted_usd=1_000.5, clamps=False)
    assert result.rule == name
    assert result.checks[-1].outcome == "veto"
    assert result.detail.startswith("asked 1,000.50 USD")
    assert "has 1,000.00 USD of" in result.detail


@pytest.mark.parametrize("name", list(FULL))
def test_more_than_the_room_left_is_cut_to_it_where_cutting_is_allowed(name):
    result = fitted(name, wanted_usd=5_000.0, clamps=True)
    assert result.rule is None
    assert result.budget_usd == pytest.approx(1_000.0)
    assert result.qty == Decimal("0.02")
    assert [check.rule for check in result.checks if check.outcome == "clamp"] == [name]


def test_what_a_cut_leaves_is_refused_by_the_cap_that_cut_when_it_is_too_little():
    view = make_slice(symbol_usd=24_000.0, available_usd=3.0)
    result = fit(5_000.0, view, Limits(), nav_usd=100_000.0, clamps=True)
    assert result.rule == "margin"
    assert "margin has 9.00 USD of 9.00 left" in result.detail


def test_the_larger_minimum_of_venue_and_limits_holds():
    view = make_slice(step_size=0.0001, min_qty=0.0001, min_notional_usd=100.0)
    assert fit(100.0, view, Limits(), nav_usd=100_000.0, clamps=False).rule is None
    assert fit(99.9, view, Limits(), nav_usd=100_000.0, clamps=False).rule == "min_notional"
    assert (
        fit(14.9, make_slice(step_size=0.0001, min_qty=0.0001), Limits(min_notional_usd=15.0), nav_usd=1e5, clamps=False).rule
        == "min_notional"
    )


def test_rounding_to_the_step_may_leave_too_little():
    result = fit(49.0, make_slice(), Limits(), nav_usd=100_000.0, clamps=False)
    assert result.rule == "min_qty"
    assert result.detail == "0 base units after rounding to the step, 0.001 is the least"
