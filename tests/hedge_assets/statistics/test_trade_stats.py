"""The numbers of one group of closed trades, against hand calculation, laws, and another engine's own report."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.moments import Moments
from hedge_assets.folds.tally import TradeTally
from hedge_assets.statistics.shrinkage import book_of
from hedge_assets.statistics.trade_stats import TradeStats, sqn, trade_stats
from tests.hedge_assets.trades import book, closed, recorded

ENGINES = ("ft_adxsma_61pairs", "ft_adxsma_8pairs", "ft_reinforced_38pairs", "ft_sample_8pairs", "ft_four_38pairs")
NETS = st.lists(st.integers(-10_000, 10_000).map(lambda cents: cents / 100), max_size=40)


def tally_of(trades) -> TradeTally:
    tally = TradeTally()
    for trade in sorted(trades, key=lambda each: (each.closed_us, each.number)):
        tally.add(trade)
    return tally


def stats_of(trades, *, strength=25.0, is_book=False) -> TradeStats:
    tally = tally_of(trades)
    return trade_stats("all", tally, book_of(tally.bps, strength=strength, mature_trades=30), is_book=is_book)


def moments_of(values) -> Moments:
    moments = Moments()
    for value in values:
        moments.add(value)
    return moments


def test_a_hand_calculated_book():
    stats = stats_of(book([30, -10, -20, 0, 50]))
    assert (stats.n, stats.wins, stats.losses, stats.zeros) == (5, 2, 2, 1)
    assert stats.win_frac == pytest.approx(0.4)
    assert stats.avg_win_usd == pytest.approx(40)
    assert stats.avg_loss_usd == pytest.approx(15)
    assert stats.expectancy_usd == pytest.approx(10)
    assert stats.expectancy_usd == pytest.approx(0.4 * 40 - 0.4 * 15)
    assert stats.expectancy_bps == pytest.approx(100)
    assert stats.expectancy_ratio == pytest.approx(10 / 15)
    assert stats.payoff_ratio == pytest.approx(40 / 15)
    assert stats.profit_factor == pytest.approx(80 / 30)
    assert stats.max_drawdown_usd == pytest.approx(30)
    assert stats.expectancy_r == pytest.approx(1.0)
    assert stats.r_basis == "stop"
    assert stats.holding_s_p50 == pytest.approx(3600, rel=0.01)
    assert stats.adverse_bps is stats.favourable_bps is None


def test_break_even_trades_do_not_turn_a_gain_into_a_negative_ratio():
    stats = stats_of(book([2, -1, 0, 0]))
    assert stats.expectancy_usd == pytest.approx(0.25)
    assert stats.expectancy_ratio == pytest.approx(0.25)


def test_no_losing_trade_leaves_ratios_null_and_says_so():
    stats = stats_of(book([5, 6]))
    assert stats.profit_factor is None
    assert stats.payoff_ratio is None
    assert stats.expectancy_ratio is None
    assert stats.reasons["profit_factor"] == "no losing trade"


def test_one_trade_without_a_stop_makes_the_whole_group_a_proxy():
    stats = stats_of([closed(10, 1), closed(-5, 2, initial_risk_usd=None)])
    assert stats.r_basis == "r_proxy"
    assert stats.with_stop == 1
    assert stats.expectancy_r == pytest.approx(stats.expectancy_ratio)


def test_the_first_losing_trade_is_a_drawdown_from_the_start():
    assert stats_of(book([-50, 10, 10])).max_drawdown_usd == pytest.approx(50)


def test_trades_that_close_together_are_ordered_by_their_number():
    together = {"closed_us": 10, "opened_us": 0}
    first = [closed(10, 1, **together), closed(-10, 2, **together)]
    assert stats_of(first[::-1]).max_drawdown_usd == stats_of(first).max_drawdown_usd == pytest.approx(10)


def test_the_system_quality_number_counts_at_most_a_hundred_trades():
    hundred, thousand = sqn(moments_of([1.0, -0.5] * 50)), sqn(moments_of([1.0, -0.5] * 500))
    assert hundred.value == pytest.approx(thousand.value, rel=0.01)
    assert hundred.reason is None
    assert sqn(moments_of([1.0, -0.5])).reason == "only 2 trades of 30"


def test_ten_lucky_trades_do_not_look_like_an_edge():
    stats = stats_of(book([10, 12, 8, 11, 9, 10, 12, 8, 11, -40]), is_book=True)
    assert stats.expectancy_bps > 0
    assert stats.shrunk_bps == pytest.approx(stats.expectancy_bps * 10 / 35)
    assert stats.shrunk_bps_low < 0 < stats.shrunk_bps_high
    assert not stats.is_mature
    assert stats.edge_prob_frac < 0.95
    assert stats.maturity.startswith("10 closed trades of 30 needed, interval ")


@given(NETS)
def test_every_null_number_has_a_reason(nets):
    stats = stats_of(book(nets))
    nulls = {name for name, value in stats.model_dump().items() if value is None and name != "r_basis"}
    assert nulls <= set(stats.reasons)


@given(NETS)
def test_expectancy_is_what_wins_give_less_what_losses_take(nets):
    stats = stats_of(book(nets))
    if stats.n:
        won = stats.wins / stats.n * (stats.avg_win_usd or 0.0)
        lost = stats.losses / stats.n * (stats.avg_loss_usd or 0.0)
        assert stats.expectancy_usd == pytest.approx(won - lost, abs=1e-9)
        assert stats.wins + stats.losses + stats.zeros == stats.n
        assert stats.win_frac_low <= stats.win_frac <= stats.win_frac_high


@given(NETS, st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=30))
def test_shrinking_lies_between_the_group_and_the_book(nets, others):
    own, rest = tally_of(book(nets)), tally_of(book([*nets, *others]))
    prior = book_of(rest.bps, strength=25.0, mature_trades=30)
    stats = trade_stats("group", own, prior)
    mine = stats.expectancy_bps if stats.n else prior.mean_bps
    assert min(mine, prior.mean_bps) - 1e-9 <= stats.shrunk_bps <= max(mine, prior.mean_bps) + 1e-9
    assert stats.shrunk_bps_low <= stats.shrunk_bps <= stats.shrunk_bps_high


@given(NETS)
def test_drawdown_is_never_less_than_the_final_loss(nets):
    stats = stats_of(book(nets))
    if stats.n:
        assert stats.max_drawdown_usd >= max(0.0, -stats.net_usd) - 1e-9


@pytest.mark.parametrize("engine", ENGINES)
def test_the_book_agrees_with_what_freqtrade_reported_of_the_same_trades(shared: Path, engine):
    folder = shared / "data" / "trades"
    reported = json.loads((folder / "reported_metrics.json").read_text())[engine]["reported"]
    stats = stats_of(recorded(folder / f"{engine}_trades.csv.gz"))
    assert (stats.n, stats.wins, stats.losses, stats.zeros) == tuple(reported[name] for name in ("total_trades", "wins", "losses", "draws"))
    assert stats.net_usd == pytest.approx(reported["profit_total_abs"], abs=1e-6)
    assert stats.expectancy_usd == pytest.approx(reported["expectancy"], abs=1e-6)
    assert stats.win_frac == pytest.approx(reported["winrate"], abs=1e-6)
    assert stats.profit_factor == pytest.approx(reported["profit_factor"], abs=1e-6)
    if reported["draws"] == 0:
        assert stats.expectancy_ratio == pytest.approx(reported["expectancy_ratio"], abs=1e-6)
    if engine != "ft_four_38pairs":
        assert stats.max_drawdown_usd == pytest.approx(reported["max_drawdown_abs"], abs=1e-6)
    else:
        assert stats.max_drawdown_usd == pytest.approx(5.05122883)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_pair_agrees_with_what_freqtrade_reported(shared: Path, engine):
    folder = shared / "data" / "trades"
    trades = recorded(folder / f"{engine}_trades.csv.gz")
    for pair in json.loads((folder / "reported_metrics.json").read_text())[engine]["reported_per_pair"]:
        symbol = pair["key"].split(":")[0].replace("/", "")
        if pair["key"] == "TOTAL" or pair["trades"] == 0:
            continue
        stats = stats_of([trade for trade in trades if trade.symbol == symbol])
        assert (stats.n, stats.wins, stats.losses, stats.zeros) == (pair["trades"], pair["wins"], pair["losses"], pair["draws"])
        assert stats.net_usd == pytest.approx(pair["profit_total_abs"], abs=1e-6)
        assert stats.win_frac == pytest.approx(pair["winrate"], abs=1e-6)


def test_the_basis_trades_agree_with_what_their_engine_reported(shared: Path):
    folder = shared / "data" / "trades"
    with gzip.open(folder / "btc_basis_trades.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    for report in json.loads((folder / "reported_metrics.json").read_text())["btc_basis"]["reported"]:
        nets = [row["net_pnl_usd"] for row in rows if row["strategy"] == report["strategy_name"]]
        stats = stats_of(book(nets, notional=10_000))
        assert stats.n == report["trade_count"]
        assert stats.net_usd == pytest.approx(report["total_net_pnl_usd"], abs=1e-6)
        assert stats.expectancy_usd == pytest.approx(report["expectancy_per_trade_usd"], abs=1e-6)
        assert stats.expectancy_bps == pytest.approx(report["average_trade_return_bps"], abs=1e-6)
        assert stats.win_frac == pytest.approx(report["win_rate"], abs=1e-6)
        assert stats.profit_factor == (None if report["profit_factor"] is None else pytest.approx(report["profit_factor"], abs=1e-6))
