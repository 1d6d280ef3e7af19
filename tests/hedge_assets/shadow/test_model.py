"""The model beside the account: which decisions drifted, who was filled, and by how much the model flatters."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.courses import Course
from hedge_assets.shadow.model import Model
from hedge_assets.shadow.money import Money, Settled, units
from tests.hedge_assets.builders import decision, plan, vetoed

PRICES = st.integers(4_900_000, 5_100_000).map(lambda cents: str(Decimal(cents) / 100))


def course(
    price: str | None = "50000", *, qty: str = "0.1", net: str | None = None, side: str = "buy", fee: str = "1", mid=50_000.0
) -> Course:
    made = {
        "intent_id": "i1",
        "symbol": "BTCUSDT",
        "side": side,
        "purpose": "entry",
        "decided_us": 0,
        "qty": Decimal("0.1"),
        "mid": mid,
    }
    if price is None:
        return Course(**made)
    filled = {"filled_qty": Decimal(qty), "cost_usd": Decimal(price) * Decimal(qty), "fees_usd": Decimal(fee)}
    return Course(**made, **filled, net=None if net is None else Decimal(net))


def settled(real, model, *, live=None, shadow=None, is_real=True) -> Settled:
    return Settled(intent_id="i1", decided_us=0, live=live, shadow=shadow, real=real, model=model, is_real=is_real)


def compared(*pairs) -> Model:
    model = Model()
    for real, own in pairs:
        model.settle(settled(real, own))
    return model


@pytest.mark.parametrize(("side", "flattery_bps"), [("buy", 2.0), ("sell", -2.0)])
def test_a_better_price_than_the_accounts_is_flattery(side, flattery_bps):
    model = compared((course("50010", side=side), course("50000", side=side)))
    assert model.flattery_bps.mean == pytest.approx(flattery_bps)
    assert (model.both, model.away_bps.n) == (1, 1)


def test_who_was_filled_is_counted_apart():
    model = compared((course(), course(None)), (course(None), course()), (None, course()), (course(None), None), (None, None))
    assert (model.both, model.only_real, model.only_model) == (0, 1, 2)


def test_the_filled_share_is_compared():
    assert compared((course(qty="0.05"), course())).share_gap.mean == pytest.approx(0.5)


def test_what_the_live_desk_was_not_asked_says_nothing_of_the_model():
    model = Model()
    model.settle(settled(None, course(), is_real=False))
    assert model == Model()


def test_a_decision_made_otherwise_or_not_at_all_is_drift():
    model = Model()
    for own in (decision(), decision(verdict=vetoed()), None):
        model.decision(decision(), own)
    assert (model.decisions, model.drifted) == (3, 2)


def test_money_is_counted_in_hundred_millionths():
    assert units(course(net="1.23456789")) == 123_456_789
    assert units(course()) == units(None) == 0


def test_the_error_of_money_is_the_models_and_not_the_shadows():
    money = Money()
    one = settled(course(net="4"), course(net="5"), live=course(net="5"), shadow=course(net="9"))
    money.add(one, whole=True)
    money.add(settled(None, None, shadow=course(net="1"), is_real=False), whole=False)
    assert (money.n, money.live, money.shadow, money.draws.total) == (2, 5 * 10**8, 10 * 10**8, 5 * 10**8)
    assert (money.checked, money.real, money.modelled, money.error.mean, money.hours.n) == (1, 4 * 10**8, 5 * 10**8, 1.0, 1)
    assert (one.error, one.is_money) == (10**8, True)
    assert not settled(course(None), None).is_money


@pytest.mark.parametrize(
    ("journaled", "own", "drifted"),
    [
        (decision(), decision(qty=0.1 + 1e-12), 0),
        (decision(), decision(qty=0.2), 1),
        (decision(), decision(plan=plan(style="taker")), 1),
        (decision(verdict=vetoed("cooldown")), decision(verdict=vetoed("burst")), 1),
        (decision(verdict=vetoed("cooldown", "5 s")), decision(verdict=vetoed("cooldown", "6 s")), 0),
    ],
)
def test_another_rule_size_or_route_is_drift_and_rounding_or_wording_is_not(journaled, own, drifted):
    model = Model()
    model.decision(journaled, own)
    assert model.drifted == drifted


@pytest.mark.parametrize(
    ("real", "own", "counts"),
    [
        (course(), course(), (1, 0, 0)),
        (course(), course(qty="0"), (0, 1, 0)),
        (course(), None, (0, 1, 0)),
        (course(qty="0"), course(qty="0"), (0, 0, 0)),
    ],
)
def test_what_both_filled_is_neithers_alone(real, own, counts):
    model = compared((real, own))
    assert (model.both, model.only_real, model.only_model) == counts


@given(PRICES, PRICES, st.sampled_from(["buy", "sell"]))
def test_swapping_account_and_model_turns_the_flattery(real, own, side):
    there, back = compared((course(real, side=side), course(own, side=side))), compared((course(own, side=side), course(real, side=side)))
    assert there.flattery_bps.mean == -back.flattery_bps.mean
    assert there.fee_bps.mean == -back.fee_bps.mean
    assert there.away_bps == back.away_bps


@given(PRICES)
def test_a_model_that_is_the_account_is_wrong_by_exactly_nothing(price):
    model = compared((course(price), course(price)))
    assert (model.flattery_bps.mean, model.fee_bps.mean, model.share_gap.mean, model.away_bps.zeros) == (0.0, 0.0, 0.0, 1)


def test_fees_are_the_models_less_the_accounts():
    assert compared((course(fee="1"), course(fee="2", qty="0.05"))).fee_bps.mean == pytest.approx(8.0 - 2.0)


def test_without_a_mid_nothing_is_said_of_prices_and_one_mid_is_enough():
    model = compared((course(mid=None), course(mid=None)))
    assert (model.both, model.flattery_bps.n, model.fee_bps.n) == (1, 0, 1)
    assert compared((course(mid=None), course("49990"))).flattery_bps.mean == pytest.approx(2.0)
