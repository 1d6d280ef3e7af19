"""What tests may ask for."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes import the same modules: they are compiled once, and not by each
sys.dont_write_bytecode = False

WAITING_FIRST = (
    "tests/test_crash_rig.py",
    "tests/test_injections.py",
    "tests/test_injections_whole.py",
    "tests/hedge_assets/cli/test_up.py",
    "tests/ops/test_prometheus.py",
    "tests/test_bench.py",
    "tests/test_whole.py",
)
"""Files of a minute and more: what is begun last is waited for with idle processors."""

settings.register_profile("house", deadline=None)  # a busy machine is no fault: time is asserted nowhere
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
    rank = {name: number for number, name in enumerate(WAITING_FIRST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
