"""Tallies as documents show them: null with a reason where they say nothing, with intervals where they do, mirrored when swapped."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hedge_assets.comparing import blocks
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.moments import Moments
from hedge_assets.shadow.comparison import GroupTally, PairTally, Worth
from hedge_assets.shadow.courses import MARKOUTS, Course
from hedge_assets.shadow.money import Settled
from hedge_assets.shadow.resampling import LEAST
from tests.hedge_assets.builders import BTC, HOUR, T0
from tests.hedge_assets.pairs import answer, pair

NETS = st.integers(-(10**4), 10**4).map(float)
RULES = st.sampled_from([None, None, "cooldown", "symbol_cap", "drawdown"])
ANSWERS = st.builds(answer, RULES, notional=st.integers(10, 100_000).map(float), style=st.sampled_from(["maker", "taker"]))


def moments(*values) -> Moments:
    found = Moments()
    for value in values:
        found.add(value)
    return found


def course(net, **given) -> Course:
    named = {"intent_id": "i", "symbol": BTC, "side": "buy", "purpose": "entry", "decided_us": T0, "qty": Decimal("0.1"), "mid": 50_000.0}
    return Course(**{**named, "cost_usd": Decimal(5_000), "filled_qty": Decimal("0.1"), "net": Decimal(str(net)), **given})


def worth(rows, *, is_real=True, whole=True) -> Worth:
    """What intents came to, one an hour; each row is what live, shadow and the account earned."""
    found = Worth()
    for number, (live, shadow, real) in enumerate(rows):
        sides = {"live": course(live), "shadow": course(shadow), "real": course(real), "model": course(live)}
        found.add(Settled(intent_id=f"i{number}", decided_us=T0 + number * HOUR, is_real=is_real, **sides), whole=whole)
    return found


def counted(*pairs) -> GroupTally:
    found = GroupTally()
    for each in pairs:
        found.count(each)
    return found


def test_nothing_is_null_with_a_reason_everywhere():
    shown = blocks.agreement("all", GroupTally(), Worth())
    assert (shown.n, shown.agree_frac, shown.agree_frac_low, shown.identical_frac) == (0, None, None, None)
    assert (shown.reason, shown.sizes.reason, shown.money.reason) == (blocks.NOTHING, blocks.NO_SIZES, blocks.NO_MONEY)
    assert (shown.costs.slippage.reason, shown.costs.fees.reason) == (blocks.NO_FILLS, blocks.NO_FILLS)
    assert [each.reason for each in shown.costs.markouts] == [f"{blocks.NO_FILLS}, with a mid {after} s later" for after in HORIZONS_S]
    assert (shown.money.diff_usd, shown.money.diff_per_intent_usd, shown.money.model_error_usd) == (0.0, None, None)


def test_agreement_has_wilsons_interval():
    shown = blocks.agreement("all", GroupTally(n=10, agreed=9, both_approved=4), Worth())
    exact = stats.binomtest(9, 10).proportion_ci(method="wilson")
    assert (shown.agree_frac, shown.neither, shown.reason) == (0.9, 5, None)
    assert (shown.agree_frac_low, shown.agree_frac_high) == (pytest.approx(exact.low), pytest.approx(exact.high))


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20))
def test_every_pair_is_one_of_four(answers):
    shown = blocks.agreement("all", counted(*(pair(*both, number) for number, both in enumerate(answers, 1))), Worth())
    assert shown.live_only + shown.shadow_only + shown.both_approved + shown.neither == shown.n == len(answers)
    assert shown.agreed == shown.both_approved + shown.neither
    assert shown.sizes.n == shown.both_approved


def test_sizes_are_shadow_over_live_and_exits_have_none():
    shown = blocks.sizes(counted(pair(answer(notional=1_000.0), answer(notional=2_000.0))).sizes)
    assert (shown.n, shown.ratio_mean, shown.diff_usd_mean, shown.larger_frac, shown.smaller_frac) == (
        1,
        pytest.approx(2.0),
        1_000.0,
        1.0,
        0.0,
    )
    assert (shown.ratio_p50, shown.diff_usd_p50, shown.reason) == (pytest.approx(2.0, rel=0.01), pytest.approx(1_000.0, rel=0.01), None)
    assert blocks.sizes(counted(pair(answer(), answer(), purpose="exit")).sizes).reason == blocks.NO_SIZES


def test_a_mean_has_students_interval_from_two_on():
    one, values = blocks.difference(moments(3.0)), [1.0, 4.0, 2.0, -3.0, 8.0, 0.5, 2.5, 1.5]
    assert (one.n, one.mean_bps, one.low_bps, one.high_bps, one.reason) == (1, 3.0, None, None, None)
    shown = blocks.difference(moments(*values))
    exact = stats.t.interval(0.95, len(values) - 1, loc=sum(values) / len(values), scale=stats.sem(values))
    assert (shown.low_bps, shown.high_bps) == (pytest.approx(exact[0], rel=2e-3, abs=2e-3), pytest.approx(exact[1], rel=2e-3))


def test_equal_numbers_have_no_width():
    shown = blocks.difference(moments(*[1.25] * 9))
    assert (shown.mean_bps, shown.low_bps, shown.high_bps) == (1.25, 1.25, 1.25)


def test_costs_are_shown_by_kind_and_horizon():
    marks = {"marked_usd": [5_000.0] * MARKOUTS, "markout_usd": [0.5 * place for place in range(MARKOUTS)]}
    found = Worth()
    sides = {"live": course(0, marked_usd=marks["marked_usd"], markout_usd=[0.0] * MARKOUTS), "shadow": course(0, slip_usd=5.0, **marks)}
    found.add(Settled(intent_id="i", decided_us=T0, real=None, model=None, is_real=False, **sides), whole=True)
    shown = blocks.costs(found.costs)
    assert (shown.slippage.mean_bps, shown.fees.mean_bps) == (pytest.approx(10.0), 0.0)
    assert [each.mean_bps for each in shown.markouts] == [pytest.approx(float(place)) for place in range(MARKOUTS)]


@pytest.mark.parametrize(("n", "reason"), [(0, blocks.NO_MONEY), (1, blocks.FEW_MONEY), (LEAST - 1, blocks.FEW_MONEY), (LEAST, None)])
def test_money_has_bounds_from_ten_intents_on(n, reason):
    shown = blocks.money(worth([(1, 3, 1)] * n).money)
    assert (shown.n, shown.diff_usd, shown.reason) == (n, 2.0 * n, reason)
    assert (shown.diff_low_usd is None) == (reason is not None) == (shown.hour_high_usd is None)
    assert shown.diff_per_intent_usd == (2.0 if n else None)


def test_a_group_has_no_bounds_by_hours_and_an_unchecked_one_no_error():
    shown = blocks.money(worth([(1, 3, 1)] * LEAST, whole=False, is_real=False).money)
    assert (shown.hour_low_usd, shown.hour_high_usd, shown.model_error_usd, shown.checked) == (None, None, None, 0)
    assert shown.diff_low_usd == pytest.approx(2.0 * LEAST)
    assert blocks.money(worth([(1, 3, 0.5)] * 4).money).model_error_usd == pytest.approx(4 * 0.5)


@given(st.lists(st.tuples(NETS, NETS, NETS), max_size=25))
def test_swapped_sides_turn_every_sign_of_money(rows):
    there, back = blocks.money(worth(rows).money), blocks.money(worth([(shadow, live, real) for live, shadow, real in rows]).money)
    assert (there.live_usd, there.shadow_usd, there.diff_usd) == (back.shadow_usd, back.live_usd, -back.diff_usd)
    for low, high in (("diff_low_usd", "diff_high_usd"), ("hour_low_usd", "hour_high_usd")):
        turned = getattr(back, high)
        assert getattr(there, low) == (None if turned is None else -turned)
    assert there.diff_low_usd is None or there.diff_low_usd <= there.diff_high_usd


def test_cells_come_the_most_frequent_first_and_then_by_name():
    shown = blocks.cells({"b > x": 2, "a > x": 2, "approved > drawdown": 5})
    assert [(cell.live, cell.shadow, cell.n) for cell in shown] == [("approved", "drawdown", 5), ("a", "x", 2), ("b", "x", 2)]


def told(*rows) -> PairTally:
    """Pairs in which live approved and the shadow refused by a rule, settled where a net is given."""
    tally = PairTally()
    for number, (rule, net) in enumerate(rows, 1):
        one = pair(answer(), answer(rule, pipeline="v6"), number)
        tally.add(one, whole=True)
        if net is not None:
            sides = {"live": course(net), "shadow": None, "real": course(net - 1), "model": course(net)}
            tally.settle(one, Settled(intent_id=one.intent_id, decided_us=T0, is_real=True, **sides))
    return tally


def test_rules_come_by_the_money_they_moved_and_then_by_what_was_at_stake():
    rows = blocks.rule_rows(told(("cooldown", None), ("drawdown", None), ("drawdown", None), ("symbol_cap", 3.0), ("burst", -4.0)).rules)
    assert [(row.rule, row.diff_usd, row.stake_usd) for row in rows] == [
        ("burst", 4.0, 5_000.0),
        ("symbol_cap", -3.0, 5_000.0),
        ("drawdown", 0.0, 10_000.0),
        ("cooldown", 0.0, 5_000.0),
    ]


def test_what_followed_counts_for_a_rules_place():
    tally = told(("symbol_cap", 3.0), ("drawdown", 4.0))
    tally.rules["symbol_cap"].knock_n, tally.rules["symbol_cap"].knock_diff = 1, -5 * 10**8
    first = blocks.rule_rows(tally.rules)[0]
    assert (first.rule, first.diff_usd, first.knock_n, first.knock_diff_usd) == ("symbol_cap", -3.0, 1, -5.0)


def test_a_cause_has_its_money_the_models_error_and_examples_and_null_where_nothing_is_settled():
    tally = told(("symbol_cap", 3.0), ("tier_cap", None))
    shown = blocks.cause_row("limit", tally.cause("limit"))
    assert (shown.n, shown.settled, shown.diff_usd, shown.model_error_usd) == (2, 1, -3.0, 1.0)
    assert [(each.intent_id, each.diff_usd, each.model_error_usd) for each in shown.worst] == [("i1", -3.0, 1.0), ("i2", None, None)]
    none = blocks.cause_row("route", tally.cause("route"))
    assert (none.n, none.model_error_usd, none.worst) == (0, None, ())
    assert shown.stake_usd == 10_000.0
