"""What a trade has been worth: windows, groups, and an honest nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import Ledger
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import STATE, expectancy, unbalanced
from tests.hedge_assets.builders import DAY, ETH, HOUR, T0
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.trades import closed, ledger_of


def build(trades=(), *, now_us=T0 + 40 * DAY, environ=None, account=None):
    ledger = ledger_of(list(trades)) if trades else Ledger()
    return expectancy(ledger, account or Account(), now_us=now_us, telemetry=Telemetry(), flags=read_flags(environ or {}))


def mixed(count: int = 12):
    return [
        closed(
            (-1) ** n * n,
            n,
            symbol=ETH if n % 3 == 0 else "BTCUSDT",
            side="short" if n % 2 else "long",
            strategy="momentum" if n % 4 else "mean_reversion",
            regime="maker_strong" if n % 5 else "unknown",
        )
        for n in range(1, count + 1)
    ]


def test_no_trades_give_an_empty_document_with_a_reason():
    document = build()
    assert (document.status, document.n, document.reason) == ("empty", 0, "no closed trade yet")
    assert document.windows == ()
    assert document.event_us is None


def test_a_heartbeat_says_until_when_nothing_has_closed():
    assert build(account=Account(newest_us=T0)).event_us == T0


def test_the_flag_that_is_off_is_named():
    document = build(mixed(), environ={"INTEL_V6_ENABLED": "0"})
    assert (document.status, document.reason) == ("empty", "INTEL_V6_ENABLED is 0")


def test_windows_hold_what_closed_inside_them():
    now = T0 + 40 * DAY
    trades = [closed(1, n, opened_us=now - age - HOUR, closed_us=now - age) for n, age in enumerate((HOUR, 2 * DAY, 10 * DAY, 35 * DAY), 1)]
    document = build(trades, now_us=now)
    assert {window.window: window.overall.n for window in document.windows} == {"24h": 1, "7d": 2, "30d": 3, "all": 4}


def test_hours_are_those_of_opening_in_utc():
    document = build([closed(1, opened_us=T0 + 13 * HOUR + 59, closed_us=T0 + 20 * HOUR)])
    assert [group.key for group in document.window("all").hours] == ["13"]


def test_a_window_without_trades_is_all_null_with_reasons():
    overall = build([closed(1)]).window("24h").overall
    assert overall.n == 0
    assert overall.expectancy_usd is None
    assert overall.reasons["expectancy_usd"] == "no closed trades"


@given(st.lists(st.tuples(st.integers(-500, 500), st.sampled_from("ABC"), st.integers(0, 47)), max_size=30))
def test_every_key_splits_the_same_trades(rows):
    trades = [
        closed(net, n, symbol=symbol, strategy=symbol.lower(), opened_us=T0 + hour * HOUR, closed_us=T0 + 50 * HOUR + n)
        for n, (net, symbol, hour) in enumerate(rows, 1)
    ]
    assert unbalanced(build(trades, now_us=T0 + 51 * HOUR)) is None


def test_groups_that_do_not_add_up_are_a_failing_check():
    document = build(mixed())
    window = document.windows[-1]
    broken = document.model_copy(update={"windows": (window.model_copy(update={"symbols": window.symbols[:1]}),)})
    assert STATE.checks[0].holds(document) is None
    assert STATE.checks[0].holds(broken) == "symbols over all count 8 trades, the window has 12"


def test_the_order_in_which_trades_are_listed_changes_nothing():
    trades = mixed()
    assert build(trades[::-1]) == build(trades)


@pytest.mark.parametrize(("net", "notional"), [("1e200", "1e-20"), ("1e30", "1e25"), ("-5", "1e-30"), ("5", "0"), ("0", "0")])
def test_whatever_was_earned_on_whatever_the_document_is_valid(net, notional):
    names = ("A", "B", "C", "D")
    trades = [closed(net if n % 3 else -1, n, symbol=names[n % 4], notional=notional) for n in range(1, 61)]
    document = build(trades, now_us=T0 + 61 * HOUR)
    assert unbalanced(document) is None
    for window in document.windows:
        for row in (window.overall, *window.symbols):
            assert all(row.reasons[name] for name in ("expectancy_bps", "shrunk_bps", "sqn") if getattr(row, name) is None)


def test_the_agreed_document():
    document = build(mixed(), now_us=T0 + 12 * HOUR)
    assert document.window("all").overall.net_usd == pytest.approx(6.0)
    assert_golden("expectancy", document.model_copy(update={"windows": document.windows[:1]}))
