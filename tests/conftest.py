"""What tests may ask for."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes import the same modules: they are compiled once, and not by each
sys.dont_write_bytecode = False
os.umask(0o077)  # as every program of ours has it

FIRST = (
    "tests/test_crash_rig.py",
    "tests/test_injections_dagster.py",
    "tests/test_crash_rig_bugs.py",
    "tests/test_injections.py",
    "tests/executor/test_lock.py",
    "tests/executor/test_clock.py",
    "tests/hedge_assets/cli/test_up.py",
    "tests/test_injections_whole.py",
    "tests/test_bench.py",
    "tests/ops/test_prometheus.py",
    "tests/executor/test_heart.py",
    "tests/hedge_assets/stack/test_course.py",
    "tests/test_rehearsals.py",
    "tests/test_whole.py",
)
"""Files that wait long are begun first: what is begun last is waited for with idle processors. A worker that has a file of one or two
tests is given the next file as well, so two that are over at once follow the four."""

# A busy machine is no fault: time is asserted nowhere. The suite tries the same examples wherever it runs, so that it says of a change
# what it says of it elsewhere; `make explore` looks for new ones.
AT_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("house", AT_ANY_SPEED, derandomize=True)
settings.register_profile("explore", AT_ANY_SPEED, max_examples=1_000)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real recordings, read-only; absent on a user's machine."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("no recordings beside this checkout")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, everything else as it was found."""
    rank = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
