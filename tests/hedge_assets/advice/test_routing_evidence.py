"""What working orders has cost, by the way they went."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.routing_evidence import evidence_of, interval_of, path, saving
from hedge_assets.folds.execution_tally import PathTally
from hedge_assets.folds.moments import Moments
from hedge_assets.statistics.stats import student_quantile
from tests.hedge_assets.builders import BTC, ETH, T0
from tests.hedge_assets.fills import executions_of, filled, order


def tally_of(costs: list[float], *, unknown: int = 0) -> PathTally:
    tally = PathTally(n=len(costs) + unknown)
    for cost in costs:
        tally.cost.add(cost)
    return tally


def test_an_intents_fills_are_weighted_by_notional_and_pay_their_fees():
    rows = [filled(1, cost_bps=0.0, fee_usd=0.1), filled(1, cost_bps=10.0, fee_usd=0.2, step="fallback", client_id="c2")]
    evidence = evidence_of(executions_of(rows, [order(1)]), BTC, T0)
    assert (evidence.n, evidence.fills, evidence.fallback_frac) == (1, 2, 1.0)
    assert evidence.slippage_bps == pytest.approx(5.0)
    assert (evidence.quoted.cost_bps, evidence.fallback.cost_bps) == (pytest.approx(6.5), pytest.approx(6.5))
    assert (evidence.kept.n, evidence.taken.n) == (0, 0)


def test_a_sale_below_the_mid_is_a_cost():
    evidence = evidence_of(executions_of([filled(side="sell", price=99.9, step="taker")]), BTC, T0)
    assert (evidence.taken.n, evidence.taken.cost_bps) == (1, pytest.approx(10.0))
    assert evidence.quoted.reason == "none went this way"


def test_waiting_is_paid_for_against_the_mid_of_the_decision():
    rows = [filled(cost_bps=10.0, mid_arrival=100.1, slippage_bps=0.0, step="fallback")]
    assert evidence_of(executions_of(rows, [order(1)]), BTC, T0).fallback.cost_bps == pytest.approx(10.0)


def test_unknown_mids_and_fees_are_no_zero():
    evidence = evidence_of(executions_of([filled(1, mid_arrival=None, mid_decision=None), filled(2, fee_usd=None)]), BTC, T0)
    assert (evidence.n, evidence.quoted.n, evidence.quoted.cost_bps) == (2, 0, None)
    assert evidence.quoted.reason == "no mid or fee is known"


def test_only_the_symbol_and_the_window_count():
    rows = [filled(1), filled(2, symbol=ETH), filled(3, ts_us=T0 - 1)]
    executions = executions_of(rows)
    assert evidence_of(executions, BTC, T0).n == 1
    assert evidence_of(executions, BTC, None).n == 2


def test_shares_of_nothing_are_null():
    evidence = evidence_of(executions_of([filled(step="taker")]), BTC, T0)
    assert (evidence.fallback_frac, evidence.reject_frac, evidence.maker_markout_bps) == (None, None, None)
    assert (evidence.post_only_orders, evidence.maker_markouts) == (0, 0)


def test_refused_quotes_are_counted_among_post_only_orders():
    orders = [order(1), order(2, outcome="rejected"), order(3, step="taker", outcome="rejected")]
    evidence = evidence_of(executions_of([filled(1)], orders), BTC, T0)
    assert (evidence.reject_frac, evidence.post_only_orders) == (0.5, 2)


def half_width(values):
    return student_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))


def test_a_minute_after_maker_fills():
    rows = [filled(n, markouts_bps=[None, None, None, float(n), None]) for n in (1, 2, 3)]
    rows.append(filled(4, step="taker", markouts_bps=[None, None, None, 99.0, None]))
    evidence = evidence_of(executions_of(rows), BTC, T0)
    assert (evidence.maker_markouts, evidence.maker_markout_bps) == (3, pytest.approx(2.0))
    assert evidence.maker_markout_high_bps == pytest.approx(2.0 + half_width([1.0, 2.0, 3.0]))


@given(st.lists(st.floats(-100, 100), max_size=20))
def test_the_interval_from_moments_is_that_from_the_values(values: list[float]):
    moments = Moments()
    for value in values:
        moments.add(value)
    found = interval_of(moments)
    assert (found is None) == (len(values) < 3)
    if found is not None:
        centre, half = statistics.fmean(values), half_width(values)
        assert (found.low, found.high) == (pytest.approx(centre - half, abs=1e-6), pytest.approx(centre + half, abs=1e-6))


def test_a_saving_has_an_interval_that_mirrors():
    dear = path(tally_of([5.0 + n % 3 for n in range(30)]))
    cheap = path(tally_of([1.0 + n % 2 for n in range(30)], unknown=2))
    there, back = saving(dear, cheap), saving(cheap, dear)
    assert there[0] == pytest.approx(-back[0])
    assert there[1].low == pytest.approx(-back[1].high)
    assert there[1].low < there[0] < there[1].high
    assert saving(dear, path(tally_of([1.0, 2.0]))) is None
    assert path(tally_of([1.0, 2.0])).reason == "an interval needs 3, has 2"
