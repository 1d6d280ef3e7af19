"""What an intent cost, in four parts that add up (Perold 1988)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import Record
from executor.records.trading import Policy
from hedge_assets.folds.execution_rows import WorkedIntent
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.working import NO_ARRIVAL_MID, NO_DECISION_MID, NO_END_MID, NO_FEE, UNSENT
from tests.hedge_assets.builders import SECOND, T0, cancel, decision, ended, fill, intent, quote, reject, slice_of, submit

AT_100 = slice_of(bid=99.0, ask=101.0)


def worked(*records: Record, side: str = "buy", **decided) -> WorkedIntent:
    executions = Executions()
    for record in (intent(side=side), decision(**{"slice": AT_100, "qty": 10.0, **decided}), *records):
        executions.take(record)
    (row,) = executions.ended_intents
    return row


def whole(price: str, **given) -> list[Record]:
    return [fill(T0 + SECOND, price=price, qty="10", fee="1", **given), ended(T0 + SECOND, filled_qty="10")]


def test_a_fill_splits_into_fees_delay_and_impact():
    row = worked(submit(qty="10", mid=100.5), *whole("100.7"))
    assert (row.explicit_bps, row.delay_bps) == (pytest.approx(10.0), pytest.approx(50.0))
    assert (row.impact_bps, row.opportunity_bps) == (pytest.approx(20.0), 0.0)
    assert row.cost_bps == pytest.approx(80.0)
    assert (row.slippage_bps, row.notional_usd) == (pytest.approx(70.0), 1000.0)
    assert (row.path, row.route, row.first_fill_ms, row.whole_fill_ms) == ("kept", "maker_first", 1000.0, 1000.0)


def test_a_sale_s_costs_are_the_other_way_round():
    row = worked(submit(qty="10", side="sell", mid=100.5), *whole("100.7", side="sell"), side="sell")
    assert (row.delay_bps, row.impact_bps) == (pytest.approx(-50.0), pytest.approx(-20.0))


def test_what_was_not_filled_cost_the_way_the_mid_went():
    row = worked(
        submit(qty="10", mid=100.0),
        quote(T0 + 2, mid=102.0),
        cancel(T0 + 3),
        ended(T0 + 3, filled_qty="0", unfilled_qty="10", reason="over"),
    )
    assert (row.opportunity_bps, row.cost_bps, row.explicit_bps) == (pytest.approx(200.0), pytest.approx(200.0), 0.0)
    assert (row.fills, row.slippage_bps, row.whole_fill_ms, row.ending) == (0, None, None, "over")


def test_a_fallback_after_a_refused_quote():
    row = worked(
        submit(T0, "c1", qty="10", mid=100.0),
        reject(T0 + 1, "c1"),
        submit(T0 + 2, "c2", qty="10", step="fallback", post_only=False, price=None, mid=101.0),
        fill(T0 + 3, "c2", price="101.5", qty="10", fee="0", liquidity="taker"),
        ended(T0 + 3, filled_qty="10"),
        policy=Policy(version="v9"),
    )
    assert (row.path, row.orders, row.quotes, row.rejects, row.fell_back, row.version) == ("fallback", 2, 1, 1, True, "v9")
    assert (row.delay_bps, row.impact_bps) == (pytest.approx(100.0), pytest.approx(50.0))


@pytest.mark.parametrize(
    ("records", "decided", "reason"),
    [
        (whole("100")[1:], {}, UNSENT),
        ([submit(qty="10"), *whole("100")], {"slice": slice_of(bid=0.0, ask=0.0)}, NO_DECISION_MID),
        ([submit(qty="10", mid=None), *whole("100")], {}, NO_ARRIVAL_MID),
        ([submit(qty="10"), cancel(), ended(filled_qty="0", unfilled_qty="10")], {}, NO_END_MID),
        ([submit(qty="10"), *whole("100", fee_asset="BNB")], {}, NO_FEE),
    ],
)
def test_what_is_not_known_is_null_with_the_reason(records: list[Record], decided: dict, reason: str):
    if reason == UNSENT:
        records = [ended(filled_qty="0", unfilled_qty="10", reason="another order is worked in the symbol")]
    row = worked(*records, **decided)
    assert (row.cost_bps, row.explicit_bps, row.opportunity_bps, row.reason) == (None, None, None, reason)


PART = st.tuples(st.floats(90, 110), st.floats(90, 110), st.integers(1, 5), st.floats(-0.1, 1.0))


@given(st.lists(PART, max_size=4), st.floats(90, 110), st.sampled_from(["buy", "sell"]))
def test_the_four_parts_are_perold_s_whole(parts: list[tuple[float, float, int, float]], end_mid: float, side: str):
    records: list[Record] = []
    for n, (arrival, price, qty, fee) in enumerate(parts):
        records += [
            submit(T0 + n, f"c{n}", side=side, qty=qty, mid=arrival),
            fill(T0 + n, f"c{n}", side=side, price=price, qty=qty, fee=fee),
        ]
    filled = sum(qty for _, _, qty, _ in parts)
    records += [submit(T0 + 9, "last", side=side, qty=20 - filled, mid=100.0), quote(T0 + 10, mid=end_mid)]
    row = worked(*records, ended(T0 + 11, filled_qty=filled, unfilled_qty=20 - filled), side=side, qty=20.0)
    way = 1 if side == "buy" else -1
    paid = sum(qty * way * (price - 100.0) + fee for _, price, qty, fee in parts)
    missed = (20 - filled) * way * (end_mid - 100.0)
    assert row.cost_bps == pytest.approx((paid + missed) / (20 * 100.0) * 1e4, abs=1e-6)
    assert row.cost_bps == row.explicit_bps + row.delay_bps + row.impact_bps + row.opportunity_bps
