"""What funding is paid: a slow random rate per eight hours whose upper end is the cap that calm markets sit at."""

import math
from collections.abc import Sequence
from functools import lru_cache

from executor.market_model.facts import FUNDING_CAP_BPS, MEASURED
from executor.market_model.minutes import generator

INTERVAL_US = 8 * 3_600_000_000
FUNDING_STREAM = 3
MEMORY = (0.78, 0.49, 0.31, 0.23)  # weights of this interval's news and the three before it; their squares sum to one
BPS = 1e-4


def capped_moments(mean: float, sd: float, *, cap: float) -> tuple[float, float]:
    """Mean and deviation of min(X, cap) for normal X (the censored normal, Greene, Econometric Analysis, ch. 19)."""
    edge = (cap - mean) / sd
    below = 0.5 * math.erfc(-edge / math.sqrt(2.0))
    density = math.exp(-edge * edge / 2) / math.sqrt(2.0 * math.pi)
    first = mean * below - sd * density + cap * (1.0 - below)
    second = (mean**2 + sd**2) * below - sd * (mean + cap) * density + cap**2 * (1.0 - below)
    return first, math.sqrt(second - first**2)


@lru_cache
def uncapped(mean: float, sd: float) -> tuple[float, float]:
    """Mean and deviation a normal rate needs, so that it has these once capped; found by repeated correction."""
    guess_mean, guess_sd = mean, sd
    for _ in range(300):
        got_mean, got_sd = capped_moments(guess_mean, guess_sd, cap=FUNDING_CAP_BPS)
        guess_mean, guess_sd = guess_mean + mean - got_mean, guess_sd * sd / got_sd
    return guess_mean, guess_sd


def funding_rates(symbols: Sequence[str], *, seed: int, interval: int) -> list[float]:
    """Rates (fractions) settled at the end of an interval, counted in eight hours since 1970."""
    drawn = [generator(seed, stream=FUNDING_STREAM, index=interval - back).standard_normal(len(MEASURED)) for back in range(len(MEMORY))]
    rates = []
    for symbol in symbols:
        place = list(MEASURED).index(symbol)
        mean, sd = uncapped(MEASURED[symbol].funding_mean_bps, MEASURED[symbol].funding_sd_bps)
        news = math.fsum(weight * float(row[place]) for weight, row in zip(MEMORY, drawn, strict=True))
        rates.append(round(min(FUNDING_CAP_BPS, mean + sd * news) * BPS, 8))
    return rates
