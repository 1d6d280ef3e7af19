"""How much to stake on an edge that is only estimated."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.allocation import baker_mchale, capped, inverse_volatility, kelly, kelly_notional

POSITIVE = st.floats(1e-6, 1e6)


def test_kelly_agrees_with_the_formula_and_never_bets_against_itself():
    assert kelly(0.55, 1.2, 100).value == pytest.approx(0.55 - 0.45 / 1.2)
    assert kelly(0.4, 1.0, 100).value == 0.0
    assert kelly(0.6, None, 5).value is None


@pytest.mark.parametrize(("n", "factor"), [(10, 0.27), (30, 0.525), (100, 0.79), (1000, 0.97)])
def test_baker_and_mchale_trust_an_edge_as_its_sample_grows(n, factor):
    assert baker_mchale(0.55, 1.2, n).value == pytest.approx(factor, abs=0.005)


def test_no_edge_is_not_trusted():
    assert baker_mchale(0.3, 1.0, 1000).value == 0.0
    assert baker_mchale(0.3, 1.0, 0).value is None


@given(st.dictionaries(st.text("abc", min_size=1), POSITIVE, min_size=1, max_size=8))
def test_inverse_volatility_shares_out_everything_and_the_calmest_gets_most(deviations):
    weights = inverse_volatility(deviations, 1e-9)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights[min(deviations, key=deviations.__getitem__)] == pytest.approx(max(weights.values()))


@given(st.dictionaries(st.text("abc", min_size=1), st.tuples(POSITIVE, st.floats(0, 1)), min_size=1, max_size=8))
def test_no_weight_is_above_its_cap_and_nothing_is_made(rows):
    total = sum(weight for weight, _ in rows.values())
    weights = {name: weight / total for name, (weight, _) in rows.items()}
    caps = {name: cap for name, (_, cap) in rows.items()}
    result = capped(weights, caps)
    assert all(value <= caps[name] + 1e-9 for name, value in result.items())
    assert sum(result.values()) == pytest.approx(min(1.0, sum(caps.values())), abs=1e-6)


@given(st.floats(0.3, 0.8), st.floats(0.5, 3.0), st.floats(0.001, 0.2))
def test_no_other_notional_makes_wealth_grow_faster_than_kellys(win, payoff, loss):
    best = kelly_notional(kelly(win, payoff, 100).value, loss, 100).value

    def growth(notional):
        return win * math.log1p(notional * payoff * loss) + (1 - win) * math.log1p(-notional * loss)

    others = (best * 0.9, best * 1.1, 0.01, 0.5 / loss)
    assert all(growth(best) >= growth(other) - 1e-12 for other in others if other * loss < 1)


def test_without_a_loss_there_is_no_notional():
    assert kelly_notional(0.1, None, 5).value is None
    assert kelly_notional(0.1, 0.0, 5).value is None


def test_volatilities_as_small_as_numbers_get_are_shared_out_as_any():
    assert inverse_volatility({"a": 1e-308, "b": 2e-308}, 0.0) == {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3)}
