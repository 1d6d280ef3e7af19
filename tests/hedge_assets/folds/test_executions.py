"""Orders and fills judged against the mid before, and the mids after; what is open and what is over."""

import pytest

from executor.records.base import Record
from hedge_assets.folds.execution_rows import FillRow
from hedge_assets.folds.execution_tally import ExecutionTally
from hedge_assets.folds.executions import Executions
from tests.hedge_assets.builders import (
    BTC,
    DAY,
    ETH,
    HOUR,
    SECOND,
    T0,
    ack,
    cancel,
    decision,
    ended,
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
    vetoed,
)


def folded(*records: Record) -> Executions:
    executions = Executions()
    for record in records:
        executions.take(record)
    return executions


def rows(executions: Executions) -> list[FillRow]:
    return [*executions.settled, *executions.unsettled.values()]


def total(executions: Executions, key: str = "all/all") -> ExecutionTally:
    return executions.rolling.since(None, ExecutionTally)[key]


def test_slippage_is_against_the_mid_at_sending_and_positive_when_it_cost():
    (row,) = rows(folded(submit(mid=100.0), fill(price="100.05")))
    assert row.slippage_bps == pytest.approx(5.0)
    (row,) = rows(folded(submit(mid=100.0, side="sell"), fill(price="100.05", side="sell")))
    assert row.slippage_bps == pytest.approx(-5.0)


def test_slippage_is_null_without_an_arrival_mid():
    assert rows(folded(submit(mid=None), fill()))[0].slippage_bps is None
    assert rows(folded(fill(client_id="external")))[0].slippage_bps is None


def test_the_decision_s_mid_and_the_strategy_come_along():
    (row,) = rows(folded(intent(), decision(slice=slice_of(bid=99.0, ask=101.0)), submit(), fill(price="102")))
    assert (row.mid_decision, row.strategy, row.intent_id) == (100.0, "momentum", "i1")
    assert row.decision_bps == pytest.approx(200.0)
    assert row.extra_bps == pytest.approx(100.0)


def test_the_effective_half_spread_is_against_the_quote_before_the_one_that_filled_us():
    (row,) = rows(folded(quote(T0, mid=100.0), submit(), quote(T0 + SECOND, mid=90.0), fill(T0 + SECOND, price="99")))
    assert (row.mid_fill, row.effective_bps) == (100.0, pytest.approx(-100.0))
    assert rows(folded(quote(T0, mid=100.0), submit(), fill(T0 + 61 * SECOND, price="99")))[0].effective_bps is None


