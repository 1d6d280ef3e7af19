"""The benchmark runs, and finds that memory does not grow with the length of a feed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_short_benchmark_measures_everything_and_no_memory_grows():
    done = subprocess.run([sys.executable, "-m", "tests.bench", "--short"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in done.stdout.splitlines()[2:]]
    said = {what: float(value.replace(",", "")) for what, value, _ in rows}
    assert said.pop("streams: lost of them") == 0
    assert all(value > 0 for value in said.values())
    assert said["synthetic: memory, whole over quarter"] < 1.25
    assert {what.partition(":")[0] for what in said} >= {
        "imports of the executor",
        "start to first journaled quote",
        "synthetic",
        "synthetic, quarter",
        "synthetic, whole",
        "fast states by Dagster, one process a run",
        "tables",
    }
    assert said["tables: same"] == 1
    assert any("expectancy of 50,000 closed trades" in what for what in said)
    assert any(what.endswith("pandas over ours") for what in said)
    assert "order path: durable over ccxt's" in said
    assert {what for what in said if what.startswith("streams: flowing again after")} >= {
        f"streams: flowing again after {ill}" for ill in ("silent_death", "hole", "flood", "listen_key_expired", "any of 20 faults")
    }
    assert {"shadow: decisions by one column", "shadow: intents through both columns, pairs and tallies"} <= set(said)
