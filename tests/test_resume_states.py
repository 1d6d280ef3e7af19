"""A run that was killed and taken up again leads to the states of one that nobody disturbed."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from executor import checkpoint as checkpoints
from executor.app import Order, Run
from executor.settings import Loop, Replay, Settings, Synthetic
from tests.recomputed import lines
from tests.runs import FLAGS, Past, differing, document, ran, refreshed, shared_facts

ROOT = Path(__file__).parents[1]
LOOPS = 900
KILLED_LOOPS = 2_500
MADE = Settings(loop=Loop(checkpoint_s=3600.0), synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))


class Unbroken:
    """A run in one go, the journals of it at any moment, its states, and the checkpoint it began with."""

    def __init__(self, root: Path, settings: Settings, loops: int) -> None:
        self.settings, self.loops = settings, loops
        run = Run(Order(root=root / "whole", settings=settings, flags=FLAGS, speed=0.0, loops=loops))
        self.first = Path(shutil.copy(root / "whole/raw" / checkpoints.NAME, root))
        asyncio.run(run.run())
        refreshed(root / "whole")
        self.past = Past(root / "whole")
        self.facts = shared_facts(root / "whole")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Unbroken:
    return Unbroken(tmp_path_factory.mktemp("made"), MADE, LOOPS)


@pytest.fixture(scope="module")
def recorded(shared, tmp_path_factory) -> Unbroken:
    settings = Settings(loop=Loop(checkpoint_s=3600.0), feed=f"replay:{shared}/data/ticks/20240718")
    return Unbroken(tmp_path_factory.mktemp("recorded"), settings, 150)


@pytest.fixture(params=["made", "recorded"])
def unbroken(request) -> Unbroken:
    return request.getfixturevalue(request.param)


@trying(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(share=st.floats(0.02, 0.98), ragged_bytes=st.integers(0, 250), looked=st.booleans())
def test_the_states_after_a_crash_at_any_record_are_those_of_an_unbroken_run(unbroken, tmp_path_factory, *, share, ragged_bytes, looked):
    root, beats_us = tmp_path_factory.mktemp("torn"), unbroken.past.beats_us
    unbroken.past.at(beats_us[0] + int((beats_us[-1] - beats_us[0]) * share), root, ragged_bytes=ragged_bytes)
    shutil.copy(unbroken.first, root / "raw" / checkpoints.NAME)
    if looked:
        refreshed(root)
    ran(root, unbroken.settings, unbroken.loops)
    refreshed(root)
    assert differing(shared_facts(root), unbroken.facts) == {}


def started(root: Path, config: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "executor", "run", "--config", config, "--data", root, "--speed", "max", "--loops", str(KILLED_LOOPS)]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HEDGE_")}
    return subprocess.Popen([str(word) for word in command], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)


def newest_segment(root: Path) -> str:
    """The name of the newest file of ticks, without its ending; empty where there is none."""
    return max((path.name.partition(".")[0] for path in (root / "raw/ticks").glob("*.jsonl*")), default="")


def killed_while_writing(root: Path, config: Path) -> None:
    """Kill -9, once there is more than there was."""
    before = newest_segment(root)
    process = started(root, config)
    deadline_s = time.monotonic() + 60
    while newest_segment(root) <= before and process.poll() is None and time.monotonic() < deadline_s:
        time.sleep(0.01)
    process.kill()
    process.wait()


def test_a_killed_executor_that_is_started_again_leads_to_the_same_states(shared, tmp_path):
    config = tmp_path / "bars.toml"
    config.write_text(
        f'feed = "replay:{shared}/data/klines_1m"\n[replay]\nsymbols = ["BTCUSDT", "LAYERUSDT"]\n[loop]\ncheckpoint_s = 0.2\n'
    )
    for _ in range(2):
        killed_while_writing(tmp_path / "killed", config)
    assert started(tmp_path / "killed", config).wait(120) == 0
    settings = Settings(
        feed=f"replay:{shared}/data/klines_1m", replay=Replay(symbols=("BTCUSDT", "LAYERUSDT")), loop=Loop(checkpoint_s=0.2)
    )
    ran(tmp_path / "whole", settings, KILLED_LOOPS)
    refreshed(tmp_path / "killed")
    refreshed(tmp_path / "whole")
    assert sum(record["kind"] == "boot" for record in lines(tmp_path / "killed", "orders")) > 1
    assert document(tmp_path / "killed", "expectancy_v6.json")["n"] > 0
    assert differing(shared_facts(tmp_path / "killed"), shared_facts(tmp_path / "whole")) == {}