def test_a_markout_is_the_newest_mid_at_or_before_its_moment_and_waits_for_that_moment_to_pass():
    executions = folded(
        submit(),
        fill(price="100"),
        quote(T0 + SECOND // 2, mid=100.5),
        quote(T0 + SECOND, mid=101.0),
    )
    assert rows(executions)[0].markouts_bps[0] is None
    executions.take(quote(T0 + SECOND + 1, mid=150.0))
    assert rows(executions)[0].markouts_bps[0] == pytest.approx(100.0)


def test_a_sale_s_markout_is_good_when_the_price_falls():
    executions = folded(submit(side="sell"), fill(price="100", side="sell"), quote(T0 + SECOND, mid=99.0), heartbeat(T0 + SECOND + 1))
    assert rows(executions)[0].markouts_bps[0] == pytest.approx(100.0)


def test_a_mid_older_than_half_the_horizon_is_no_markout_and_after_the_last_a_fill_is_settled():
    executions = folded(
        submit(), fill(price="100"), quote(T0 + 10 * SECOND, mid=101.0), quote(T0 + 26 * SECOND, mid=102.0), quote(T0 + 301 * SECOND)
    )
    assert executions.settled[0].markouts_bps == [None, None, pytest.approx(200.0), None, None]
    assert (executions.pending, executions.unsettled, executions.settled_total) == ({}, {}, 1)
    assert [tally.every.n for tally in total(executions).fills.markouts] == [0, 0, 1, 0, 0]


def test_a_heartbeat_matures_markouts_where_no_quote_comes():
    executions = folded(submit(), fill(price="100"), quote(T0 + SECOND, mid=101.0), heartbeat(T0 + 10 * SECOND))
    assert rows(executions)[0].markouts_bps[0] == pytest.approx(100.0)
    assert len(executions.pending[BTC]) == 3


def test_a_markout_counts_in_the_hour_that_it_falls_due_in():
    late = T0 + HOUR - SECOND // 2
    executions = folded(submit(late), fill(late, price="100"), quote(T0 + HOUR, mid=101.0), heartbeat(T0 + HOUR + SECOND))
    rolling = executions.rolling
    before, after = (sums["all/all"].fills for sums in (rolling.sealed(ExecutionTally).hours[T0 // HOUR], rolling.filling))
    assert (before.n, before.markouts) == (1, [])
    assert (after.n, after.markouts[0].every.n) == (0, 1)
    assert total(executions, "hour/00").fills.markouts[0].every.n == 1


def test_latencies_are_from_sending_and_monotonic_where_the_venue_gives_that():
    (row,) = rows(folded(submit(), ack(T0 + 12_500), fill(T0 + 20_000)))
    assert (row.ack_ms, row.fill_ms) == (12.5, 20.0)
    (row,) = rows(folded(submit(), ack(T0 + 12_500, latency_us=3_000), fill(T0 + 20_000)))
    assert row.ack_ms == 3.0


@pytest.mark.parametrize(
    ("records", "outcome", "code"),
    [
        ([reject(T0 + 1)], "rejected", "would_take"),
        ([ack(T0 + 1), cancel(T0 + 2)], "canceled", "patience"),
        ([ack(T0 + 1), expire(T0 + 2)], "expired", "no liquidity"),
        ([ack(T0 + 1), fill(T0 + 2)], "filled", ""),
        ([unknown(T0 + 1), resolved(T0 + 2, fate="dead")], "dead", "dead"),
        ([unknown(T0 + 1), resolved(T0 + 2, fate="canceled")], "canceled", "canceled"),
    ],
)
def test_what_became_of_an_order(records: list[Record], outcome: str, code: str):
    executions = folded(submit(), *records)
    order = executions.ended_orders["c1"]
    assert (order.outcome, order.code) == (outcome, code)
    assert executions.live_orders == {}
    assert total(executions).orders.outcomes == {outcome: 1}


@pytest.mark.parametrize(
    ("records", "outcome"),
    [
        ([], "sent"),
        ([ack()], "open"),
        ([ack(), cancel(outcome="asked")], "open"),
        ([unknown()], "unknown"),
        ([unknown(), resolved(fate="open")], "open"),
        ([unknown(), resolved(fate="filled")], "unknown"),
    ],
)
def test_an_order_that_is_not_over_is_live(records: list[Record], outcome: str):
    executions = folded(submit(), *records)
    assert executions.live_orders["c1"].outcome == outcome
    assert executions.ended_orders == {}


def test_orders_that_nobody_answered_are_counted_and_a_late_answer_still_counts():
    executions = folded(
        *[submit(T0, name) for name in ("dead", "late", "refused", "known")],
        unknown(T0 + 1, "dead"),
        resolved(T0 + 2, "dead"),
        fill(T0 + 2, "late"),
        reject(T0 + 2, "refused"),
        ack(T0 + 2, "known"),
        cancel(T0 + 3, "known"),
    )
    orders = total(executions).orders
    assert (orders.n, orders.refused, orders.acknowledged, orders.unknowns, orders.unanswered) == (4, 1, 1, 1, 2)
    executions.take(ack(T0 + 4, "late"))
    assert total(executions).orders.unanswered == 1


def test_a_fill_after_a_cancel_still_finds_its_order():
    executions = folded(submit(mid=100.0), ack(), cancel(T0 + 1), fill(T0 + 2, price="100.1", qty="0.04"))
    assert rows(executions)[0].slippage_bps == pytest.approx(10.0)
    assert executions.ended_orders["c1"].filled_qty == 0.04


def test_a_fee_in_a_coin_is_valued_at_its_mid_or_left_null():
    coin = fill(fee="0.01", fee_asset="BNB")
    assert rows(folded(coin))[0].fee_usd is None
    assert rows(folded(quote(symbol="BNBUSDT", mid=600.0), coin))[0].fee_usd == pytest.approx(6.0)


def test_everything_goes_into_all_its_symbol_its_route_and_its_hour():
    executions = folded(
        submit(T0 + HOUR, symbol=ETH, step="reprice"), fill(T0 + HOUR, symbol=ETH), submit(T0, "t", step="taker"), fill(T0, "t")
    )
    counted = {key: tally.fills.n for key, tally in executions.rolling.since(None, ExecutionTally).items()}
    by_route = {"route/maker_first": 1, "route/taker": 1}
    assert counted == {"all/all": 2, "symbol/ETHUSDT": 1, "symbol/BTCUSDT": 1, **by_route, "hour/01": 1, "hour/00": 1}
    assert executions.sums(["symbol/ETHUSDT", "none"], None).keys() == {"symbol/ETHUSDT"}


def test_fills_of_no_order_of_ours_are_in_nothing_but_their_count():
    executions = folded(fill(T0, "liquidation"), quote(T0 + SECOND), heartbeat(T0 + 301 * SECOND))
    assert (total(executions).fills.outside, total(executions).fills.n, executions.settled_total) == (1, 0, 1)
    assert total(executions).fills.markouts == []


def test_vetoed_intents_are_not_worked_and_lost_ones_do_not_stay():
    executions = folded(intent(), decision(verdict=vetoed()), intent(T0, "i2"), decision(T0, "i2"))
    assert (executions.asked, list(executions.working)) == ({}, ["i2"])
    executions.take(heartbeat(T0 + DAY + 1))
    assert (executions.working, executions.lost_intents) == ({}, 1)


def test_more_than_a_thousand_intents_are_not_kept_open():
    executions = folded(*[decision(T0, f"i{n}") for n in range(1_002)])
    assert (len(executions.working), executions.lost_intents, "i1" in executions.working) == (1_000, 2, False)


def test_an_intent_is_over_when_every_fill_that_its_end_speaks_of_was_seen():
    executions = folded(intent(), decision(), submit(), ack(), cancel(T0 + 1, unfilled_qty="0"), ended(T0 + 1))
    assert (list(executions.working), executions.ended_total) == (["i1"], 0)
    executions.take(fill(T0 + 2))
    assert (executions.working, executions.ended_intents[0].ts_us, executions.ended_intents[0].fills) == ({}, T0 + 2, 1)


def test_only_the_newest_rows_are_kept_and_the_sums_hold_all():
    records = [record for n in range(300) for record in (submit(T0 + n, f"c{n}", step="taker"), fill(T0 + n, f"c{n}"))]
    executions = folded(*records, heartbeat(T0 + HOUR))
    assert (len(executions.settled), executions.settled_total, len(executions.ended_orders)) == (256, 300, 64)
    assert total(executions).fills.n == 300


def test_a_stop_kept_at_the_venue_is_seen_and_judges_nobodys_routing():
    stop = submit(T0, "s1", "stop-1", side="sell", price=None, step="stop", post_only=False, reduce_only=True, mid=None)
    executions = folded(quote(), stop, ack(T0 + SECOND, "s1"), quote(T0 + HOUR), fill(T0 + HOUR, "s1", side="sell", position_qty="0"))
    assert executions.rolling.since(None, ExecutionTally) == {}
    (row,) = rows(executions)
    assert (row.step, row.slippage_bps, row.fill_ms) == ("stop", None, None)
    assert (executions.fills_total, executions.orders_total) == (1, 1)
