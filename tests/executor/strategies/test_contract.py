"""What holds for every file in the strategies folder."""

from itertools import pairwise
from math import sin

import duckdb
import msgspec
import pytest

from executor import plugins, strategies
from executor.strategies.base import Bar
from tests.executor.strategies.builders import make_bars, replayed

NAMES = plugins.names_in(strategies)
every_strategy = pytest.mark.parametrize("name", NAMES)


def built(name):
    part = plugins.load(strategies, name, "STRATEGY")
    return part(msgspec.convert({}, part.Params))


def made() -> list[Bar]:
    """Two days of trends, turns and jolts."""
    closes = [100 + 2 * sin(n / 90) + 0.6 * sin(n / 7) + (1.5 if n % 211 == 0 else 0) for n in range(2880)]
    return list(make_bars(closes))


def recorded(shared) -> list[Bar]:
    """Four real days of one symbol."""
    path = shared / "data" / "klines_1m" / "ETHUSDT_1m_2025-05.parquet"
    query = "select ts_ms * 1000, open, high, low, close from read_parquet(?) order by ts_ms limit 5760"
    return [Bar(*row) for row in duckdb.execute(query, [str(path)]).fetchall()]


def assert_lawful(name, bars):
    """Two replays wish the same, entry and exit alternate, an exit closes what is held, an entry carries its way out."""
    wishes = list(replayed(built(name), name, bars))
    assert wishes == list(replayed(built(name), name, bars))
    assert wishes
    assert {before.purpose for _, before in wishes} == {"entry", "exit"}
    for (_, before), (_, after) in pairwise(wishes):
        assert (before.purpose, after.purpose) in {("entry", "exit"), ("exit", "entry")}
        if after.purpose == "exit":
            assert (after.side != before.side, after.qty) == (True, 1.0)
        else:
            assert min(after.stop_bps, after.take_bps, after.timeout_s) > 0
            assert 0 < after.strength <= 1
    return wishes


@every_strategy
def test_replayed_twice_over_a_made_market_it_wishes_the_same(name):
    assert_lawful(name, made())


@every_strategy
def test_replayed_twice_over_real_bars_it_wishes_the_same_at_a_sober_pace(name, shared):
    wishes = assert_lawful(name, recorded(shared))
    entries_a_day = sum(wish.purpose == "entry" for _, wish in wishes) / 4
    assert 1 <= entries_a_day <= 30


@every_strategy
def test_it_takes_profit_stops_and_times_out_on_real_bars(name, shared):
    ends = {wish.reason.split()[0] for _, wish in replayed(built(name), name, recorded(shared)) if wish.purpose == "exit"}
    assert ends == {"stop", "take_profit", "timeout"}


@every_strategy
def test_every_parameter_has_a_default_and_an_unknown_one_is_refused(name):
    part = plugins.load(strategies, name, "STRATEGY")
    with pytest.raises(msgspec.ValidationError, match="no_such_parameter"):
        msgspec.convert({"no_such_parameter": 1}, part.Params)
