"""What working orders has cost, by the way they went."""

import pytest

from hedge_assets.advice.routing_evidence import evidence_of, path, saving, worked
from tests.hedge_assets.builders import BTC, ETH, T0
from tests.hedge_assets.fills import executions_of, filled, order


def test_an_intents_fills_are_weighted_by_notional_and_pay_their_fees():
    rows = [filled(1, cost_bps=0.0, fee_usd=0.1), filled(1, cost_bps=10.0, fee_usd=0.2, step="fallback", client_id="c2")]
    (one,) = worked(rows, [order(1)])
    assert (one.quoted, one.fell_back, one.fills) == (True, True, 2)
    assert one.slippage_bps == pytest.approx(5.0, abs=0.01)
    assert one.cost_bps == pytest.approx(6.5, abs=0.01)


def test_a_sale_below_the_mid_is_a_cost():
    (one,) = worked([filled(side="sell", price=99.9, step="taker")], [])
    assert one.cost_bps == pytest.approx(10.0, rel=1e-2)
    assert not one.quoted


def test_waiting_is_paid_for_against_the_mid_of_the_decision():
    (one,) = worked([filled(cost_bps=10.0, mid_arrival=100.1, slippage_bps=0.0, step="fallback")], [order(1)])
    assert one.cost_bps == pytest.approx(10.0, rel=1e-2)


def test_unknown_mids_and_fees_are_no_zero():
    (no_mid,) = worked([filled(mid_arrival=None, mid_decision=None)], [])
    (no_fee,) = worked([filled(fee_usd=None)], [])
    assert no_mid.cost_bps is None
    assert no_fee.cost_bps is None
    assert path([no_mid]).reason == "no mid or fee is known"
    assert path([]).reason == "none was filled this way"


def test_only_the_symbol_and_the_window_count():
    rows = [filled(1), filled(2, symbol=ETH), filled(3, ts_us=T0 - 1)]
    assert evidence_of(executions_of(rows), BTC, T0).n == 1


def test_shares_of_nothing_are_null():
    evidence = evidence_of(executions_of([filled(step="taker")]), BTC, T0)
    assert (evidence.fallback_frac, evidence.reject_frac, evidence.maker_markout_bps) == (None, None, None)
    assert (evidence.post_only_orders, evidence.maker_markouts) == (0, 0)


def test_refused_quotes_are_counted_among_post_only_orders():
    orders = [order(1), order(2, outcome="rejected"), order(3, step="taker", outcome="rejected")]
    evidence = evidence_of(executions_of([filled(1)], orders), BTC, T0)
    assert (evidence.reject_frac, evidence.post_only_orders) == (0.5, 2)


def test_a_saving_has_an_interval_that_mirrors():
    dear = path(worked([filled(n, cost_bps=5.0 + n % 3) for n in range(1, 31)], []))
    cheap = path(worked([filled(n, cost_bps=1.0 + n % 2) for n in range(1, 31)], []))
    there, back = saving(dear, cheap), saving(cheap, dear)
    assert there[0] == pytest.approx(-back[0])
    assert there[1].low == pytest.approx(-back[1].high)
    assert there[1].low < there[0] < there[1].high
    assert saving(dear, path([])) is None
