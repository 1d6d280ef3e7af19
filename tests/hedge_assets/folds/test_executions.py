"""Fills judged against the mid before, and the mids after."""

import pytest

from executor.records.base import Record
from hedge_assets.folds.executions import Executions
from tests.hedge_assets.builders import (
    BTC,
    DAY,
    SECOND,
    T0,
    ack,
    cancel,
    decision,
    expire,
    fill,
    heartbeat,
    intent,
    quote,
    reject,
    resolved,
    slice_of,
    submit,
    unknown,
)


def folded(*records: Record) -> Executions:
    executions = Executions()
    for record in records:
        executions.take(record)
    return executions


def test_slippage_is_against_the_mid_at_sending_and_positive_when_it_cost():
    (row,) = folded(submit(mid=100.0), fill(price="100.05")).fills
    assert row.slippage_bps == pytest.approx(5.0)
    (row,) = folded(submit(mid=100.0, side="sell"), fill(price="100.05", side="sell")).fills
    assert row.slippage_bps == pytest.approx(-5.0)


def test_slippage_is_null_without_an_arrival_mid():
    assert folded(submit(mid=None), fill()).fills[0].slippage_bps is None
    assert folded(fill(client_id="external")).fills[0].slippage_bps is None


def test_the_decision_s_mid_and_the_strategy_come_along():
    (row,) = folded(intent(), decision(slice=slice_of(bid=99.0, ask=101.0)), submit(), fill()).fills
    assert (row.mid_decision, row.strategy, row.intent_id) == (100.0, "momentum", "i1")


def test_a_markout_is_the_newest_mid_at_or_before_its_moment_and_waits_for_that_moment_to_pass():
    executions = folded(
        submit(),
        fill(price="100"),
        quote(T0 + SECOND // 2, mid=100.5),
        quote(T0 + SECOND, mid=101.0),
    )
    assert executions.fills[0].markouts_bps[0] is None
    executions.take(quote(T0 + SECOND + 1, mid=150.0))
    assert executions.fills[0].markouts_bps[0] == pytest.approx(100.0)


def test_a_sale_s_markout_is_good_when_the_price_falls():
    executions = folded(submit(side="sell"), fill(price="100", side="sell"), quote(T0 + SECOND, mid=99.0), heartbeat(T0 + SECOND + 1))
    assert executions.fills[0].markouts_bps[0] == pytest.approx(100.0)


def test_a_mid_older_than_half_the_horizon_is_no_markout():
    executions = folded(
        submit(), fill(price="100"), quote(T0 + 10 * SECOND, mid=101.0), quote(T0 + 26 * SECOND, mid=102.0), quote(T0 + 301 * SECOND)
    )
    one, five, thirty, sixty, long = executions.fills[0].markouts_bps
    assert one is None
    assert five is None
    assert thirty == pytest.approx(200.0)
    assert sixty is None
    assert long is None
    assert executions.pending == {}


def test_a_heartbeat_matures_markouts_where_no_quote_comes():
    executions = folded(submit(), fill(price="100"), quote(T0 + SECOND, mid=101.0), heartbeat(T0 + 10 * SECOND))
    assert executions.fills[0].markouts_bps[0] == pytest.approx(100.0)
    assert len(executions.pending[BTC]) == 3


def test_latencies_are_from_sending():
    (row,) = folded(submit(), ack(T0 + 12_500), fill(T0 + 20_000)).fills
    assert (row.ack_ms, row.fill_ms) == (12.5, 20.0)


@pytest.mark.parametrize(
    ("records", "outcome", "code"),
    [
        ([reject(T0 + 1)], "rejected", "would_take"),
        ([ack(T0 + 1), cancel(T0 + 2)], "canceled", "patience"),
        ([ack(T0 + 1), expire(T0 + 2)], "expired", "no liquidity"),
        ([ack(T0 + 1), fill(T0 + 2)], "filled", ""),
        ([unknown(T0 + 1), resolved(T0 + 2, fate="dead")], "rejected", "dead"),
        ([unknown(T0 + 1), resolved(T0 + 2, fate="canceled")], "canceled", "canceled"),
    ],
)
def test_what_became_of_an_order(records: list[Record], outcome: str, code: str):
    executions = folded(submit(), *records)
    (order,) = executions.orders
    assert (order.outcome, order.code) == (outcome, code)
    assert executions.live_orders == {}


@pytest.mark.parametrize(
    ("records", "outcome"),
    [
        ([], "sent"),
        ([ack()], "open"),
        ([ack(), cancel(outcome="asked")], "open"),
        ([unknown()], "unknown"),
        ([unknown(), resolved(fate="open")], "open"),
    ],
)
def test_an_order_that_is_not_over_is_live(records: list[Record], outcome: str):
    executions = folded(submit(), *records)
    assert executions.live_orders["c1"].outcome == outcome
    assert executions.orders == []


def test_a_fill_after_a_cancel_still_finds_its_order():
    executions = folded(submit(mid=100.0), ack(), cancel(T0 + 1), fill(T0 + 2, price="100.1", qty="0.04"))
    assert executions.fills[0].slippage_bps == pytest.approx(10.0)
    assert executions.orders[0].filled_qty == 0.04


def test_a_fee_in_a_coin_is_valued_at_its_mid_or_left_null():
    coin = fill(fee="0.01", fee_asset="BNB")
    assert folded(coin).fills[0].fee_usd is None
    assert folded(quote(symbol="BNBUSDT", mid=600.0), coin).fills[0].fee_usd == pytest.approx(6.0)


def test_rows_older_than_a_week_go_and_numbers_stay():
    executions = folded(submit(), fill(), submit(T0 + 8 * DAY, "c2"), fill(T0 + 8 * DAY, "c2", price="100"))
    assert (len(executions.fills), executions.first_fill, executions.fills_total) == (1, 1, 2)
    assert (len(executions.orders), executions.first_order) == (1, 1)
    executions.take(quote(T0 + 8 * DAY + SECOND, mid=101.0))
    executions.take(heartbeat(T0 + 8 * DAY + 2 * SECOND))
    assert executions.fills[0].markouts_bps[0] == pytest.approx(100.0)
