"""What tables cost: journals to Parquet, a scan of it, and all facts again from it: `python -m tests.bench_tables [--short]`."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from executor.journal.writer import Journals
from executor.settings import Journal
from hedge_assets.refreshing.facts import Facts
from hedge_assets.settings import Place
from hedge_assets.tables.carry import begun
from hedge_assets.tables.catalog import part, raw_tables
from hedge_assets.tables.days import between, day_of
from hedge_assets.tables.parquet import database
from hedge_assets.tables.prepared import rows_of
from hedge_assets.tables.raw_days import build_raw
from hedge_assets.tables.reach import first_day
from hedge_assets.tables.refolding import days_held, of_days
from tests.hedge_assets.builders import (
    DAY,
    MINUTE,
    SECOND,
    T0,
    account,
    ack,
    boot,
    decision,
    fill,
    heartbeat,
    intent,
    quote,
    slice_of,
    submit,
)
from tests.hedge_assets.tabled import folds

ROOT = Path(__file__).parents[1]
SYMBOLS = tuple(f"S{number}USDT" for number in range(6))
A_SECOND = 5
TRADE_EVERY_S = 60
FULL_S, SHORT_S = 3 * 86_400, 1_200


def measure(folder: Path, short: bool) -> dict[str, float]:
    """Rows a second of each step, each in its own process; `same` is 1 where facts from tables are those of the journals, byte for byte."""
    live_like(folder, SHORT_S if short else FULL_S)
    found: dict[str, float] = {}
    for step in ("build", "scan", "refold", "same"):
        command = [sys.executable, "-m", "tests.bench_tables", step, str(folder)]
        found |= json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return found


def live_like(root: Path, seconds: int) -> None:
    """The end of some days of 6 symbols with 5 quotes a second each, a loop a second, a trade a minute; and a little of the next."""
    start, sent = T0 + DAY - seconds * SECOND, 0
    with Journals(root, Journal(fsync="off"), boot="b1") as journals:
        journals.append("orders", boot(start, time="wall"))
        for second in range(seconds):
            at = start + second * SECOND
            for number in range(A_SECOND * len(SYMBOLS)):
                place, symbol = divmod(number, len(SYMBOLS))
                mid = 1_000 + (second * 7 + place * 13 + symbol * 31) % 97 / 10
                journals.append("ticks", quote(at + place * SECOND // A_SECOND, SYMBOLS[symbol], mid))
            if second % TRADE_EVERY_S == 0:
                sent += 1
                for record in traded(at + 900_000, sent):
                    journals.append("orders", record)
            journals.append("positions", account(at + 950_000))
            journals.append("positions", heartbeat(at + 960_000, second))
            journals.flush()
        journals.append("positions", heartbeat(T0 + DAY + 10 * MINUTE, seconds))


def traded(at: int, number: int):
    symbol, side = SYMBOLS[number // 2 % len(SYMBOLS)], "buy" if number % 2 else "sell"
    ids, seen = (f"c{number}", f"i{number}"), slice_of(at, symbol, bid=999.5, ask=1_000.5)
    yield intent(at, ids[1], symbol, side=side)
    yield decision(at, ids[1], symbol, slice=seen)
    yield submit(at + 1_000, *ids, symbol=symbol, side=side, mid=1_000.0)
    yield ack(at + 20_000, ids[0], symbol=symbol)
    yield fill(at + 30_000, ids[0], symbol=symbol, side=side, price="1000", qty="0.1")


def build(place: Place) -> dict[str, float]:
    began_s = time.perf_counter()
    days = list(between(first_day(place.raw) or day_of(T0), day_of(T0)))
    rows = sum(build_raw(place, table, day).rows for day in days for table in raw_tables())
    size = sum(part(place.tables, table.name, day).stat().st_size for day in days for table in raw_tables())
    took_s = time.perf_counter() - began_s
    return {"rows": rows, "to_parquet_rows_s": rows / took_s, "to_parquet_peak_mb": peak_mb(), "parquet_bytes_a_row": size / rows}


def scan(place: Place) -> dict[str, float]:
    asked = f"SELECT symbol, count(*), avg(ask - bid), max(bid) FROM {rows_of(place, 'ticks', day_of(T0))} GROUP BY 1"
    with database(place.tables) as connection:
        began_s = time.perf_counter()
        rows = sum(row[1] for row in connection.execute(asked).fetchall())
    return {"scan_rows_s": rows / (time.perf_counter() - began_s)}


def refold(place: Place) -> dict[str, float]:
    began_s, worked_s = time.perf_counter(), time.process_time()
    facts = of_days(place, days_held(place))
    took_s, worked_s = time.perf_counter() - began_s, time.process_time() - worked_s
    rows = sum(mark.last_seq for mark in facts.marks.values())
    return {"refold_records_s": rows / took_s, "refold_records_cpu_s": rows / worked_s, "refold_peak_mb": peak_mb()}


def same(place: Place) -> dict[str, float]:
    facts = of_days(place, days_held(place))
    began_s = time.perf_counter()
    wanted = begun(place, day_of(T0) + timedelta(days=1), Facts())
    rows = sum(mark.last_seq for mark in wanted.marks.values())
    took_s = time.perf_counter() - began_s
    return {"journals_records_s": rows / took_s, "same": float(folds(facts) == folds(wanted))}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    if len(sys.argv) == 3:
        steps = {"build": build, "scan": scan, "refold": refold, "same": same}
        print(json.dumps(steps[sys.argv[1]](Place(root=Path(sys.argv[2])))))
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        for what, value in measure(Path(name), "--short" in sys.argv).items():
            print(f"| {what} | {value:,.1f} |")


if __name__ == "__main__":
    main()
