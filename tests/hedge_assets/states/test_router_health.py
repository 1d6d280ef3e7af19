"""Execution quality, measured and graded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import Record
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.refreshing.facts import Facts
from hedge_assets.settings import Telemetry
from hedge_assets.states.router_health import STATE, RouterHealth, router_health
from tests.hedge_assets.builders import (
    DAY,
    ETH,
    MINUTE,
    SECOND,
    T0,
    account,
    ack,
    cancel,
    decision,
    ended,
    fill,
    heartbeat,
    quote,
    reject,
    slice_of,
    submit,
    unknown,
)
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import END, facts_of, story


def build(facts: Facts, now_us: int = T0 + DAY, **telemetry) -> RouterHealth:
    return router_health(facts.executions, facts.account, now_us=now_us, telemetry=Telemetry(**telemetry))


def of(*records: Record, now_us: int = T0 + DAY, **telemetry) -> RouterHealth:
    return build(facts_of(records), now_us, **telemetry)


def broken(document: RouterHealth) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def filled(n: int, *, cost_bps: float = 0.0, step: str = "maker", **given) -> list[Record]:
    """One intent decided and sent at mid 100, filled at a cost; a fallback is the end of one that quoted in vain."""
    at, liquidity = T0 + n * MINUTE, "maker" if step in ("maker", "reprice") else "taker"
    tried = [submit(at, f"q{n}", f"i{n}", mid=100.0), cancel(at, f"q{n}")] if step == "fallback" else []
    return [
        decision(at, f"i{n}", slice=slice_of(at, bid=99.0, ask=101.0)),
        *tried,
        submit(at, f"c{n}", f"i{n}", mid=100.0, step=step, post_only=liquidity == "maker"),
        ack(at + 10_000, f"c{n}"),
        fill(at + SECOND, f"c{n}", price=100 + cost_bps / 100, liquidity=liquidity, **given),
        ended(at + SECOND, f"i{n}"),
    ]


def many(n: int, **given) -> list[Record]:
    return [record for place in range(n) for record in filled(place, **given)]


def test_the_story_s_routing():
    document = build(story(), END)
    assert_golden("router_health", document)
    assert broken(document) == []


def test_without_fills_it_is_empty_and_shares_are_null():
    document = build(Facts())
    assert (document.status, document.n, document.symbols, document.overall.maker_frac) == ("empty", 0, (), None)
    assert document.overall.slippage_bps_mean is None
    assert of(account()).event_us == T0


def test_below_the_floor_a_symbol_is_unproven():
    document = of(*many(3))
    (row,) = document.symbols
    assert (row.quality, row.regime) == (None, None)
    assert row.reason == "unproven: slippage_bps_mean rests on 3 of 20, reject_frac rests on 3 of 20"
    assert document.bootstrap.startswith("a measure is graded from 20 observations in the window on")
    assert of(*many(20)).symbols[0].quality == "good"


@pytest.mark.parametrize(
    ("cost_bps", "step", "quality", "regime", "measure"),
    [
        (0.0, "maker", "good", "maker_strong", "maker_frac"),
        (2.6, "maker", "ok", "maker_strong", "maker_frac"),
        (3.5, "taker", "ok", "slippage_hot", "slippage_bps_mean"),
        (0.0, "taker", "good", "balanced", "maker_frac"),
        (6.0, "fallback", "degraded", "fallback_heavy", "fallback_frac"),
        (15.0, "maker", "broken", "broken", "slippage_bps_mean"),
    ],
)
def test_grades_say_what_decided_them(*, cost_bps: float, step: str, quality: str, regime: str, measure: str):
    (row,) = of(*many(25, cost_bps=cost_bps, step=step)).symbols
    assert row.slippage_bps_mean == pytest.approx(cost_bps)
    assert (row.quality, row.regime, row.regime_by.measure) == (quality, regime, measure)
    assert row.quality_by.limit is not None


def test_refusals_degrade_too():
    records = many(20) + [record for n in range(30, 36) for record in (submit(T0 + n * MINUTE, f"c{n}"), reject(T0 + n * MINUTE, f"c{n}"))]
    (row,) = of(*records).symbols
    assert (row.quality, row.quality_by.measure, row.rejects) == ("degraded", "reject_frac", {"would_take": 6})
    assert row.reject_frac == pytest.approx(6 / 26)
    assert row.post_only_reject_frac == pytest.approx(6 / 26)


def test_broken_routing_is_a_warning():
    assert broken(of(*many(25, cost_bps=20.0))) == ["nothing_is_broken"]


def test_maker_share_is_of_notional():
    (row,) = of(*filled(1, qty="0.1"), *filled(2, step="taker", qty="0.3")).symbols
    assert row.maker_frac == pytest.approx(0.25)
    assert row.maker_count_frac == 0.5


def test_fallbacks_are_of_intents_that_began_as_maker():
    records = [
        *[decision(T0, name) for name in "abt"],
        submit(T0, "a1", "a"),
        cancel(T0 + 1, "a1"),
        submit(T0 + 2, "a2", "a", step="fallback"),
        submit(T0 + 3, "b1", "b"),
        submit(T0 + 4, "t1", "t", step="taker"),
        *[ended(T0 + 5, name, filled_qty="0", unfilled_qty="0.1") for name in "abt"],
    ]
    overall = of(*records).overall
    assert (overall.fallback_frac, overall.fallback.intents, overall.intents.maker_first) == (0.5, 1, 2)
    assert (overall.intents.n, overall.intents.unfilled, overall.intents.whole_frac) == (3, 3, 0.0)


def test_a_fallback_s_cost_is_against_the_decision_s_mid_and_its_touch():
    overall = of(*filled(1, cost_bps=150.0, step="fallback", qty="0.1")).overall
    assert (overall.fallback.fills, overall.fallback.cost_bps, overall.fallback.extra_bps) == (1, pytest.approx(150.0), pytest.approx(50.0))


def test_routes_and_hours_have_rows_of_their_own():
    document = of(*filled(1), *filled(61, step="taker"), *filled(62, step="fallback"))
    assert [(row.symbol, row.fills, row.fallback_frac) for row in document.routes] == [("maker_first", 2, 0.5), ("taker", 1, None)]
    assert [(row.symbol, row.fills) for row in document.hours] == [("00", 1), ("01", 2)]


def test_an_intent_that_is_being_worked_is_counted_and_an_unsent_one_costs_nothing():
    over = ended(T0, "i2", filled_qty="0", unfilled_qty="0.1", reason="another order is worked in the symbol")
    document = of(decision(T0, "i1"), decision(T0, "i2"), over, heartbeat(T0))
    assert (document.working_intents, document.lost_intents, document.overall.intents.unsent) == (1, 0, 1)
    assert (document.overall.intents.n, document.overall.shortfall.judged, document.overall.shortfall.cost_bps) == (0, 0, None)


def test_liquidity_of_neither_kind_is_kept_apart():
    row = of(submit(), fill(T0 + 1, liquidity="auction")).overall
    assert (row.fates.unsided_fills, row.maker_frac, row.maker_count_frac) == (1, 0.0, 0.0)


def test_latencies_markouts_and_unknown_orders():
    records = [
        *filled(0),
        quote(T0 + 2 * SECOND, mid=101.0),
        quote(T0 + 3 * SECOND, mid=101.0),
        submit(T0 + 4 * SECOND, "u"),
        unknown(T0 + 5 * SECOND, "u"),
    ]
    (row,) = of(*records).symbols
    assert (row.ack_ms.p50, row.fill_ms.p50) == (pytest.approx(10.0, rel=0.01), pytest.approx(1000.0, rel=0.01))
    assert (row.ack_ms.mean, row.fill_ms.mean, row.unknown_orders, row.fates.unknowns) == (10.0, 1000.0, 1, 1)
    assert [markout.horizon_s for markout in row.markouts] == list(HORIZONS_S)
    assert (row.markouts[0].n, row.markouts[0].maker_mean_bps, row.markouts[0].taker_mean_bps) == (1, pytest.approx(100.0), None)
    assert row.markouts[4].mean_bps is None


def test_what_is_older_than_the_window_does_not_count():
    assert of(*filled(0), now_us=T0 + 7 * DAY).n == 1
    assert of(*filled(0), now_us=T0 + 8 * DAY).n == 0
    assert of(*filled(0), now_us=T0 + 8 * DAY, execution_window="all").n == 1
    assert of(*filled(0), now_us=T0 + DAY - 1, execution_window="24h").n == 1


def test_fills_of_no_order_of_ours_are_not_graded():
    document = of(fill(T0, "liquidation", model="liquidation"), fill(T0, "hand", symbol=ETH))
    assert (document.n, document.external_fills, document.symbols) == (0, 2, ())


@given(st.lists(st.tuples(st.floats(-50, 50), st.sampled_from(["maker", "reprice", "taker", "fallback"])), max_size=30))
def test_gates_hold_for_any_fills(rows: list[tuple[float, str]]):
    document = of(*[record for n, (cost, step) in enumerate(rows) for record in filled(n, cost_bps=cost, step=step)])
    assert [name for name in broken(document) if name != "nothing_is_broken"] == []
    assert document.n == len(rows)
