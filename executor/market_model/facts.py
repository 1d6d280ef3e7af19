"""What was measured of six perpetuals, and what is assumed of them: every number the made market is built from."""

from decimal import Decimal

import msgspec

from executor.records.market import Instrument

FUNDING_CAP_BPS = 1.0
PERSISTENCE_MAX = 0.995
HEAT_MAX = 20.0
JUMP_LOG_SD = 0.35

# Mean absolute one-minute return by UTC hour, relative to the day's (00 h first). Measured: 0.80 at 05 h, 1.27 at 00 h, 1.23 at 14 h.
HOUR_SHAPE = (
    *(1.27, 1.10, 0.98, 0.88, 0.83, 0.80, 0.83, 0.89, 0.96, 0.93, 0.90, 0.92),
    *(1.00, 1.14, 1.23, 1.20, 1.12, 1.05, 1.00, 0.97, 0.98, 0.97, 0.96, 1.09),
)


class Facts(msgspec.Struct, frozen=True):
    """One symbol, measured: one-minute standard deviation `sd_bps`, GARCH(1,1) and Student-t parameters of one-minute
    returns, slope and correlation to BTC, jumps, and funding per 8 hours in bps."""

    tick_bps: float
    sd_bps: float
    alpha: float
    beta: float
    t_degrees: float
    btc_beta: float
    btc_corr: float
    jumps_per_day: float
    jump_median_bps: float
    funding_mean_bps: float
    funding_sd_bps: float


class Assumed(msgspec.Struct, frozen=True):
    """One symbol, assumed: where its price starts, the venue's rules, median value of the best bid, mean value and
    number of trades a minute, and `typical`: the factor that brings a typical month to the measured deviation (heavy
    tails keep most months below the long-run mean; medians of 400 simulated months)."""

    start_price: float
    tick_size: str
    step_size: str
    min_notional: str
    touch_usd: float
    trade_usd: float
    trades_per_minute: float
    typical: float
    max_leverage: int


# fmt: off
MEASURED = {
    #                 tick    sd   alpha  beta    t  slope corr jumps size  funding
    "BTCUSDT": Facts(0.010,  5.3, 0.067, 0.933, 4.5, 1.00, 1.00, 2.2,  23,  0.32, 0.41),
    "ETHUSDT": Facts(0.040, 10.9, 0.071, 0.924, 5.4, 1.50, 0.74, 1.9,  57,  0.34, 0.44),
    "SOLUSDT": Facts(0.590, 10.5, 0.059, 0.933, 6.8, 1.54, 0.76, 0.6,  75, -0.07, 0.85),
    "XRPUSDT": Facts(0.430,  9.6, 0.061, 0.934, 5.9, 1.30, 0.71, 1.1,  46,  0.04, 0.90),
    "BNBUSDT": Facts(0.150,  5.7, 0.085, 0.907, 5.6, 0.70, 0.63, 1.6,  26, -0.57, 1.26),
    "ENAUSDT": Facts(2.700, 20.7, 0.047, 0.947, 8.5, 2.52, 0.64, 0.5, 182,  0.09, 0.73),
}
ASSUMED = {
    #                  price       tick     step    notional touch_usd trade_usd rate typical leverage
    "BTCUSDT": Assumed(104_300.0, "0.1",    "0.001", "100", 600_000.0, 120_000.0, 60.0, 1.14, 125),
    "ETHUSDT": Assumed(2_520.0,   "0.01",   "0.001", "20",  240_000.0, 110_000.0, 60.0, 1.11, 100),
    "SOLUSDT": Assumed(168.0,     "0.01",   "0.01",  "5",    80_000.0,  40_000.0, 40.0, 1.02, 75),
    "XRPUSDT": Assumed(2.32,      "0.0001", "0.1",   "5",    60_000.0,  22_000.0, 30.0, 1.07, 75),
    "BNBUSDT": Assumed(655.0,     "0.01",   "0.01",  "5",    50_000.0,   8_000.0, 20.0, 1.08, 75),
    "ENAUSDT": Assumed(0.365,     "0.0001", "1",     "5",    15_000.0,   9_000.0, 20.0, 1.01, 50),
}
# fmt: on


def instrument_of(symbol: str) -> Instrument:
    """The rules of a made symbol."""
    assumed = ASSUMED[symbol]
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(assumed.tick_size),
        step_size=Decimal(assumed.step_size),
        min_qty=Decimal(assumed.step_size),
        min_notional=Decimal(assumed.min_notional),
        max_leverage=assumed.max_leverage,
    )


def decimals_of(size: str) -> int:
    """How many decimals a tick or step has: 4 for 0.0001, 0 for 1."""
    exponent = Decimal(size).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
