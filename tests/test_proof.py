"""Files of a system that is running are proved from their own inputs, whatever is journaled before, beside and after they are made."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from executor.clock import FixedClock, WallClock
from executor.settings import Settings, Synthetic
from hedge_assets.refreshing.proving import Difference, compare
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place, Telemetry
from tests.runs import FLAGS, NAMES, STATES, Past, ran

ROOT = Path(__file__).parents[1]
LOOPS = 900
TURNS = 5
MADE = Settings(synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))
FAST = [state.name for state in STATES if state.spec.pace == "fast"]


@pytest.fixture(scope="module")
def past(tmp_path_factory) -> Past:
    root = tmp_path_factory.mktemp("whole")
    ran(root, MADE, LOOPS)
    return Past(root)


def unproved(found: list[Difference]) -> list[Difference]:
    return [each for each in found if not each.is_same]


@trying(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(data=st.data())
def test_files_of_random_moments_are_proved_though_each_was_made_at_its_own_time_under_its_own_settings(past, tmp_path_factory, data):
    """The clock may run before or behind the journal, a refresh may be of some states only, and settings change between two."""
    root = tmp_path_factory.mktemp("live")
    goes = sorted(data.draw(st.lists(st.integers(past.beats_us[0], past.beats_us[-1]), min_size=1, max_size=3)))
    for number, ts_us in enumerate(goes):
        past.at(ts_us, root)
        place = Place(root=root, telemetry=Telemetry(min_fills=5 + number))
        wanted = NAMES if number == 0 else data.draw(st.sampled_from([NAMES, FAST]))
        refresh(place, STATES, wanted, clock=FixedClock(ts_us + data.draw(st.integers(-60, 60)) * 1_000_000), flags=FLAGS)
    past.at(past.beats_us[-1], root)
    assert unproved(compare(Place(root=root), STATES, flags=FLAGS)) == []


def proofs(place: Place) -> Iterator[list[Difference]]:
    """Refresh and prove, again and again."""
    for turn in range(TURNS):
        refresh(place, STATES, NAMES if turn % 2 == 0 else FAST, clock=WallClock(), flags=FLAGS)
        yield unproved(compare(place, STATES, flags=FLAGS))


def test_files_made_beside_a_writing_executor_are_proved_at_once_and_afterwards(tmp_path):
    config, place = tmp_path / "many_segments.toml", Place(root=tmp_path / "desk")
    config.write_text("[journal]\nrotate_bytes = 65536\n")
    asked = ["run", "--config", str(config), "--feed", "synthetic", "--exchange", "paper", "--speed", "300", "--data", str(place.root)]
    with subprocess.Popen([sys.executable, "-m", "executor", *asked], cwd=ROOT, stdout=subprocess.DEVNULL) as writing:
        try:
            while not (place.raw / "positions").is_dir() and writing.poll() is None:
                time.sleep(0.01)
            found = [each for each in proofs(place) if each]
            assert writing.poll() is None
            writing.terminate()
            assert writing.wait(120) == 0
        finally:
            writing.kill()
    assert found == []
    assert unproved(compare(place, STATES, flags=FLAGS)) == []
    assert any((place.raw / "ticks").glob("*.zst"))
