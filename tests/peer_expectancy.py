"""Expectancy of a history per pair by the other engines' own functions; run by `.venv-peers`, prints JSON. Nothing of ours is imported.

`times FILE` of Parquet with `symbol` and `net`, calculation alone, after reading; `statistics FILE` of CSV in the recordings' form.
"""

import importlib.util
import json
import resource
import sys
import sysconfig
import time
from pathlib import Path

import pandas as pd
from nautilus_trader.analysis import Expectancy


def freqtrade_metrics():
    """freqtrade's module of formulas alone: its package asks for an exchange library, a database and a web server."""
    path = Path(sysconfig.get_path("purelib")) / "freqtrade/data/metrics.py"
    spec = importlib.util.spec_from_file_location("freqtrade_metrics", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_freqtrade(trades, calculate):
    return {str(pair): calculate(trades[trades["pair"] == pair]) for pair in trades["pair"].unique()}


def by_nautilus(trades):
    return {
        str(pair): Expectancy().calculate_from_realized_pnls(nets) for pair, nets in trades.groupby("pair", observed=True)["profit_abs"]
    }


def timed(work, *given):
    began_s = time.perf_counter()
    found = work(*given)
    return time.perf_counter() - began_s, found


def measured(path, tries):
    trades = pd.read_parquet(path, columns=["symbol", "net"]).rename(columns={"symbol": "pair", "net": "profit_abs"})
    numbered = trades.assign(pair=trades["pair"].astype("category"))
    calculate = freqtrade_metrics().calculate_expectancy
    freqtrade = [timed(by_freqtrade, trades, calculate) for _ in range(tries)]
    nautilus = [timed(by_nautilus, numbered) for _ in range(tries)]
    return {
        "freqtrade_s": min(freqtrade)[0],
        "freqtrade_categories_s": min(timed(by_freqtrade, numbered, calculate)[0] for _ in range(tries)),
        "nautilus_s": min(timed(by_nautilus, trades)[0] for _ in range(tries)),
        "nautilus_categories_s": min(nautilus)[0],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "freqtrade": {pair: [float(value) for value in found] for pair, found in freqtrade[0][1].items()},
        "nautilus": {pair: float(found) for pair, found in nautilus[0][1].items()},
    }


def statistics(path):
    """What each engine says of the whole history, and of each pair."""
    from nautilus_trader.analysis import AvgLoser, AvgWinner, ProfitFactor, WinRate  # noqa: PLC0415 - not needed for times
    from quantstats import stats  # noqa: PLC0415 - slow to import

    metrics = freqtrade_metrics()
    trades = pd.read_csv(path)
    told = {}
    for key, part in [("all", trades), *trades.groupby("symbol")]:
        nets, frame = part["pnl"], part.rename(columns={"pnl": "profit_abs"}).assign(close_date=pd.to_datetime(part["close_ms"], unit="ms"))
        expectancy, ratio = metrics.calculate_expectancy(frame)
        told[str(key)] = {
            "freqtrade": {
                "expectancy_usd": float(expectancy),
                "expectancy_ratio": float(ratio),
                "max_drawdown_usd": freqtrade_drawdown(metrics, frame),
            },
            "nautilus": {
                "expectancy_usd": Expectancy().calculate_from_realized_pnls(nets),
                "win_frac": WinRate().calculate_from_realized_pnls(nets),
                "avg_win_usd": AvgWinner().calculate_from_realized_pnls(nets),
                "avg_loss_usd": AvgLoser().calculate_from_realized_pnls(nets),
                "profit_factor": ProfitFactor().calculate_from_returns(nets.to_dict()),
            },
            "quantstats": {
                "win_frac": float(stats.win_rate(nets)),
                "avg_win_usd": float(stats.avg_win(nets)),
                "avg_loss_usd": float(stats.avg_loss(nets)),
                "payoff_ratio": float(stats.payoff_ratio(nets)),
                "profit_factor": float(stats.profit_factor(nets)),
            },
        }
    return told


def freqtrade_drawdown(metrics, frame):
    try:
        return float(metrics.calculate_max_drawdown(frame, value_col="profit_abs").drawdown_abs)
    except ValueError:
        return None


if __name__ == "__main__":
    asked, path = sys.argv[1:3]
    json.dump(statistics(path) if asked == "statistics" else measured(path, 2), sys.stdout)
