"""A wish that nobody has: small, in the symbol seen last, decided by the real pipelines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.pipeline import v5, v6
from executor.records.trading import Approved, Policy
from executor.settings import Limits, Lines
from hedge_assets.shadow.placeholder import STRATEGY, last_seen, placeholder
from tests.hedge_assets.builders import BTC, ETH, SECOND, T0, quote, slice_of

SYMBOLS = (BTC, ETH, "XRPUSDT", "ADAUSDT")


def seen(*quotes):
    return {each.symbol: each for each in quotes}


def test_it_is_an_entry_that_names_itself_and_its_moment():
    found = placeholder(ETH, T0)
    assert (found.symbol, found.side, found.purpose, found.strategy, found.intent_id) == (ETH, "buy", "entry", STRATEGY, f"heartbeat-{T0}")
    assert placeholder(ETH, T0 + 1).intent_id != found.intent_id


@pytest.mark.parametrize("pipeline", [v5, v6])
def test_each_pipeline_can_decide_on_it(pipeline):
    decided = pipeline.PIPELINE.decide(placeholder(BTC, T0), slice_of(), Lines(limits=Limits()), Policy())
    assert isinstance(decided.verdict, Approved)
    assert decided.intent_id == f"heartbeat-{T0}"


def test_it_is_in_the_symbol_that_was_quoted_last():
    assert last_seen(seen(quote(T0, BTC), quote(T0 + SECOND, ETH)), {BTC, ETH}).symbol == ETH


def test_among_equals_it_is_the_first_by_name():
    assert last_seen(seen(quote(T0, ETH), quote(T0, BTC)), {BTC, ETH}).symbol == BTC


@pytest.mark.parametrize("given", [{"bid": 0.0}, {"bid": 50_001.0, "ask": 50_000.0}, {"bid": -1.0}])
def test_a_quote_without_two_sides_is_passed_over(given):
    assert last_seen(seen(quote(T0 + SECOND, ETH, **given), quote(T0, BTC)), {BTC, ETH}).symbol == BTC
    assert last_seen(seen(quote(T0, ETH, **given)), {ETH}) is None


def test_a_symbol_that_may_not_be_traded_is_passed_over():
    assert last_seen(seen(quote(T0 + SECOND, ETH), quote(T0, BTC)), {BTC}).symbol == BTC
    assert last_seen(seen(quote(T0, ETH)), ()) is None
    assert last_seen({}, {BTC}) is None


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4), st.permutations(SYMBOLS))
def test_the_order_in_which_symbols_came_changes_nothing(ages, order):
    quotes = {symbol: quote(T0 - age * SECOND, symbol) for symbol, age in zip(SYMBOLS, ages, strict=True)}
    found = last_seen({symbol: quotes[symbol] for symbol in order}, SYMBOLS)
    assert found == last_seen(quotes, SYMBOLS)
    assert found.ts_us == max(each.ts_us for each in quotes.values())
