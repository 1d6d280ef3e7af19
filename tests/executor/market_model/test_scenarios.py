"""What scenarios do, and that the normal one does nothing."""

import numpy as np
import pytest

from executor.market_model.scenarios import CRASH_AT_S, FALL_S, OUTAGE_AT_S, OUTAGE_S, RECOVERY_S, overlay_of

SECONDS = np.arange(0.0, 1_800.0)


@pytest.mark.parametrize("scenario", ["normal", "funding_spike"])
def test_nothing_is_laid_over_a_normal_path(scenario):
    overlay = overlay_of(scenario, SECONDS)
    assert not overlay.log_shift.any()
    assert not overlay.silent.any()
    assert (overlay.spread_ticks == 1).all()
    assert (overlay.size_frac == 1.0).all()
    assert (overlay.trade_factor == 1.0).all()
    assert overlay.motion == 1.0


def test_a_crash_widens_and_thins_the_book_and_lets_it_heal():
    overlay = overlay_of("flash_crash", SECONDS)
    bottom, healed = int(CRASH_AT_S + FALL_S), int(CRASH_AT_S + FALL_S + RECOVERY_S)
    assert np.exp(overlay.log_shift[[0, bottom, healed, -1]]) == pytest.approx([1.0, 0.92, 0.96, 0.96])
    assert overlay.spread_ticks[[0, bottom, healed]].tolist() == [1, 20, 1]
    assert overlay.size_frac[[0, bottom, healed]] == pytest.approx([1.0, 0.1, 1.0])
    assert (np.diff(overlay.log_shift[bottom:healed]) > 0).all()


def test_an_outage_lasts_as_long_as_it_says():
    assert overlay_of("feed_outage", SECONDS).silent.sum() == OUTAGE_S
    assert overlay_of("feed_outage", SECONDS).silent[int(OUTAGE_AT_S)]


def test_a_quiet_weekend_stands_still():
    assert overlay_of("quiet_weekend", SECONDS).motion == 0.0
