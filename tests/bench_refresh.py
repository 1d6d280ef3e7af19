"""What a refresh costs after 3,000 new records, with little and with very much history behind it; and pandas on the same records.

`python -m tests.bench_refresh [--short]`, or as a part of `make bench`. Each figure is the best of five, in a process of its own.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from executor.clock import WallClock
from executor.flags import read_flags
from executor.journal.segments import content, listed
from executor.records.streams import STREAMS
from hedge_assets.catalog import scan
from hedge_assets.refreshing.facts import FILE, read_facts
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.refreshing.shadowing import FILE as SHADOW_FILE
from hedge_assets.refreshing.shadowing import read_shadow
from hedge_assets.settings import Place
from tests.bench_parts import peak_mb

SIZES, SHORT = (10_000, 1_000_000, 10_000_000), (10_000, 30_000)
NEW = 3_000
PER_LOOP = 20
TRIES = 5
FLAT = 1.3


def again(root: str) -> dict[str, float]:
    """The stored folds brought up to date, and then every state built and written, each time from the same stored folds."""
    place, states = Place(root=Path(root)), scan()
    folds_s, shadow_s, whole_s, made_s = [], [], [], []
    kept, columns = place.tables / FILE, place.tables / SHADOW_FILE
    before, columns_before = kept.read_bytes(), columns.read_bytes()
    for _ in range(TRIES):
        kept.write_bytes(before)
        columns.write_bytes(columns_before)
        began_s = time.perf_counter()
        facts = read_facts(place)
        folds_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        read_shadow(place, facts)
        shadow_s.append(time.perf_counter() - began_s)
        kept.write_bytes(before)
        columns.write_bytes(columns_before)
        began_s = time.perf_counter()
        refresh(place, states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))
        whole_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        refresh(place, states, ["expectancy"], clock=WallClock(), flags=read_flags({}))
        made_s.append(time.perf_counter() - began_s)
    history = sum(mark.last_seq for mark in facts.marks.values())
    return {
        "folds_s": min(folds_s),
        "shadow_s": min(shadow_s),
        "whole_s": min(whole_s),
        "nothing_new_s": min(made_s),
        "bytes": float(len(before)),
        "records": float(history),
        "trades": float(facts.ledger.closed),
        "peak_mb": peak_mb(),
    }


def pandas(folder: str) -> dict[str, float]:
    """The same new records, read and grouped by pandas."""
    import pandas as pd  # noqa: PLC0415 - in this process alone

    best_s = float("inf")
    for _ in range(TRIES):
        began_s = time.perf_counter()
        for path in sorted(Path(folder).glob("*.jsonl")):
            frame = pd.read_json(path, lines=True)
            by = "symbol" if "symbol" in frame else "kind"
            frame.groupby(by).agg(n=("ts_us", "size"), newest=("ts_us", "max"))
        best_s = min(best_s, time.perf_counter() - began_s)
    return {"wall_s": best_s}


def newest_lines(root: Path, before: dict[str, int], folder: Path) -> int:
    """The lines after these sequence numbers, as plain files by stream; how many there are."""
    folder.mkdir()
    found = 0
    for stream in STREAMS:
        lines: list[bytes] = []
        for segment in reversed(listed(root / "raw" / stream)):
            whole = content(segment).split(b"\n")[:-1]
            lines = whole[max(0, before[stream] - segment.first_seq + 1) :] + lines
            if segment.first_seq <= before[stream] + 1:
                break
        if lines:
            (folder / f"{stream}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        found += len(lines)
    return found


def measure(folder: Path, *, short: bool, part: Callable[..., dict[str, float]], say: Callable[[str, float, str], None]) -> None:
    """Say what a refresh costs at each length of history, and how much more that is than with the least."""
    least: dict[str, float] = {}
    for size in SHORT if short else SIZES:
        root = folder / f"history{size}"
        part("trade", root, "synthetic", size // PER_LOOP)
        part("read", root)
        before = {stream: mark.last_seq for stream, mark in read_facts(Place(root=root)).marks.items()}
        part("trade", root, "synthetic", (size + NEW) // PER_LOOP)
        new = newest_lines(root, {stream: before[stream] for stream in STREAMS}, folder / f"lines{size}")
        cost, theirs = part("again", root), part("pandas", folder / f"lines{size}")
        least = least or cost
        name = f"after {new:,} new records on {size:,}"
        say(f"{name}: folds brought up to date and kept", cost["folds_s"] * 1e3, "ms")
        say(f"{name}: the same over the least history", cost["folds_s"] / least["folds_s"], f"aim: below {FLAT}")
        say(f"{name}: columns of the shadow brought up to date and kept", cost["shadow_s"] * 1e3, "ms")
        say(f"{name}: the same over the least history", cost["shadow_s"] / least["shadow_s"], f"aim: below {FLAT}")
        say(f"{name}: pandas read_json and group-by of them", theirs["wall_s"] * 1e3, "ms")
        say(f"{name}: pandas over ours", theirs["wall_s"] / cost["folds_s"], "aim: above 8")
        say(f"{name}: every state built and written", cost["whole_s"] * 1e3, "ms")
        say(f"{name}: the same over the least history", cost["whole_s"] / least["whole_s"], f"aim: below {FLAT}")
        say(f"{name}: folds kept", cost["bytes"] / 1024, "KiB")
        say(f"{name}: peak memory", cost["peak_mb"], "MB")
        shutil.rmtree(root)


PARTS = {"again": again, "pandas": pandas}

if __name__ == "__main__":
    if sys.argv[1:] in ([], ["--short"]):
        from tests.bench import part, say

        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), short=bool(sys.argv[1:]), part=part, say=say)
    else:
        print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
