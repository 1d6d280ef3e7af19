"""A position goes at its stop, its target or its time, and by the touch it would meet."""

import math

import msgspec
import pytest

from executor.exits import exit_wish
from executor.strategies.base import Look, View
from tests.executor.strategies.builders import START_US, make_holding, make_quote


def wished(*, mid=100.0, age_s=0.0, busy=frozenset(), half_spread_bps=0.0, **holding):
    look = Look(
        quote=make_quote(mid, half_spread_bps=half_spread_bps),
        bars=(),
        closes=(),
        vol_bps=None,
        holding=make_holding(**holding),
        fresh=False,
    )
    return exit_wish(look, View(ts_us=START_US + round(age_s * 1e6), bar_s=60.0, looks={}, busy=busy))


@pytest.mark.parametrize(
    ("said", "opening"),
    [
        ({"mid": 99.49}, "stop at -51.0 bps, line -50.0"),
        ({"mid": 100.81}, "take_profit at +81.0 bps, line +80.0"),
        ({"age_s": 600.0}, "timeout after 600 s, line 600"),
        ({"mid": 100.51, "qty": -1.0}, "stop at -51.0 bps"),
        ({"mid": 99.19, "qty": -1.0}, "take_profit at +81.0 bps"),
        ({"mid": 99.0, "age_s": 900.0}, "stop"),
    ],
)
def test_each_line_sends_the_position_away(said, opening):
    wish = wished(**said)
    assert wish.reason.startswith(opening)
    assert (wish.purpose, wish.qty, wish.side) == ("exit", 1.0, "sell" if said.get("qty", 1.0) > 0 else "buy")


@pytest.mark.parametrize("said", [{"mid": 99.6}, {"mid": 100.7}, {"age_s": 599.9}, {"mid": 100.4, "qty": -1.0}])
def test_between_its_lines_a_position_stays(said):
    assert wished(**said) is None


@pytest.mark.parametrize("said", [{"mid": 50.0, "stop_bps": None}, {"mid": 200.0, "take_bps": None}, {"age_s": 1e6, "timeout_s": None}])
def test_a_line_that_is_not_there_sends_nothing_away(said):
    assert wished(**said) is None


def test_profit_is_measured_at_the_touch_the_exit_would_meet():
    assert wished(mid=99.55) is None
    assert wished(mid=99.55, half_spread_bps=10.0).reason.startswith("stop")


def test_while_something_is_worked_only_the_stop_is_wished_for():
    busy = frozenset({"BTCUSDT"})
    assert wished(mid=99.0, busy=busy).reason.startswith("stop")
    assert wished(mid=101.0, busy=busy) is None
    assert wished(age_s=900.0, busy=busy) is None


@pytest.mark.parametrize("mid", [0.0, math.nan, math.inf])
def test_a_broken_quote_moves_no_price_line_but_time_still_runs_out(mid):
    assert wished(mid=mid, qty=-1.0) is None
    assert wished(mid=mid, age_s=600.0).reason.startswith("timeout")


def test_nothing_held_is_nothing_to_leave():
    look = Look(quote=make_quote(100.0), bars=(), closes=(), vol_bps=None, holding=None, fresh=False)
    view = View(ts_us=START_US, bar_s=60.0, looks={}, busy=frozenset())
    assert exit_wish(look, view) is None
    assert exit_wish(msgspec.structs.replace(look, holding=make_holding(qty=0.0)), view) is None
