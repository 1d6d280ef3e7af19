"""How good each symbol is to trade: every part is shown, and what is unknown is not zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from hedge_assets.folds.account import Account
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market, SymbolMarket
from hedge_assets.folds.services import Services
from hedge_assets.folds.symbol_market import DayClose
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import expectancy
from hedge_assets.states.symbol_scores import STATE, symbol_scores
from tests.hedge_assets.builders import BTC, DAY, ETH, HOUR, T0, boot, quote
from tests.hedge_assets.fills import executions_of, filled
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.trades import closed, ledger_of

NOW = T0 + 10 * HOUR


def seen(symbol=BTC, *, vol_bps=5.0, touch_usd=10_000.0, spread_bps=1.0, days=None):
    usual = {"vol_bps": vol_bps, "usual_touch_usd": touch_usd, "usual_spread_bps": spread_bps}
    return SymbolMarket(symbol=symbol, newest=quote(NOW, symbol), **usual, days=days or {})


def build(trades=(), markets=(), executions=None, *, booted=True, environ=None):
    flags = read_flags(environ or {})
    ledger = ledger_of(list(trades)) if trades else Ledger()
    telemetry = Telemetry()
    earned = expectancy(ledger, Account(), now_us=NOW, telemetry=telemetry, flags=flags)
    return symbol_scores(
        earned,
        Market(symbols={each.symbol: each for each in markets}),
        executions or Executions(),
        ledger=ledger,
        services=Services(boots=[boot()] if booted else []),
        now_us=NOW,
        telemetry=telemetry,
        flags=flags,
    )


def of(document, symbol):
    return next(row for row in document.symbols if row.symbol == symbol)


def part(row, name):
    return next(each for each in row.parts if each.name == name)


def test_nothing_known_gives_an_empty_valid_document():
    document = build(booted=False)
    assert (document.status, document.n, document.symbols) == ("empty", 0, ())
    assert document.reason == "no symbol is known yet"


def test_a_symbol_with_less_than_half_of_its_parts_has_no_score_and_says_why():
    document = build(markets=[seen(BTC), seen(ETH)])
    row = of(document, BTC)
    assert (row.score, row.rank) == (None, None)
    assert row.reason == "25% of the weight is known, at least 50% is needed"
    assert part(row, "edge").reason == "no closed trade in the window"
    assert part(row, "execution").reason == "0 worked intents of 20 needed"
    assert document.reason == "no symbol has half of its parts yet"


def test_winners_rank_before_losers():
    rows = [(BTC, 20 + n % 3) for n in range(40)] + [(ETH, -20 - n % 3) for n in range(40)]
    trades = [closed(net, n, symbol=symbol, opened_us=T0, closed_us=T0 + n) for n, (symbol, net) in enumerate(rows, 1)]
    document = build(trades, [seen(BTC), seen(ETH)])
    assert [(row.symbol, row.rank) for row in document.symbols] == [(BTC, 1), (ETH, 2)]
    assert of(document, BTC).is_mature
    assert part(of(document, BTC), "edge").value > 0.9
    assert part(of(document, ETH), "edge").value < 0.1


def test_an_equal_market_stands_in_the_middle_and_a_calmer_deeper_one_above():
    document = build(
        [closed(1, symbol=BTC), closed(2, 2, symbol=ETH)], [seen(BTC), seen(ETH, vol_bps=1.0, touch_usd=90_000.0, spread_bps=0.1)]
    )
    assert part(of(document, ETH), "volatility").value > 0.5 > part(of(document, BTC), "volatility").value
    assert part(of(document, ETH), "liquidity").value > 0.5 > part(of(document, BTC), "liquidity").value


def test_slippage_at_the_broken_line_leaves_nothing_of_execution():
    rows = [filled(number, cost_bps=15.0, step="taker") for number in range(1, 31)]
    document = build([closed(1), closed(2, 2)], [seen()], executions_of(rows))
    assert part(of(document, BTC), "execution").value == pytest.approx(0.0, abs=1e-9)
    assert part(of(document, BTC), "execution").n == 30


def test_fees_as_large_as_the_profit_halve_the_drag_part():
    document = build([closed(1, gross=2, fees=1), closed(2, 2, gross=2, fees=3)], [seen()])
    assert part(of(document, BTC), "drag").value == 0.5


def test_slippage_counts_as_a_drag_on_the_way_in_and_out():
    rows = [filled(number, cost_bps=5.0, step="taker") for number in range(1, 31)]
    trades = [closed(1, gross=2, fees=0), closed(2, 2, gross=2, fees=0)]
    with_slippage, without = build(trades, [seen()], executions_of(rows)), build(trades, [seen()])
    assert part(of(with_slippage, BTC), "drag").value == pytest.approx(4 / (4 + 2 * 2000 * 5e-4))
    assert part(of(without, BTC), "drag").reason == "fees alone: slippage is not known"


def test_a_symbol_traded_but_no_longer_in_the_universe_keeps_its_row():
    document = build([closed(1, symbol="DOGEUSDT"), closed(2, 2, symbol="DOGEUSDT")])
    row = of(document, "DOGEUSDT")
    assert part(row, "volatility").value is None
    assert row.known_weight_frac == pytest.approx(0.55)


def test_the_flag_that_is_off_is_named():
    document = build([closed(1)], environ={"INTEL_V6_ENABLED": "0"})
    assert (document.status, document.reason, document.symbols) == ("empty", "INTEL_V6_ENABLED is 0", ())


@given(
    st.lists(st.tuples(st.sampled_from([BTC, ETH]), st.integers(-900, 900)), max_size=30),
    st.lists(st.tuples(st.sampled_from([BTC, ETH]), st.floats(0, 1e4), st.floats(0, 1e9), st.floats(0, 1e3)), max_size=2),
)
def test_scores_are_what_their_parts_add_up_to(rows, markets):
    trades = [closed(net, number, symbol=symbol, opened_us=T0, closed_us=T0 + number) for number, (symbol, net) in enumerate(rows, 1)]
    document = build(trades, [seen(name, vol_bps=vol, touch_usd=touch, spread_bps=spread) for name, vol, touch, spread in markets])
    assert STATE.checks[0].holds(document) is None
    assert all(each.value is None or 0 <= each.value <= 1 for row in document.symbols for each in row.parts)
    assert all((each.value is None) <= (each.reason is not None) for row in document.symbols for each in row.parts)


def test_a_score_that_is_not_its_parts_fails_the_gate():
    document = build([closed(1), closed(2, 2)], [seen()])
    row = of(document, BTC).model_copy(update={"score": 0.999})
    assert STATE.checks[0].holds(document.model_copy(update={"symbols": (row,)})) is not None


def test_trades_before_the_window_do_not_count():
    old = [closed(n, n, opened_us=T0 - 40 * DAY, closed_us=T0 - 40 * DAY + n) for n in (1, 2)]
    assert part(of(build(old), BTC), "edge").value is None


def turned():
    """BTC earned until yesterday and lost today, ETH the other way round."""
    rows = [(n, symbol, sign) for n in range(40) for symbol, sign in ((BTC, 1), (ETH, -1))]
    before = [
        closed(sign * (20 + n % 3), n, symbol=symbol, opened_us=T0 - 2 * DAY, closed_us=T0 - DAY + HOUR + n) for n, symbol, sign in rows
    ]
    today = [closed(-sign * (90 + n % 3), 100 + n, symbol=symbol, opened_us=T0, closed_us=T0 + HOUR + n) for n, symbol, sign in rows]
    return before + today


def test_ranks_of_earlier_days_stand_beside_today_s_and_what_moved_them():
    then = {T0 // DAY - 1: DayClose(5.0, 1.0, 10_000.0)}
    document = build(turned(), [seen(BTC, days=then), seen(ETH, days=then)])
    row = of(document, BTC)
    yesterday, before = row.history[0], row.history[1]
    assert (row.rank, yesterday.rank, yesterday.part, yesterday.day.isoformat()) == (2, 1, "edge", "2026-01-04")
    assert yesterday.moved_by < -0.4
    assert yesterday.words.startswith("rank 2 from 1, score 0.3")
    assert "most by edge (-0." in yesterday.words
    assert (before.score, before.words) == (None, "no score then: 0% of the weight is known, at least 50% is needed")
    assert [day.n for day in document.stability] == [2, 0, 0, 0, 0, 0, 0]
    assert document.stability[0].reason == "2 symbols have a score then and now, 3 are needed"


def test_nothing_known_of_a_day_is_null_with_its_reason():
    document = build([closed(1), closed(2, 2)], [seen()])
    past = of(document, BTC).history
    assert [each.score for each in past] == [None] * 7
    assert all(each.reason == "0% of the weight is known, at least 50% is needed" for each in past)


def test_the_agreed_document():
    rows = [filled(number, cost_bps=number % 3, step="taker") for number in range(1, 25)]
    trades = [closed((-1) ** n * n + 1, n, symbol=BTC if n % 2 else ETH, opened_us=T0, closed_us=T0 + n) for n in range(1, 9)]
    days = {T0 // DAY - 1: DayClose(5.0, 1.0, 10_000.0)}
    trades += [closed(2 - n % 3, 20 + n, symbol=BTC if n % 2 else ETH, opened_us=T0 - DAY, closed_us=T0 - HOUR + n) for n in range(9)]
    assert_golden("symbol_scores", build(trades, [seen(BTC, days=days), seen(ETH, vol_bps=8.0, days=days)], executions_of(rows)))
