"""Quotes become one-minute bars and a volatility; silence becomes neither."""

import math

from hypothesis import given
from hypothesis import strategies as st

from executor.records.market import Quote
from executor.settings import Features, Settings
from executor.watch import Sampling, Watch, sampling_of

MINUTE_US = 60_000_000


def quote(ts_us: int, mid: float) -> Quote:
    return Quote(ts_us, ts_us, "BTCUSDT", mid - 0.5, mid + 0.5, 1.0, 1.0, None, "replay")


def sampling(kept: int = 100, bar_s: float = 60.0) -> Sampling:
    return Sampling(bar_us=round(bar_s * 1e6), kept=kept, keep_frac=0.98, min_bars=3)


def watched(mids: list[float], step_us: int = MINUTE_US, kept: int = 100) -> Watch:
    watch = Watch()
    for number, mid in enumerate(mids):
        watch.observe(quote(number * step_us, mid), sampling(kept))
    return watch


@given(st.lists(st.floats(1_000, 2_000), min_size=1, max_size=60))
def test_a_bar_spans_the_mids_of_its_minute(mids: list[float]) -> None:
    watch = watched([*mids, 1_500.0], step_us=MINUTE_US // len(mids) + (MINUTE_US % len(mids) > 0))
    bar = watch.bars[0]
    assert (bar.open, bar.high, bar.low, bar.close) == (mids[0], max(mids), min(mids), mids[-1])


def test_volatility_is_unknown_until_enough_minutes_returned() -> None:
    assert watched([100.0] * 4).vol_bps(sampling()) is None
    assert watched([100.0] * 6).vol_bps(sampling()) == 0.0


def test_a_first_return_is_the_volatility() -> None:
    watch = watched([100.0, 101.0, 101.0])
    assert watch.variance is not None
    assert math.isclose(math.sqrt(watch.variance), math.log(1.01) * 1e4)


def test_a_silent_minute_gives_no_bar_and_no_return() -> None:
    watch = Watch()
    for minute, mid in ((0, 100.0), (1, 100.0), (5, 200.0), (6, 200.0)):
        watch.observe(quote(minute * MINUTE_US, mid), sampling())
    assert [bar.ts_us // MINUTE_US for bar in watch.bars] == [0, 1, 5]
    assert watch.variance == 0.0  # the jump over the silence is nobody's return


def test_bars_are_bounded_however_long_the_run() -> None:
    assert len(watched([100.0] * 1_000, kept=10).bars) <= 20


def test_volatility_of_a_minute_grows_with_the_root_of_time() -> None:
    watch = watched([100.0, 101.0] * 10)
    short, long = sampling(bar_s=15.0), sampling(bar_s=60.0)
    minute, same = watch.minute_vol_bps(short), watch.minute_vol_bps(long)
    assert minute is not None
    assert same is not None
    assert math.isclose(minute, 2 * same)


def test_a_bar_is_fresh_until_somebody_looked() -> None:
    watch = watched([100.0])
    assert not watch.fresh
    watch.observe(quote(MINUTE_US, 100.0), sampling())
    assert watch.fresh


def test_the_feed_names_the_bar_unless_the_settings_do() -> None:
    assert sampling_of(Settings(), 2.0).bar_us == 2_000_000
    assert sampling_of(Settings(features=Features(bar_s=30.0)), 2.0).bar_us == 30_000_000
