"""What is remembered of each symbol's market."""

import math

import pytest

from executor.records.base import Record
from executor.settings import Settings
from executor.watch import Watch, sampling_of
from hedge_assets.folds.market import GAPS_KEPT, Market
from tests.hedge_assets.builders import BTC, ETH, MINUTE, SECOND, T0, gap, mark, quote, settlement, trade


def folded(*records: Record) -> Market:
    market = Market()
    for record in records:
        market.take(record)
    return market


def test_a_quote_is_the_newest_price_of_its_symbol():
    seen = folded(quote(mid=100.0, spread=0.02), quote(T0 + 1, ETH, 10.0)).symbols[BTC]
    assert (seen.bid, seen.ask, seen.mid, seen.quotes, seen.source) == (99.99, 100.01, 100.0, 1, "synthetic")
    assert seen.spread_bps == pytest.approx(2.0)
    assert seen.touch_usd == pytest.approx(100.0)


def test_a_quote_said_again_is_no_news():
    seen = folded(quote(), quote(T0 + SECOND, exchange_ts_us=T0)).symbols[BTC]
    assert (seen.ts_us, seen.moved_us) == (T0 + SECOND, T0)


def test_a_one_sided_quote_is_passed_over():
    market = folded(quote(bid=0.0))
    assert (market.symbols, market.n) == ({}, 1)


def test_volatility_is_null_before_five_returns_and_equals_the_executor_s():
    market, watch, sampling = Market(), Watch(), sampling_of(Settings(), 60.0)
    for step in range(60):
        record = quote(T0 + step * 20 * SECOND, mid=100.0 * math.exp(0.001 * math.sin(step * step)))
        market.take(record)
        watch.observe(record, sampling)
        seen = market.symbols[BTC].vol_bps
        assert (seen is None) == (watch.vol_bps(sampling) is None)
        if seen is not None:
            assert seen == pytest.approx(watch.vol_bps(sampling), rel=1e-9)
    assert market.symbols[BTC].vol_bps is not None


def test_a_silent_minute_gives_no_return():
    market = folded(*[quote(T0 + 2 * step * MINUTE, mid=100.0 + step) for step in range(20)])
    assert (market.symbols[BTC].minutes, market.symbols[BTC].vol_bps) == (0, None)


def test_marks_trades_and_settlements_are_kept_beside():
    seen = folded(mark(funding_rate=0.0003), trade(price=101.0), settlement(T0 + 1, funding_rate=0.0002)).symbols[BTC]
    assert (seen.mark, seen.funding_rate, seen.last, seen.trades) == (50_000.0, 0.0003, 101.0, 1)
    assert (seen.settled_us, seen.settled_rate) == (T0 + 1, 0.0002)


def test_gaps_are_bounded_and_counted():
    market = folded(*[gap(T0 + place) for place in range(GAPS_KEPT + 5)])
    assert (len(market.gaps), market.gaps_total, market.gaps[0].ts_us) == (GAPS_KEPT, GAPS_KEPT + 5, T0 + 5)
