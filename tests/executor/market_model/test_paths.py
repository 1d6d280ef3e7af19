"""What happens between minutes adds up to the minutes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.market_model.facts import ASSUMED, MEASURED, decimals_of
from executor.market_model.minutes import BLOCK_MINUTES, fresh, minutes_of
from executor.market_model.paths import books_of, last_prices, log_path, path_chance, prints_of
from executor.market_model.scenarios import overlay_of

SYMBOLS = list(MEASURED)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), steps=st.sampled_from([1, 2, 12, 60]))
def test_steps_sum_to_the_minutes_returns(seed, steps):
    carried = fresh(SYMBOLS)
    minutes = minutes_of(SYMBOLS, carried, seed=seed, block=0, first_minute=0)
    path = log_path(carried, minutes, steps=steps, chance=path_chance(seed, 0))
    starts = path[::steps]
    assert np.allclose(np.diff(starts, axis=0), (minutes.calm_bps + minutes.jump_bps)[:-1])
    assert path[0] == pytest.approx(carried.level_bps)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_books_are_one_tick_wide_and_trades_happen_at_the_touch(seed):
    carried, steps = fresh(SYMBOLS), 12
    minutes = minutes_of(SYMBOLS, carried, seed=seed, block=0, first_minute=0)
    chance = path_chance(seed, 0)
    overlay = overlay_of("normal", np.arange(BLOCK_MINUTES * steps) * 5.0)
    books = books_of(SYMBOLS, log_path(carried, minutes, steps=steps, chance=chance), overlay=overlay, chance=chance)
    for place, symbol in enumerate(SYMBOLS):
        tick, places = float(ASSUMED[symbol].tick_size), decimals_of(ASSUMED[symbol].tick_size)
        assert np.allclose(books.ask[:, place] - books.bid[:, place], tick)
        assert all(bid == round(bid, places) for bid in books.bid[:, place].tolist())
        assert (books.bid_qty[:, place] >= float(ASSUMED[symbol].step_size)).all()
    prints = prints_of(SYMBOLS, books, minutes=minutes, overlay=overlay, chance=chance)
    before = np.maximum(prints.instant - 1, 0)
    touch = np.where(prints.buys, books.ask[before, prints.symbol], books.bid[before, prints.symbol])
    assert (prints.price == touch).all()
    assert (np.diff(prints.instant) >= 0).all()
    assert set(prints.buys.tolist()) == {True, False}


def test_the_last_price_is_unknown_until_something_trades():
    carried = fresh(SYMBOLS)
    minutes = minutes_of(SYMBOLS, carried, seed=1, block=0, first_minute=0)
    chance = path_chance(1, 0)
    overlay = overlay_of("normal", np.arange(BLOCK_MINUTES * 60) * 1.0)
    books = books_of(SYMBOLS, log_path(carried, minutes, steps=60, chance=chance), overlay=overlay, chance=chance)
    prints = prints_of(SYMBOLS, books, minutes=minutes, overlay=overlay, chance=chance)
    lasts = last_prices(prints, books.bid.shape, before=[None] * 5 + [9.0])
    for place in range(5):
        first = int(prints.instant[prints.symbol == place][0])
        assert np.isnan(lasts[:first, place]).all()
        assert not np.isnan(lasts[first:, place]).any()
    assert not np.isnan(lasts[:, 5]).any()
    assert lasts[0, 5] in (9.0, *prints.price[(prints.symbol == 5) & (prints.instant == 0)].tolist())
