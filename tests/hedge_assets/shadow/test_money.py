"""What two columns earned on the same intents: whole hundred-millionths, mirrored, in any order, with the model's error beside it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.courses import MARKOUTS, Course
from hedge_assets.shadow.money import Costs, Money, Settled, units, usd
from tests.hedge_assets.builders import BTC, HOUR, T0

NETS = st.integers(-(10**12), 10**12)
ROWS = st.lists(st.tuples(NETS, NETS, NETS), max_size=30)


def course(net=None, *, cost="5000", **given) -> Course:
    """One entry of 5,000 USD; `net` in 1e-8 USD, null while its trade is open."""
    named = {"intent_id": "i1", "symbol": BTC, "side": "buy", "purpose": "entry", "decided_us": T0, "qty": Decimal("0.1"), "mid": 50_000.0}
    earned = None if net is None else Decimal(net).scaleb(-8)
    return Course(**{**named, "filled_qty": Decimal("0.1"), "cost_usd": Decimal(cost), "net": earned, **given})


def settled(live, shadow, real=0, *, name="i1", decided_us=T0, is_real=True) -> Settled:
    mine, theirs, account = (course(net) for net in (live, shadow, real))
    return Settled(intent_id=name, decided_us=decided_us, live=mine, shadow=theirs, real=account, model=mine, is_real=is_real)


def summed(rows, *, whole=True) -> Money:
    money = Money()
    for number, (live, shadow, real) in rows:
        money.add(settled(live, shadow, real, name=f"i{number}", decided_us=T0 + number * HOUR), whole=whole)
    return money


@pytest.mark.parametrize(("net", "whole"), [("1.5", 150_000_000), ("-0.00000001", -1), ("0.000000014", 1), ("0.000000016", 2), ("0", 0)])
def test_money_is_counted_in_whole_hundred_millionths(net, whole):
    assert units(course(Decimal(net).scaleb(8))) == whole
    assert usd(whole) == pytest.approx(float(net), abs=1e-8)


def test_nothing_done_and_a_trade_that_is_open_have_earned_nothing():
    assert (units(None), units(course())) == (0, 0)


@given(NETS, NETS)
def test_a_difference_is_exact_and_turns_its_sign_with_the_sides(live, shadow):
    assert settled(live, shadow).diff == shadow - live == -settled(shadow, live).diff


def test_the_models_error_is_what_it_says_the_live_desk_earned_more_and_null_where_that_was_not_asked():
    assert settled(live=500, shadow=0, real=450).error == 50
    assert settled(live=500, shadow=0, real=450, is_real=False).error is None


def test_an_intent_is_one_of_money_when_either_side_traded():
    idle = course(cost="0")
    one = Settled(intent_id="i1", decided_us=T0, live=idle, shadow=course(5), real=course(5), model=idle, is_real=True)
    none = Settled(intent_id="i1", decided_us=T0, live=idle, shadow=None, real=course(5), model=idle, is_real=True)
    assert (one.is_money, none.is_money) == (True, False)


@given(ROWS, st.randoms(use_true_random=False))
def test_sums_are_exact_whatever_the_order(rows, chance):
    mixed = list(enumerate(rows))
    chance.shuffle(mixed)
    money = summed(mixed)
    assert (money.n, money.live, money.shadow) == (len(rows), sum(row[0] for row in rows), sum(row[1] for row in rows))
    assert money.shadow - money.live == money.draws.total == money.hours.total
    assert (money.checked, money.real, money.modelled) == (len(rows), sum(row[2] for row in rows), money.live)


@given(ROWS)
def test_swapped_sides_turn_every_sign(rows):
    there, back = summed(enumerate(rows)), summed(enumerate((shadow, live, real) for live, shadow, real in rows))
    assert (there.draws.total, there.diffs.mean) == (-back.draws.total, -back.diffs.mean)
    for one, two in ((there.draws.bounds(), back.draws.bounds()), (there.hours.bounds(), back.hours.bounds())):
        assert (one is None) == (two is None)
        assert one is None or (one.low, one.high) == (-two.high, -two.low)


def test_identical_sides_have_earned_exactly_the_same():
    money = summed((number, (number * 7, number * 7, 0)) for number in range(20))
    assert (money.draws.total, money.diffs.mean, money.draws.bounds().low, money.draws.bounds().high) == (0, 0.0, 0.0, 0.0)


def test_intents_of_one_hour_are_drawn_together_and_for_the_whole_alone():
    money, part = Money(), Money()
    for number in range(12):
        one = settled(0, 100, name=f"i{number}", decided_us=T0 + number * HOUR // 6)
        money.add(one, whole=True)
        part.add(one, whole=False)
    assert (money.hours.n, len(money.hours.names), len(money.draws.names)) == (12, 2, 10)
    assert (part.hours.n, part.draws.n) == (0, 12)


def test_only_what_the_live_account_was_asked_is_held_against_it():
    money = Money()
    money.add(settled(500, 0, 450), whole=True)
    money.add(settled(900, 0, 0, is_real=False), whole=True)
    assert (money.n, money.checked, money.modelled, money.real) == (2, 1, 500, 450)
    assert (money.error.n, money.error.mean) == (1, pytest.approx(50e-8))
    assert usd(money.live) == pytest.approx(1_400e-8)


def test_costs_are_shadow_less_live_and_what_one_side_does_not_know_is_left_out():
    marks = [[1.0] * MARKOUTS, [5_000.0] * MARKOUTS]
    live = course(slip_usd=1.0, fees_usd=Decimal(2), markout_usd=marks[0], marked_usd=marks[1])
    shadow = course(
        slip_usd=3.0, fees_usd=Decimal(1), markout_usd=[2.0, *[0.0] * (MARKOUTS - 1)], marked_usd=[5_000.0, *[0.0] * (MARKOUTS - 1)]
    )
    costs = Costs()
    costs.add(live, shadow)
    assert (costs.slippage_bps.mean, costs.fee_bps.mean) == (pytest.approx(4.0), pytest.approx(-2.0))
    assert costs.markouts_bps[0].mean == pytest.approx(2.0)
    assert [moments.n for moments in costs.markouts_bps] == [1, 0, 0, 0, 0]
    costs.add(course(mid=None), shadow)
    assert (costs.slippage_bps.n, costs.fee_bps.n) == (1, 2)
