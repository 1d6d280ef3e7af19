"""Small desks that have traded, for tests of backups: journals in several segments, states, and the record of their refresh."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from executor.settings import Journal, Loop, Settings, Synthetic
from hedge_assets.backups.restoring import restore
from hedge_assets.backups.shapes import Manifest
from hedge_assets.backups.taking import Earlier, take
from hedge_assets.settings import Place
from tests.runs import ran, refreshed

SETTINGS = Settings(
    loop=Loop(checkpoint_s=3600.0),
    journal=Journal(rotate_bytes=64 * 1024),
    synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000),
)
LOOPS = 500
LATER = 800
NOW_US = 1_790_000_000_000_000
SOMEBODY = 54_321


def traded(root: Path, loops: int = LOOPS) -> Path:
    """A desk that traded so many loops and was looked at."""
    ran(root, SETTINGS, loops)
    refreshed(root)
    return root


def taken(root: Path, file: Path, earlier: Earlier | None = None, settings: str = "") -> Manifest:
    return take(Place(root=root), file, settings=settings, earlier=earlier, now_us=NOW_US)


def restored(*files: Path, root: Path) -> Path:
    restore(files, root)
    return root


def kept_files(root: Path) -> dict[str, bytes]:
    """Everything of a desk that a backup must have, by path."""
    names = [path for folder in ("raw", "state", "control") for path in sorted((root / folder).rglob("*")) if path.is_file()]
    names += [root / "tables" / "runs.jsonl"]
    passing = ("pulse.json", "owner.pid")
    return {str(path.relative_to(root)): path.read_bytes() for path in names if path.name not in passing}


def modes(root: Path) -> set[str]:
    """Which modes folders and files have."""
    return {f"{'d' if path.is_dir() else 'f'}{path.stat().st_mode & 0o777:o}" for path in root.rglob("*")}


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder that everybody may enter, for tests of what somebody may not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def as_somebody() -> Iterator[None]:
    """Whoever may read nothing that is not for all."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def for_all(root: Path, but: str = "") -> None:
    """Make a desk readable for everybody, all of it but one file or folder."""
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if but:
        (root / but).chmod(0o700 if (root / but).is_dir() else 0o600)
