"""What may go wrong with the made market on purpose, in seconds after its start."""

import math

import msgspec
import numpy as np
import numpy.typing as npt

from executor.market_model.minutes import Floats

CRASH_AT_S, FALL_S, RECOVERY_S = 600.0, 120.0, 600.0
FALL_FRAC, CRASH_SPREAD, CRASH_SIZE, CRASH_TRADES = 0.08, 20.0, 0.1, 4.0
OUTAGE_AT_S, OUTAGE_S = 300.0, 180.0
QUIET_TRADES = 0.2
SPIKE_RATE = 0.0075


class Overlay(msgspec.Struct, frozen=True):
    """What a scenario does at each instant: shift of log price, spread in ticks, factor on sizes, factor on the number of
    trades, and whether the feed is silent. `motion` scales every return (0 is a market that stands still)."""

    log_shift: Floats
    spread_ticks: npt.NDArray[np.int64]
    size_frac: Floats
    trade_factor: Floats
    silent: npt.NDArray[np.bool_]
    motion: float


def overlay_of(scenario: str, offset_s: Floats) -> Overlay:
    """The overlay of a scenario at instants `offset_s` after the market's start."""
    shape = offset_s.shape
    stress = np.zeros(shape)
    log_shift = np.zeros(shape)
    trade_factor = np.ones(shape)
    if scenario == "flash_crash":
        bottom, rest = math.log(1.0 - FALL_FRAC), math.log(1.0 - FALL_FRAC / 2)
        ends = CRASH_AT_S + FALL_S
        log_shift = np.interp(offset_s, [CRASH_AT_S, ends, ends + RECOVERY_S], [0.0, bottom, rest])
        falling = (offset_s > CRASH_AT_S) & (offset_s <= ends)
        stress = np.where(falling, 1.0, np.interp(offset_s, [ends, ends + RECOVERY_S], [1.0, 0.0])) * (offset_s > CRASH_AT_S)
        trade_factor = 1.0 + (CRASH_TRADES - 1.0) * stress
    if scenario == "quiet_weekend":
        trade_factor = np.full(shape, QUIET_TRADES)
    outage = (offset_s >= OUTAGE_AT_S) & (offset_s < OUTAGE_AT_S + OUTAGE_S) & (scenario == "feed_outage")
    return Overlay(
        log_shift=log_shift,
        spread_ticks=np.rint(1.0 + (CRASH_SPREAD - 1.0) * stress).astype(np.int64),
        size_frac=1.0 - (1.0 - CRASH_SIZE) * stress,
        trade_factor=trade_factor,
        silent=outage,
        motion=0.0 if scenario == "quiet_weekend" else 1.0,
    )
