"""Sums become numbers in a file, or null."""

import pytest

from hedge_assets.advice.router_figures import routing, share
from hedge_assets.folds.execution_tally import ExecutionTally
from hedge_assets.settings import Telemetry
from tests.hedge_assets.fills import filled, order, worked

NUMBERLESS = ("fee_bps", "maker_frac", "fallback_frac", "reject_frac", "fill_frac", "slippage_bps_mean", "quality", "regime")


def test_nothing_is_null_and_no_zero():
    row = routing("all", ExecutionTally(), (), telemetry=Telemetry())
    assert [getattr(row, name) for name in NUMBERLESS] == [None] * len(NUMBERLESS)
    assert (row.shortfall.cost_bps, row.shortfall.mean_bps, row.ack_ms.p50, row.ack_ms.mean) == (None, None, None, None)
    assert (row.spreads.effective.mean_bps, row.fallback.cost_bps) == (None, None)
    assert [each.n for each in row.markouts] == [0] * 5


def test_open_orders_are_orders_and_unknown_ones_are_told_apart():
    live = [order(1, outcome="sent"), order(2, outcome="open"), order(3, outcome="unknown")]
    row = routing("BTCUSDT", ExecutionTally(), live, telemetry=Telemetry())
    assert (row.orders, row.open_orders, row.unknown_orders, row.reject_frac) == (3, 2, 1, None)


def test_the_shortfall_s_parts_are_weighted_by_what_was_decided_and_add_up():
    tally = ExecutionTally()
    tally.intents.add(worked([filled(1, cost_bps=10.0, qty=30.0, notional_usd=3003.0, fee_usd=3.0)]))
    tally.intents.add(worked([filled(2, cost_bps=-10.0, fee_usd=1.0)]))
    short = routing("all", tally, (), telemetry=Telemetry()).shortfall
    assert (short.judged, short.decided_usd, short.explicit_bps) == (2, pytest.approx(4000.0), pytest.approx(10.0))
    assert (short.impact_bps, short.mean_bps, short.low_bps) == (pytest.approx(5.0), pytest.approx(10.0), None)
    assert short.cost_bps == short.explicit_bps + short.delay_bps + short.impact_bps + short.opportunity_bps


def test_a_share_is_at_most_all_and_null_of_nothing():
    assert (share(1.0, 4.0), share(1.0 + 1e-16, 1.0), share(1.0, 0.0)) == (0.25, 1.0, None)
