"""What tests may ask for."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

settings.register_profile("house", deadline=None)  # a busy machine is no fault: time is asserted nowhere
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real recordings, read-only; absent on a user's machine."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("no recordings beside this checkout")
    return folder
