"""Mean reversion leans against a stretch, once."""

import msgspec
import pytest

from executor.strategies.mean_reversion import STRATEGY, stretch
from tests.executor.strategies.builders import make_holding, make_view

CALM = [100.0 + 0.01 * (-1) ** n for n in range(60)]
REVERSION = STRATEGY(STRATEGY.Params())


def wishes(closes, **said):
    return list(REVERSION.wishes(make_view(closes, **said)))


@pytest.mark.parametrize(("close", "side"), [(100.5, "sell"), (99.5, "buy")])
def test_it_leans_against_a_stretch(close, side):
    [wish] = wishes([*CALM, close])
    assert (wish.side, wish.purpose, wish.qty) == (side, "entry", None)
    assert 0.5 <= wish.strength <= 1.0


def test_it_asks_once_for_a_stretch_that_lasts():
    assert wishes([*CALM, 100.2]) != []
    assert wishes([*CALM, 100.2, 100.5]) == []


def test_it_asks_once_a_bar():
    assert wishes([*CALM, 100.5], fresh=False) == []


def test_its_lines_widen_with_volatility_above_their_floors():
    [calm], [wild] = wishes([*CALM, 100.5], vol_bps=1.0), wishes([*CALM, 100.5], vol_bps=10.0)
    assert (calm.stop_bps, calm.take_bps) == (25.0, 20.0)
    assert (wild.stop_bps, wild.take_bps) == (70.0, 40.0)


@pytest.mark.parametrize(
    "said",
    [
        {"vol_bps": None},
        {"vol_bps": 0.0},
        {"is_busy": True},
        {"holding": make_holding(strategy="mean_reversion", entry_price=100.5, timeout_s=None)},
    ],
)
def test_it_enters_nothing_without_volatility_or_beside_an_order_or_a_position(said):
    assert wishes([*CALM, 100.5], **said) == []


def test_it_waits_for_enough_bars():
    assert wishes([*CALM[:44], 100.5]) == []


def test_it_leaves_its_own_position_and_no_other():
    own = make_holding(entry_price=103.0, strategy="mean_reversion")
    assert [wish.purpose for wish in wishes(CALM, late_s=30, holding=own)] == ["exit"]
    assert wishes(CALM, late_s=30, holding=make_holding(entry_price=103.0)) == []


def test_a_market_that_never_moved_is_not_stretched():
    assert stretch([100.0] * 10) is None
    assert wishes([100.0] * 60) == []


def test_the_stretch_is_in_standard_deviations():
    assert stretch([1.0, 1.0, 1.0, 5.0]) == pytest.approx(3**0.5)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(msgspec.ValidationError, match="bars_mean"):
        msgspec.convert({"bars_mean": 1}, STRATEGY.Params)
