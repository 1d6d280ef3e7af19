"""A real executor, scraped as Prometheus would: names, units and figures, and nothing counted twice."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from executor import checkpoint as checkpoints
from executor.app import Run
from executor.flags import read_flags
from executor.journal.reader import Cursor, read
from executor.life import Life, Order
from executor.metrics import ExecutorCollector
from executor.records.market import Quote
from executor.records.orders import Fill, Submit
from executor.records.streams import STREAMS
from executor.records.trading import Decision, Intent, Vetoed
from executor.settings import Journal, Loop, Settings, Synthetic
from tests.executor.running import ROOT, pulse_once, running
from tests.ports import free_port

UNITS = ("_seconds", "_bytes", "_usd", "_records", "_info", "_timestamp_seconds")
COUNTED_THINGS = {"hedge_executor_orders_open", "hedge_executor_orders_unknown", "hedge_executor_positions_open", "process_open_fds"}
SWITCHES = {"hedge_executor_halted", "hedge_executor_journal_archive_fault", "process_max_fds"}
SETTINGS = Settings(loop=Loop(checkpoint_s=3600.0), journal=Journal(), synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))
LOOPS = 1_500


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value for family in text_string_to_metric_families(text) for sample in family.samples
    }


def told(life: Life) -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ExecutorCollector(life))
    return figures(generate_latest(registry).decode())


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a live executor answers after a few loops, asked again and again."""
    root, port = tmp_path_factory.mktemp("live"), free_port()
    with running(root, "--metrics-port", str(port)):
        assert pulse_once(root, lambda pulse: pulse.turns > 1).metrics_port == port
        for _ in range(20):
            text = scraped(port)
        before = figures(text)[("hedge_executor_loops_total",)]
        pulse_once(root, lambda pulse: pulse.turns > before)
        assert figures(scraped(port))[("hedge_executor_loops_total",)] > before
        return scraped(port)


def test_every_family_says_what_it_is_and_carries_its_unit(live: str) -> None:
    families = list(text_string_to_metric_families(live))
    assert {"hedge_executor_loops", "hedge_executor_loop_lag_seconds", "process_resident_memory_bytes"} <= {each.name for each in families}
    for family in families:
        assert family.documentation, family.name
        if family.type != "counter":
            assert family.name.endswith(UNITS) or family.name in COUNTED_THINGS | SWITCHES, family.name


def test_promtool_finds_nothing_to_say(live: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on this machine")
    done = subprocess.run([promtool, "check", "metrics"], input=live, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_live_run_tells_its_lateness_nav_and_journals(live: str) -> None:
    found = figures(live)
    assert found[("hedge_executor_nav_usd",)] > 0
    assert found[("hedge_executor_halted",)] == 0
    assert found[("hedge_executor_loop_lag_seconds_count",)] == found[("hedge_executor_loop_lag_seconds_bucket", "+Inf")] > 0
    assert found[("hedge_executor_journal_bytes",)] > 0
    assert 0 <= found[("hedge_executor_journal_durable_lag_seconds",)] < 30
    assert abs(found[("hedge_executor_last_loop_timestamp_seconds",)] - time.time()) < 600
    assert all(found[("hedge_executor_journal_records_total", stream)] > 0 for stream in STREAMS)


def test_counts_are_what_the_journals_hold(tmp_path: Path) -> None:
    run = Run(Order(root=tmp_path, settings=SETTINGS, flags=read_flags({}), speed=0.0, loops=LOOPS))
    asyncio.run(run.run())
    found = told(run.life)
    records = {stream: [record for _, record in read(tmp_path / "raw", stream, Cursor())] for stream in STREAMS}
    kinds = Counter(type(record) for record in records["orders"])
    vetoes = Counter(one.verdict.rule for one in records["orders"] if isinstance(one, Decision) and isinstance(one.verdict, Vetoed))
    assert kinds[Fill] > 0
    assert found[("hedge_executor_loops_total",)] == LOOPS
    assert found[("hedge_executor_intents_total",)] == kinds[Intent]
    assert found[("hedge_executor_orders_total", "submitted")] == kinds[Submit]
    assert found[("hedge_executor_fills_total",)] == kinds[Fill]
    assert 0 < found[("hedge_executor_orders_total", "filled")] <= kinds[Fill]
    assert dict(vetoes) == {key[1]: n for key, n in found.items() if key[0] == "hedge_executor_vetoes_total"}
    assert found[("hedge_executor_quotes_total",)] >= len({one.ts_us for one in records["ticks"] if isinstance(one, Quote)})
    assert {key[1]: n for key, n in found.items() if key[0] == "hedge_executor_journal_records_total"} == {
        stream: len(written) for stream, written in records.items()
    }
    assert found[("hedge_executor_journal_durable_lag_seconds",)] == 0
    assert not any(key[0].startswith("hedge_executor_loop_lag") for key in found), "the feed is the clock: nothing is late"


def test_what_is_gone_through_again_is_not_counted_again(tmp_path: Path) -> None:
    first = Run(Order(root=tmp_path, settings=SETTINGS, flags=read_flags({}), speed=0.0, loops=LOOPS))
    start = (tmp_path / "raw" / checkpoints.NAME).read_bytes()
    asyncio.run(first.run())
    (tmp_path / "raw" / checkpoints.NAME).write_bytes(start)
    second = Run(Order(root=tmp_path, settings=SETTINGS, flags=read_flags({}), speed=0.0, loops=LOOPS + 10))
    asyncio.run(second.run())
    found = told(second.life)
    assert found[("hedge_executor_loops_total",)] == 10
    assert found[("hedge_executor_journal_records_total", "positions")] == 20
    assert second.life.turns == LOOPS + 10


def test_a_run_that_is_only_being_put_together_already_answers(tmp_path: Path) -> None:
    found = told(Life(Order(root=tmp_path, settings=SETTINGS, flags=read_flags({}), speed=1.0), 7_000_000))
    assert found[("hedge_executor_start_time_seconds",)] == 7.0
    assert ("hedge_executor_nav_usd",) not in found
    assert ("hedge_executor_last_loop_timestamp_seconds",) not in found


def test_a_port_in_use_is_refused_in_one_line_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, "--metrics-port", str(port)) as process:
            assert process.wait(120) == 78
            assert process.stderr is not None
            (line,) = process.stderr.read().strip().splitlines()
    assert f"metrics_port was {port}" in line
    assert "--metrics-port" in line
    assert not list(tmp_path.rglob("*.jsonl"))


def test_an_executor_without_metrics_does_not_wait_for_their_import() -> None:
    code = "import sys, executor.app, executor.__main__; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
