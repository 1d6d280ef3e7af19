"""What the last quotes of minutes add up to."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.market import Quote
from hedge_assets.folds.market import Market
from hedge_assets.folds.symbol_market import DAYS_KEPT, RETURNS_KEPT, DayClose, SymbolMarket, mid_of, spread_of, touch_of
from tests.hedge_assets.builders import BTC, DAY, MINUTE, SECOND, T0, quote

moments = st.lists(st.tuples(st.integers(1, 9 * 60), st.integers(1, 10**6), st.integers(-3, 50)), min_size=1, max_size=80)


def seen(*quotes: Quote) -> SymbolMarket:
    market = Market()
    for record in quotes:
        market.take(record)
    return market.symbols[BTC]


def wandering(rows: list[tuple[int, int, int]]) -> list[Quote]:
    """Quotes in time order, a few seconds to some minutes apart."""
    at, quotes = T0, []
    for wait_s, mid, spread in rows:
        at += wait_s * SECOND
        quotes.append(quote(at, mid=float(mid), spread=spread / 100, bid_qty=1.0 + mid % 7))
    return quotes


def test_before_a_minute_is_over_the_newest_quote_speaks_for_itself():
    market = seen(quote(mid=100.0, spread=0.02), quote(T0 + SECOND, mid=100.0, spread=0.04))
    assert (market.spread_bps, market.touch_usd) == (pytest.approx(4.0), pytest.approx(100.0))
    assert (market.usual_spread_bps, market.usual_touch_usd) == (None, None)


def test_an_unquoted_symbol_has_no_market():
    market = SymbolMarket(symbol=BTC)
    assert (market.bid, market.ask, market.mid, market.spread_bps, market.touch_usd, market.ts_us) == (None, None, None, None, None, 0)


def test_after_a_half_life_the_usual_spread_and_touch_are_half_way():
    wide = quote(T0 + 10 * MINUTE, mid=100.0, spread=0.04, bid_qty=3.0, ask_qty=3.0)
    market = seen(quote(mid=100.0, spread=0.02), wide, quote(T0 + 11 * MINUTE, mid=100.0, spread=0.9))
    assert (market.spread_bps, market.touch_usd) == (pytest.approx(3.0), pytest.approx(200.0))


@given(moments)
def test_only_the_last_quote_of_each_minute_counts(rows):
    every = wandering(rows)
    last = {record.ts_us // MINUTE: record for record in every}
    whole, thinned = seen(*every), seen(*last.values())
    counted = {"quotes": 0, "moved_us": 0}
    assert msgspec.structs.replace(whole, **counted) == msgspec.structs.replace(thinned, **counted)


@given(moments, st.integers(0, 80))
def test_stored_and_taken_up_again_it_is_the_same(rows, cut):
    every = wandering(rows)
    market = Market()
    for number, record in enumerate(every):
        if number == cut:
            market = msgspec.msgpack.decode(msgspec.msgpack.encode(market), type=Market)
        market.take(record)
    assert market.symbols[BTC] == seen(*every)


@given(moments)
def test_spread_and_touch_are_averages_of_each_minute_s_last_quote(rows):
    """Against the sum written out: weights halve every ten minutes of time."""
    every = wandering(rows)
    market = seen(*every)
    closed = {record.ts_us // MINUTE: record for record in every if record.ts_us // MINUTE < market.minute}
    if not closed:
        return
    spread, touch, before = None, None, 0
    for minute, record in closed.items():
        keep = 0.0 if spread is None else 0.5 ** ((minute - before) / 10)
        spread = keep * (spread or 0.0) + (1 - keep) * spread_of(record)
        touch = keep * (touch or 0.0) + (1 - keep) * touch_of(record)
        before = minute
    assert market.spread_bps == pytest.approx(spread, rel=1e-6, abs=1e-9)
    assert market.touch_usd == pytest.approx(touch, rel=1e-6)


def test_time_that_goes_backwards_stays_in_the_newest_minute():
    market = seen(quote(T0 + 5 * MINUTE), quote(T0), quote(T0 + 6 * MINUTE, mid=50_100.0))
    assert (market.minute, market.closed_minute) == (T0 // MINUTE + 6, T0 // MINUTE + 5)


@given(moments)
def test_returns_are_those_of_whole_five_minutes_and_gaps_are_gaps(rows):
    every = wandering(rows)
    market = seen(*every)
    closes = {record.ts_us // (5 * MINUTE): mid_of(record) for record in every}
    closes.pop(max(closes))
    wanted = [
        math.log(closes[at] / closes[at - 1]) * 1e4 if at in closes and at - 1 in closes else None
        for at in range(min(closes, default=0) + 1, max(closes, default=0) + 1)
    ]
    assert market.returns_bps == wanted[-RETURNS_KEPT:]
    assert not closes or market.interval == max(closes)


def test_no_more_than_a_day_of_returns_is_kept():
    market = seen(*[quote(T0 + step * 5 * MINUTE, mid=100.0 + step) for step in range(400)])
    assert len(market.returns_bps) == RETURNS_KEPT
    assert market.returns_bps[-1] == pytest.approx(math.log(498 / 497) * 1e4)


def test_a_silence_of_days_leaves_nothing_of_the_ring_but_itself():
    market = seen(quote(), quote(T0 + 5 * MINUTE, mid=50_100.0), quote(T0 + 3 * DAY), quote(T0 + 3 * DAY + 5 * MINUTE))
    assert market.returns_bps == [None] * RETURNS_KEPT


def test_each_day_s_end_is_kept_for_a_month():
    market = seen(*[quote(T0 + day * DAY, mid=100.0, spread=0.02 * (day + 1)) for day in range(DAYS_KEPT + 3)])
    first = T0 // DAY
    assert list(market.days) == list(range(first + 2, first + DAYS_KEPT + 2))
    assert market.days[first + 2] == DayClose(None, pytest.approx(6.0), pytest.approx(100.0))


def test_a_day_s_end_has_the_volatility_that_was_known_by_then():
    market = seen(*[quote(T0 + step * MINUTE, mid=100.0 + step % 2) for step in range(1441)])
    assert market.days[T0 // DAY].vol_bps == pytest.approx(math.log(101 / 100) * 1e4)
