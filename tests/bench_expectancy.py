"""How fast expectancy is over millions of closed trades, beside the engines that also have it: rows for `tests/bench.py`.

`measure(folder, short)` makes a seeded history of 50 symbols (47 % wins, 1 % exact zeros) in Parquet, in the order and under the
names of our own tables, and prints Markdown rows.

Ours is the whole way from the file (not compressed, for theirs is not read at all) to every statistic
of every symbol and the book; theirs is one function over a table that is in memory already.
`python -m tests.bench_expectancy FILE` prints one run of ours as JSON.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from hedge_assets.cli._histories import tallied
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import window_of
from hedge_assets.statistics.windows import span_of

ROOT = Path(__file__).parents[1]
TRADES = 5_000_000
SHORT = 50_000
TRIES = 5
CHANCES = ", ".join(f"(hash(i * {odd} + {odd // 2}) % 1000000) / 1e6 AS u{at}" for at, odd in enumerate((7, 13, 31, 57, 91)))
HISTORY = f"""
WITH drawn AS (SELECT i, (hash(i) % 50)::INTEGER AS s, {CHANCES} FROM range($trades) t(i)),
timed AS (
    SELECT *, 1672531200000000 + i * 12000000 + floor(u3 * 11e6)::BIGINT AS closed_us, round((100 + 900 * u2) * (1 + s), 4) AS notional
    FROM drawn)
SELECT (i + 1)::BIGINT AS number, 'COIN' || lpad(s::VARCHAR, 2, '0') || 'USDT' AS symbol, if(u3 < 0.5, 'long', 'short') AS side,
    closed_us - 60000000 - floor(-ln(u4 + 1e-7) * 3600e6)::BIGINT AS opened_us, closed_us, notional, round(notional * 0.0007, 6) AS fees,
    CASE WHEN u0 < 0.01 THEN 0.0 WHEN u0 < 0.48 THEN round(1 + 20 * u1, 6) ELSE -round(1 + 18 * u1, 6) END AS net
FROM timed"""


def say(what: str, value: float, unit: str) -> None:
    print(f"| {what} | {value:,.{2 if value < 100 else 0}f} | {unit} |", flush=True)


def made(path: Path, trades: int) -> Path:
    """The history, the same on every machine."""
    query = HISTORY.replace("$trades", str(trades))
    duckdb.connect(config={"threads": "2"}).execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed)")
    return path


def worked(path: Path) -> dict[str, float]:
    found = tallied([path], by="symbols", span=span_of("all"))
    window = window_of("all", None, found.sums, telemetry=Telemetry())
    return {each.key: each.expectancy_usd for each in window.symbols}


def ours(path: Path) -> dict:
    """Times of some runs in this process, and the most memory it ever had."""
    times_s = []
    for _ in range(TRIES):
        began_s = time.perf_counter()
        told = worked(path)
        times_s.append(time.perf_counter() - began_s)
    return {"best_s": min(times_s), "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "expectancy": told}


def peers(path: Path) -> dict | None:
    """What the others take; null, with a line that says so, where they cannot be installed."""
    setup = subprocess.run(["sh", "ops/peers.sh"], cwd=ROOT, capture_output=True, text=True, check=False)
    if setup.returncode:
        why = (setup.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"| freqtrade and nautilus_trader could not be installed | {why} | |", flush=True)
        return None
    return answer(str(ROOT / ".venv-peers/bin/python"), "tests/peer_expectancy.py", "times", str(path))


def answer(*command: str) -> dict:
    return dict(json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout))


def measure(folder: Path, *, short: bool) -> None:
    """All rows; the short form is for the test suite and asks no other engine."""
    trades = SHORT if short else TRADES
    path = folder / "trades.parquet"
    subprocess.run([sys.executable, "-m", "tests.bench_expectancy", "--make", str(path), str(trades)], cwd=ROOT, check=True)
    mine = answer(sys.executable, "-m", "tests.bench_expectancy", str(path))
    say(f"expectancy of {trades:,} closed trades of 50 symbols, every statistic, from Parquet", mine["best_s"] * 1e3, "ms")
    say("peak memory of the same, Python and libraries included", mine["peak_bytes"] / 1e6, "MB")
    theirs = None if short else peers(path)
    if theirs is None:
        return
    for name, what in (
        ("freqtrade", "freqtrade calculate_expectancy per pair, names as text as it has them"),
        ("freqtrade_categories", "the same with pairs numbered in advance, which it does not do"),
        ("nautilus", "nautilus_trader Expectancy per pair with the split"),
        ("nautilus_categories", "the same with pairs numbered in advance"),
    ):
        say(what, theirs[f"{name}_s"] * 1e3, "ms")
        say(f"{name.replace('_', ', ')} over ours", theirs[f"{name}_s"] / mine["best_s"], "times")
    worst = max(abs(told[0] - mine["expectancy"][pair]) for pair, told in theirs["freqtrade"].items())
    say("largest difference of expectancy to freqtrade's, 1e-12 USD", worst * 1e12, "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:  # in a process of its own: a child counts the memory its parent had as its own
        made(Path(sys.argv[2]), int(sys.argv[3]))
    elif len(sys.argv) == 2 and Path(sys.argv[1]).is_file():
        json.dump(ours(Path(sys.argv[1])), sys.stdout)
    else:
        with tempfile.TemporaryDirectory() as place:
            measure(Path(place), short="--short" in sys.argv)
