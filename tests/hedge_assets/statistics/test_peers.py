"""Expectancy of other engines' histories beside what those engines say of them: equal where definitions are, else apart by a known rule."""

import json
import subprocess
from pathlib import Path

import pytest

from hedge_assets.cli._histories import tallied
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import window_of
from hedge_assets.statistics.windows import span_of

ROOT = Path(__file__).parents[3]
PEERS = ROOT / ".venv-peers/bin/python"
HISTORIES = ("ft_sample_8pairs", "ft_adxsma_8pairs")

pytestmark = pytest.mark.skipif(not PEERS.is_file(), reason="sh ops/peers.sh installs the engines to compare with")


@pytest.fixture(scope="module", params=HISTORIES)
def pairs(request, shared):
    """Each group of trades, and the whole, as ours and as the others tell it."""
    path = shared / f"data/trades/{request.param}_trades.csv.gz"
    asked = [str(PEERS), "tests/peer_expectancy.py", "statistics", str(path)]
    said = json.loads(subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    window = window_of("all", None, tallied([path], by="symbols", span=span_of("all")).sums, telemetry=Telemetry())
    ours = {row.key: row for row in (window.overall, *window.symbols)}
    assert set(ours) == set(said)
    assert len(ours) > 8
    return [(row, said[key]) for key, row in ours.items()]


def same(mine, theirs):
    return mine == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_expectancy_and_drawdown_are_freqtrades(pairs):
    for ours, said in pairs:
        assert same(ours.expectancy_usd, said["freqtrade"]["expectancy_usd"])
        assert same(ours.max_drawdown_usd, said["freqtrade"]["max_drawdown_usd"])


def test_the_ratio_is_freqtrades_without_trades_that_earned_nothing_and_null_where_it_says_a_hundred(pairs):
    for ours, said in pairs:
        ratio = said["freqtrade"]["expectancy_ratio"]
        if not ours.losses:
            assert (ours.expectancy_ratio, ratio) == (None, 100.0)
        elif not ours.zeros:
            assert same(ours.expectancy_ratio, ratio)
        elif ours.wins:
            assert same((1 + ours.payoff_ratio) * ours.win_frac - 1, ratio)


def test_nautilus_agrees_but_counts_trades_that_earned_nothing_among_the_losers(pairs):
    for ours, said in pairs:
        theirs = said["nautilus"]
        assert same(ours.expectancy_usd, theirs["expectancy_usd"])
        assert same(ours.win_frac, theirs["win_frac"])
        if ours.wins:
            assert same(ours.avg_win_usd, theirs["avg_win_usd"])
        if ours.losses:
            assert same(ours.profit_factor, theirs["profit_factor"])
            assert same(ours.avg_loss_usd * ours.losses / (ours.losses + ours.zeros), -theirs["avg_loss_usd"])
        else:
            assert ours.profit_factor is None


def test_quantstats_agrees_but_leaves_out_trades_that_earned_nothing(pairs):
    compared = 0
    for ours, said in pairs:
        theirs = said["quantstats"]
        if ours.wins and ours.losses:
            compared += 1
            assert same(ours.wins / (ours.wins + ours.losses), theirs["win_frac"])
            assert same(ours.avg_win_usd, theirs["avg_win_usd"])
            assert same(ours.avg_loss_usd, -theirs["avg_loss_usd"])
            assert same(ours.payoff_ratio, theirs["payoff_ratio"])
            assert same(ours.profit_factor, theirs["profit_factor"])
    assert compared
