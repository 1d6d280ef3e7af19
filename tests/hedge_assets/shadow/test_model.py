"""The live pipeline's column beside the live account: drift of decisions, who filled, and by how much the model flatters."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.courses import Course
from hedge_assets.shadow.model import Model
from hedge_assets.shadow.money import Settled
from tests.hedge_assets.builders import BTC, T0, decision, plan, vetoed

PRICES = st.integers(4_900_000, 5_100_000).map(lambda cents: Decimal(cents) / 100)
NO = {"plan": None, "qty": None, "notional_usd": None}


def course(price="50000", *, filled="0.1", side="buy", fee="1", mid=50_000.0) -> Course:
    """An entry of 0.1 at a price, with its fee."""
    qty = Decimal(filled)
    named = {"intent_id": "i1", "symbol": BTC, "purpose": "entry", "decided_us": T0, "qty": Decimal("0.1")}
    return Course(**named, side=side, mid=mid, filled_qty=qty, cost_usd=Decimal(price) * qty, fees_usd=Decimal(fee))


def beside(real, model, *, is_real=True) -> Model:
    found = Model()
    found.settle(Settled(intent_id="i1", decided_us=T0, live=model, shadow=None, real=real, model=model, is_real=is_real))
    return found


@pytest.mark.parametrize(
    ("journaled", "own", "drifted"),
    [
        (decision(), decision(), 0),
        (decision(), decision(qty=0.1 + 1e-12), 0),
        (decision(), decision(qty=0.2), 1),
        (decision(), decision(plan=plan(style="taker")), 1),
        (decision(), decision(verdict=vetoed()), 1),
        (decision(verdict=vetoed("cooldown")), decision(verdict=vetoed("burst")), 1),
        (decision(verdict=vetoed("cooldown", "5 s")), decision(verdict=vetoed("cooldown", "6 s")), 0),
        (decision(), None, 1),
    ],
)
def test_another_verdict_rule_size_or_route_is_drift(journaled, own, drifted):
    model = Model()
    model.decision(journaled, own)
    assert (model.decisions, model.drifted) == (1, drifted)


@pytest.mark.parametrize(
    ("real", "model", "counts"),
    [
        (course(), course(), (1, 0, 0)),
        (course(), course(filled="0"), (0, 1, 0)),
        (course(), None, (0, 1, 0)),
        (course(filled="0"), course(), (0, 0, 1)),
        (None, course(), (0, 0, 1)),
        (course(filled="0"), course(filled="0"), (0, 0, 0)),
        (None, None, (0, 0, 0)),
    ],
)
def test_each_settled_intent_is_filled_by_both_by_one_or_by_none(real, model, counts):
    found = beside(real, model)
    assert (found.both, found.only_real, found.only_model) == counts


def test_what_the_live_desk_did_not_ask_says_nothing_of_the_model():
    assert beside(course(), course("49990"), is_real=False) == Model()


@pytest.mark.parametrize(("side", "flattery_bps"), [("buy", 2.0), ("sell", -2.0)])
def test_a_model_that_buys_cheaper_flatters_and_one_that_sells_cheaper_does_not(side, flattery_bps):
    found = beside(course("50000", side=side), course("49990", side=side))
    assert found.flattery_bps.mean == pytest.approx(flattery_bps)
    assert found.away_bps.quantile(0.5) == pytest.approx(2.0, rel=0.01)


@given(PRICES, PRICES, st.sampled_from(["buy", "sell"]))
def test_swapping_account_and_model_turns_the_flattery(real, model, side):
    there = beside(course(real, side=side), course(model, side=side))
    back = beside(course(model, side=side), course(real, side=side))
    assert there.flattery_bps.mean == -back.flattery_bps.mean
    assert there.fee_bps.mean == -back.fee_bps.mean
    assert there.away_bps == back.away_bps


@given(PRICES)
def test_a_model_that_is_the_account_is_wrong_by_exactly_nothing(price):
    found = beside(course(price), course(price))
    assert (found.flattery_bps.mean, found.fee_bps.mean, found.share_gap.mean, found.away_bps.zeros) == (0.0, 0.0, 0.0, 1)


def test_fees_and_filled_shares_are_the_models_less_the_accounts():
    found = beside(course(fee="1"), course(fee="2", filled="0.05"))
    assert found.fee_bps.mean == pytest.approx(8.0 - 2.0)
    assert found.share_gap.mean == pytest.approx(-0.5)


def test_without_a_mid_nothing_is_said_of_prices():
    found = beside(course(mid=None), course(mid=None))
    assert (found.both, found.flattery_bps.n, found.fee_bps.n) == (1, 0, 1)
    assert beside(course(mid=None), course("49990")).flattery_bps.mean == pytest.approx(2.0)
