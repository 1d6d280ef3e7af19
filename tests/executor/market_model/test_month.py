"""A made month shows the measured facts. Tolerances are a few standard errors of a month of the same length."""

import math

import numpy as np
import pytest

from executor.market_model.facts import ASSUMED, HEAT_MAX, HOUR_SHAPE, MEASURED, PERSISTENCE_MAX
from executor.market_model.funding import BPS, funding_rates
from executor.market_model.minutes import BLOCK_MINUTES, DAY_MINUTES, fresh, minutes_of

SYMBOLS = list(MEASURED)
FIRST_MINUTE = 29_145_600  # 2025-06-01 00:00 UTC
DAYS = 30
SEED = 7


@pytest.fixture(scope="module")
def month():
    """Minutes of a month: calm part, jumps, known deviation, activity; each (minute, symbol)."""
    carried, blocks = fresh(SYMBOLS), []
    for block in range(DAYS * DAY_MINUTES // BLOCK_MINUTES):
        minutes = minutes_of(SYMBOLS, carried, seed=SEED, block=block, first_minute=FIRST_MINUTE + block * BLOCK_MINUTES)
        carried = minutes.carried
        blocks.append(minutes)
    return {name: np.concatenate([getattr(one, name) for one in blocks]) for name in ("calm_bps", "jump_bps", "sd_bps", "activity")}


@pytest.fixture(scope="module")
def returns(month):
    return month["calm_bps"] + month["jump_bps"]


def test_a_minute_moves_as_much_as_measured(returns):
    for place, symbol in enumerate(SYMBOLS):
        assert returns[:, place].std() == pytest.approx(MEASURED[symbol].sd_bps, rel=0.15), symbol


def test_symbols_follow_bitcoin_as_measured(returns):
    btc = returns[:, 0]
    for place, symbol in enumerate(SYMBOLS[1:], start=1):
        corr = np.corrcoef(btc, returns[:, place])[0, 1]
        assert corr == pytest.approx(MEASURED[symbol].btc_corr, abs=0.06), symbol
        slope = corr * returns[:, place].std() / btc.std()
        assert slope == pytest.approx(MEASURED[symbol].btc_beta, rel=0.15), symbol


def test_jumps_come_as_often_and_as_large_as_measured(month):
    for place, symbol in enumerate(SYMBOLS):
        jumps = np.abs(month["jump_bps"][:, place])
        sizes = jumps[jumps > 0]
        expected = MEASURED[symbol].jumps_per_day * DAYS
        assert abs(len(sizes) - expected) < 4 * math.sqrt(expected), symbol
        assert np.median(sizes) == pytest.approx(MEASURED[symbol].jump_median_bps, rel=0.25), symbol


def test_the_day_has_its_pattern(returns):
    hours = np.arange(len(returns)) // 60 % 24
    by_hour = np.array([np.abs(returns[hours == hour]).mean(axis=0) for hour in range(24)])
    pattern = (by_hour / by_hour.mean(axis=0)).mean(axis=1)
    assert pattern == pytest.approx(HOUR_SHAPE, abs=0.2)
    assert pattern[0] == pytest.approx(1.27, abs=0.15)
    assert pattern[5] == pytest.approx(0.80, abs=0.15)
    assert pattern[14] == pytest.approx(1.23, abs=0.15)
    assert sum(HOUR_SHAPE) / 24 == pytest.approx(1.0)


def test_shocks_have_the_measured_tails(month):
    shocks = month["calm_bps"] / month["sd_bps"]
    grid = np.arange(3.0, 14.0, 0.1)
    for place, symbol in enumerate(SYMBOLS):
        squared = shocks[:, place] ** 2
        likelihood = [
            len(squared) * (math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - math.log(nu - 2) / 2)
            - (nu + 1) / 2 * np.log1p(squared / (nu - 2)).sum()
            for nu in grid
        ]
        assert grid[int(np.argmax(likelihood))] == pytest.approx(MEASURED[symbol].t_degrees, rel=0.15), symbol


def test_heat_follows_the_measured_garch_law(month):
    hours = np.array([HOUR_SHAPE[minute // 60 % 24] for minute in range(len(month["activity"]))])
    heat = (month["activity"] / hours[:, None]) ** 2
    shocks = month["calm_bps"] / month["sd_bps"]
    for place, symbol in enumerate(SYMBOLS):
        alpha = MEASURED[symbol].alpha
        beta = min(MEASURED[symbol].beta, PERSISTENCE_MAX - alpha)
        assert alpha + beta < 1
        before, after = heat[:-1, place], heat[1:, place]
        law = np.minimum(HEAT_MAX, 1 - alpha - beta + before * (alpha * shocks[:-1, place] ** 2 + beta))
        assert np.abs(after / law - 1).max() < 1e-2, symbol


def test_wild_minutes_come_in_clusters(returns):
    for place, symbol in enumerate(SYMBOLS):
        size = np.abs(returns[:, place])
        assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.08, symbol
        assert abs(np.corrcoef(returns[:-1, place], returns[1:, place])[0, 1]) < 0.05, symbol


def test_one_tick_weighs_as_much_as_measured():
    for symbol in SYMBOLS:
        tick_bps = float(ASSUMED[symbol].tick_size) / ASSUMED[symbol].start_price * 1e4
        assert tick_bps == pytest.approx(MEASURED[symbol].tick_bps, rel=0.05), symbol


def test_a_year_of_funding_has_the_measured_mean_spread_and_cap():
    first = FIRST_MINUTE * 60 // 28_800
    rates = np.array([funding_rates(SYMBOLS, seed=SEED, interval=first + place) for place in range(3 * 365)]) / BPS
    for place, symbol in enumerate(SYMBOLS):
        assert rates[:, place].mean() == pytest.approx(MEASURED[symbol].funding_mean_bps, abs=0.2), symbol
        assert rates[:, place].std() == pytest.approx(MEASURED[symbol].funding_sd_bps, rel=0.15), symbol
        assert rates[:, place].max() == pytest.approx(1.0), symbol
