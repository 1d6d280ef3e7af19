"""Funding has the wanted mean and spread although it is capped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.market_model.facts import FUNDING_CAP_BPS, MEASURED
from executor.market_model.funding import BPS, MEMORY, capped_moments, funding_rates, uncapped

SYMBOLS = list(MEASURED)


@given(mean=st.floats(-1.0, 0.6), sd=st.floats(0.2, 1.5))
@settings(max_examples=30, deadline=None)
def test_capped_moments_are_those_of_capped_draws(mean, sd):
    draws = np.minimum(FUNDING_CAP_BPS, mean + sd * np.random.default_rng(1).standard_normal(200_000))
    first, second = capped_moments(mean, sd, cap=FUNDING_CAP_BPS)
    assert first == pytest.approx(draws.mean(), abs=0.02)
    assert second == pytest.approx(draws.std(), rel=0.03)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_uncapped_rate_gives_the_measured_moments_once_capped(symbol):
    wanted = MEASURED[symbol].funding_mean_bps, MEASURED[symbol].funding_sd_bps
    assert capped_moments(*uncapped(*wanted), cap=FUNDING_CAP_BPS) == pytest.approx(wanted, abs=1e-6)


@given(seed=st.integers(), interval=st.integers(10, 10**6))
@settings(max_examples=30, deadline=None)
def test_rates_depend_on_seed_and_interval_only_and_keep_to_the_cap(seed, interval):
    rates = funding_rates(SYMBOLS, seed=seed, interval=interval)
    assert rates == funding_rates(SYMBOLS, seed=seed, interval=interval)
    assert rates[2:] == funding_rates(SYMBOLS[2:], seed=seed, interval=interval)
    assert max(rates) <= FUNDING_CAP_BPS * BPS


def test_memory_keeps_the_spread():
    assert sum(weight**2 for weight in MEMORY) == pytest.approx(1.0, abs=0.01)
