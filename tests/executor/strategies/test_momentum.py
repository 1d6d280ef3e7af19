"""Momentum buys a break upward, sells a break downward, once."""

import msgspec
import pytest

from executor.strategies.momentum import STRATEGY, gap_bps
from tests.executor.strategies.builders import make_holding, make_view

FLAT = [100.0] * 60
MOMENTUM = STRATEGY(STRATEGY.Params())


def wishes(closes, **said):
    return list(MOMENTUM.wishes(make_view(closes, **said)))


@pytest.mark.parametrize(("close", "side"), [(102.0, "buy"), (98.0, "sell")])
def test_it_follows_a_break(close, side):
    [wish] = wishes([*FLAT, close])
    assert (wish.side, wish.purpose, wish.qty) == (side, "entry", None)
    assert 0.5 <= wish.strength <= 1.0


def test_it_does_not_ask_again_on_the_next_bar():
    assert wishes([*FLAT, 102.0]) != []
    assert wishes([*FLAT, 102.0, 102.5]) == []


def test_it_asks_once_a_bar():
    assert wishes([*FLAT, 102.0], fresh=False) == []


def test_its_lines_widen_with_volatility_above_their_floors():
    [calm], [wild] = wishes([*FLAT, 102.0], vol_bps=1.0), wishes([*FLAT, 105.0], vol_bps=10.0)
    assert (calm.stop_bps, calm.take_bps) == (20.0, 30.0)
    assert (wild.stop_bps, wild.take_bps) == (60.0, 90.0)


@pytest.mark.parametrize(
    "said", [{"vol_bps": None}, {"vol_bps": 0.0}, {"is_busy": True}, {"holding": make_holding(entry_price=102.0, timeout_s=None)}]
)
def test_it_enters_nothing_without_volatility_or_beside_an_order_or_a_position(said):
    assert wishes([*FLAT, 102.0], **said) == []


def test_it_waits_for_enough_bars():
    assert wishes([100.0] * 29 + [102.0]) == []


def test_it_leaves_its_own_position_and_no_other():
    assert [wish.purpose for wish in wishes(FLAT, late_s=30, holding=make_holding(entry_price=103.0))] == ["exit"]
    assert wishes(FLAT, late_s=30, holding=make_holding(entry_price=103.0, strategy="mean_reversion")) == []


def test_the_gap_is_that_of_two_means():
    assert gap_bps([100.0] * 9, 3) == 0.0
    assert gap_bps([100.0] * 6 + [110.0] * 3, 3) == pytest.approx((110.0 / (930.0 / 9) - 1) * 1e4)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(msgspec.ValidationError, match="speed"):
        msgspec.convert({"speed": 1}, STRATEGY.Params)
