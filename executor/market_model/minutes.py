"""How one-minute returns come about: GARCH(1,1) heat, Student-t shocks, jumps, and the pattern of the day.

A minute's return of symbol i, in bps, is ``hour * sd_i * sqrt(h_i) * e_i + jump_i``. The heat h (variance relative to its
long-run mean) follows ``h' = (1 - alpha - beta) + alpha * h * e^2 + beta * h`` (Bollerslev 1986). The shocks e have unit
variance and Student-t margins: correlated normals, BTC being the common factor, divided by the root of a chi-squared that
takes the same quantile for all symbols, so that wild minutes are wild together.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from executor.market_model.facts import ASSUMED, HEAT_MAX, HOUR_SHAPE, JUMP_LOG_SD, MEASURED, PERSISTENCE_MAX

BLOCK_MINUTES = 10
HOUR_MINUTES, DAY_MINUTES = 60, 1440
PULL_PER_MINUTE = math.log(2.0) / (30 * DAY_MINUTES)  # a level forgets half of its way in 30 days, so that years stay sane
CORR_MAX = 0.98
HEAT_DILUTION = 0.90  # correlation left when each symbol has a heat of its own (mean of simulated months)
MINUTE_STREAM = 1

Floats = npt.NDArray[np.float64]


class Carried(msgspec.Struct, frozen=True):
    """What one block hands to the next: each symbol's level (bps of log price from its start) and heat."""

    level_bps: tuple[float, ...]
    heat: tuple[float, ...]


class Minutes(msgspec.Struct, frozen=True):
    """One block of minutes; arrays are (minute, symbol). `calm_bps` is the continuous part of each return, `jump_bps` the
    jump in it, `sd_bps` the deviation of the continuous part known beforehand, `activity` that against a normal minute's."""

    calm_bps: Floats
    jump_bps: Floats
    sd_bps: Floats
    activity: Floats
    carried: Carried


def fresh(symbols: Sequence[str]) -> Carried:
    """Where a market starts: no way gone, heat at its mean."""
    return Carried((0.0,) * len(symbols), (1.0,) * len(symbols))


def generator(seed: int, *, stream: int, index: int) -> np.random.Generator:
    """Chance that depends on the seed, a purpose and an index only."""
    return np.random.default_rng((seed % 2**63, stream, index))


@lru_cache
def chi_squared_quantiles(degrees: float) -> tuple[Floats, Floats]:
    """Points (probability, log of quantile) of the chi-squared distribution, by integrating its density on a log grid."""
    log_x = np.linspace(math.log(1e-4), math.log(400.0), 6_000)
    density = np.exp(log_x * degrees / 2 - np.exp(log_x) / 2)
    mass = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return mass / mass[-1], log_x


def jump_variance(symbol: str) -> float:
    """What jumps add to the variance of one minute, in bps squared: rate times the mean square of a log-normal size."""
    facts = MEASURED[symbol]
    return facts.jumps_per_day / DAY_MINUTES * facts.jump_median_bps**2 * math.exp(2 * JUMP_LOG_SD**2)


def calm_sd_bps(symbol: str) -> float:
    """The deviation left to the continuous part, so that with its jumps the minute has the measured one."""
    return math.sqrt(MEASURED[symbol].sd_bps ** 2 - jump_variance(symbol))


def shock_corr(symbol: str) -> float:
    """The correlation with BTC shocks need, so that returns have the measured one although jumps and heats differ."""
    facts, btc = MEASURED[symbol], MEASURED["BTCUSDT"]
    if symbol == "BTCUSDT":
        return 1.0
    share = calm_sd_bps(symbol) * calm_sd_bps("BTCUSDT") / (facts.sd_bps * btc.sd_bps)
    return min(CORR_MAX, facts.btc_corr / (share * HEAT_DILUTION))


def heats_of(shocks: Sequence[float], heat: float, *, alpha: float, beta: float) -> tuple[list[float], float]:
    """The heat of each minute before its shock, and the one after the last; bounded by `HEAT_MAX`."""
    beta = min(beta, PERSISTENCE_MAX - alpha)
    floor = 1.0 - alpha - beta
    heats = []
    for shock in shocks:
        heats.append(heat)
        heat = min(HEAT_MAX, floor + heat * (alpha * shock * shock + beta))
    return heats, heat


def shocks_of(symbols: Sequence[str], chance: np.random.Generator) -> Floats:
    """Unit-variance shocks of a block, (minute, symbol). BTC's factor is drawn whether or not BTC is in the universe."""
    factor = chance.standard_normal(BLOCK_MINUTES)
    own = chance.standard_normal((BLOCK_MINUTES, len(MEASURED)))
    rank = chance.random(BLOCK_MINUTES)
    columns = []
    for place, symbol in enumerate(MEASURED):
        corr, degrees = shock_corr(symbol), MEASURED[symbol].t_degrees
        probability, log_quantile = chi_squared_quantiles(degrees)
        spread = np.sqrt((degrees - 2.0) / np.exp(np.interp(rank, probability, log_quantile)))
        columns.append((corr * factor + math.sqrt(1.0 - corr * corr) * own[:, place]) * spread)
    chosen = [list(MEASURED).index(symbol) for symbol in symbols]
    return np.stack(columns, axis=1)[:, chosen]


def jumps_of(symbols: Sequence[str], chance: np.random.Generator) -> Floats:
    """Jumps of a block in bps, (minute, symbol), mostly zero."""
    shape = (BLOCK_MINUTES, len(MEASURED))
    hit, way = chance.random(shape), chance.random(shape)
    rate = np.array([facts.jumps_per_day / DAY_MINUTES for facts in MEASURED.values()])
    median = np.array([facts.jump_median_bps for facts in MEASURED.values()])
    size = median * np.exp(JUMP_LOG_SD * chance.standard_normal(shape))
    jumps = np.where(hit < rate, np.where(way < 0.5, size, -size), 0.0)
    return jumps[:, [list(MEASURED).index(symbol) for symbol in symbols]]


def minutes_of(symbols: Sequence[str], carried: Carried, *, seed: int, block: int, first_minute: int) -> Minutes:
    """Block `block` of the market; `first_minute` is when it starts, in minutes since 1970."""
    chance = generator(seed, stream=MINUTE_STREAM, index=block)
    shocks, jumps = shocks_of(symbols, chance), jumps_of(symbols, chance)
    pairs: list[tuple[Any, ...]] = list(zip(shocks.T.tolist(), carried.heat, symbols, strict=True))
    runs = list(starmap(lambda row, heat, symbol: heats_of(row, heat, alpha=MEASURED[symbol].alpha, beta=MEASURED[symbol].beta), pairs))
    heats = np.array([run[0] for run in runs]).T
    hours = [HOUR_SHAPE[(first_minute + minute) // HOUR_MINUTES % 24] for minute in range(BLOCK_MINUTES)]
    activity = np.array(hours)[:, None] * np.sqrt(heats)
    sd_bps = activity * np.array([calm_sd_bps(symbol) * ASSUMED[symbol].typical for symbol in symbols])
    levels = np.array(carried.level_bps)
    calm_bps = sd_bps * shocks - levels * PULL_PER_MINUTE
    after = levels + (calm_bps + jumps).sum(axis=0)
    return Minutes(calm_bps, jumps, sd_bps, activity, Carried(tuple(after.tolist()), tuple(run[1] for run in runs)))
