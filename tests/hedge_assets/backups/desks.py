"""Small desks that have traded, for tests of backups: journals in several segments, states, and the record of their refresh."""

from pathlib import Path

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
