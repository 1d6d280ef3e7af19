"""What a loop did is counted as it happened: each order once under each outcome, each loop once under its lateness."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.account import Account
from executor.records.orders import Ack, Cancel, Expire, Fault, Fill, Reject, Submit, Unknown
from executor.vitals import LAG_BOUNDS_S, Vitals

ONE = Decimal(1)
ACCOUNT = Account(
    0, account="a", wallet=ONE, unrealised=ONE, margin=ONE, available=ONE, balances={}, sources={}, positions=(), orders=(), nav_ts_us=0
)
SUBMIT = Submit(
    0,
    client_id="c",
    intent_id="i",
    symbol="S",
    side="buy",
    qty=ONE,
    price=None,
    step="taker",
    post_only=False,
    reduce_only=False,
)
FILL = Fill(
    0,
    exchange_ts_us=0,
    client_id="c",
    order_id="o",
    trade_id="t",
    symbol="S",
    side="buy",
    price=ONE,
    qty=ONE,
    fee=ONE,
    fee_asset="USDT",
    liquidity="maker",
    realized=ONE,
    position_qty=ONE,
)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (SUBMIT, "submitted"),
        (Ack(0, client_id="c", order_id="o", symbol="S"), "acked"),
        (Reject(0, client_id="c", symbol="S", code="x", detail="y"), "rejected"),
        (Unknown(0, client_id="c", symbol="S", reason="timeout"), "unknown"),
        (Expire(0, client_id="c", symbol="S", reason="ioc", unfilled_qty=ONE), "expired"),
        (Cancel(0, client_id="c", symbol="S", outcome="done", reason="asked"), "cancelled"),
    ],
)
def test_an_order_counts_under_what_became_of_it(record: object, outcome: str) -> None:
    vitals = Vitals()
    vitals.take(record)
    assert {name: n for name, n in vitals.orders.items() if n} == {outcome: 1}


def test_a_cancel_that_was_only_asked_or_refused_is_no_outcome() -> None:
    vitals = Vitals()
    for outcome in ("asked", "refused"):
        vitals.take(Cancel(0, client_id="c", symbol="S", outcome=outcome, reason="asked"))
    assert set(vitals.orders.values()) == {0}


def test_an_order_is_filled_once_whatever_its_fills() -> None:
    vitals = Vitals()
    vitals.take(FILL)
    vitals.take(FILL, completes=True)
    assert (vitals.fills, vitals.orders["filled"]) == (2, 1)


def test_a_fault_is_counted_as_such() -> None:
    vitals = Vitals()
    vitals.take(Fault(0, where="here", detail="that"))
    assert (vitals.faults, vitals.intents) == (1, 0)


@given(st.lists(st.integers(0, 30_000_000)))
def test_every_loop_is_in_the_bucket_of_its_lateness(lags_us: list[int]) -> None:
    vitals = Vitals()
    for lag_us in lags_us:
        vitals.looped(ACCOUNT, lag_us)
    for place, bound in enumerate(LAG_BOUNDS_S):
        assert sum(vitals.lags[: place + 1]) == sum(lag_us / 1e6 <= bound for lag_us in lags_us)
    assert sum(vitals.lags) == vitals.loops == len(lags_us)
    assert vitals.lag_sum_s == pytest.approx(sum(lags_us) / 1e6)
    assert vitals.lag_s == (lags_us[-1] / 1e6 if lags_us else None)
