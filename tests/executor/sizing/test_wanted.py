"""What is wanted follows strength, volatility, mode and weight, and stays within its shares of NAV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.trading import Policy
from executor.settings import Limits, Lines
from executor.sizing.wanted import fixed_usd, targeted_usd, weight_scale
from tests.executor.pipeline.builders import make_entry, make_slice

LINES = Lines()
NAV_USD = 100_000.0


def targeted(*, vol_bps, mode="ok", weight_frac=None, strength=1.0):
    entry, view = make_entry(strength=strength), make_slice(vol_bps=vol_bps)
    return targeted_usd(entry, view, Policy(weight_frac=weight_frac), lines=LINES, mode=mode, nav_usd=NAV_USD)


def test_the_fixed_size_is_a_share_of_nav_by_strength():
    assert fixed_usd(make_entry(strength=0.5), Limits(), NAV_USD) == 2_500.0


@pytest.mark.parametrize(
    ("vol_bps", "wanted_usd"), [(10.0, 5_000.0), (5.0, 10_000.0), (1.0, 10_000.0), (500.0, 1_000.0), (None, 1_000.0), (0.0, 1_000.0)]
)
def test_size_is_the_inverse_of_volatility_within_its_shares(vol_bps, wanted_usd):
    assert targeted(vol_bps=vol_bps) == pytest.approx(wanted_usd)


@pytest.mark.parametrize(("mode", "wanted_usd"), [("ok", 5_000.0), ("warn", 3_750.0), ("defensive", 2_000.0), ("halted", 0.0)])
def test_a_mode_scales_size(mode, wanted_usd):
    assert targeted(vol_bps=10.0, mode=mode) == pytest.approx(wanted_usd)


@pytest.mark.parametrize(("weight_frac", "scale"), [(None, 1.0), (0.125, 1.0), (0.0625, 0.5), (0.0, 0.0), (0.25, 2.0), (1.0, 2.0)])
def test_an_even_slot_leaves_size_as_it_is(weight_frac, scale):
    assert weight_scale(weight_frac, Limits()) == scale


@given(st.none() | st.floats(0, 1e4), st.sampled_from(["ok", "warn", "defensive", "halted"]), st.none() | st.floats(0, 1), st.floats(0, 1))
def test_no_more_than_the_largest_share_is_ever_wanted(vol_bps, mode, weight_frac, strength):
    wanted_usd = targeted(vol_bps=vol_bps, mode=mode, weight_frac=weight_frac, strength=strength)
    assert 0 <= wanted_usd <= LINES.candidate.max_trade_frac * NAV_USD
