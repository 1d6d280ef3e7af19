"""Columns over the journals of real runs, made once and shared."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from executor.flags import read_flags
from executor.settings import Features, Settings, Synthetic
from hedge_assets.comparing.columns import columns_of
from hedge_assets.comparing.comparing import comparison
from hedge_assets.comparing.shapes import Comparison
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import fold
from hedge_assets.refreshing.shadowing import Shadowed
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.candidates import PLAIN, Candidate
from hedge_assets.shadow.comparison import PairTally
from tests.runs import ran

LOOPS = 2_400


def made(scenario: str = "normal", **given) -> Settings:
    """A made market that moves enough for many trades in few loops."""
    return Settings(synthetic=Synthetic(scenario=scenario, step_ms=1_000), features=Features(bar_s=5.0), **given)


@cache
def journaled(scenario: str = "normal", live: str = "v5", loops: int = LOOPS, settings: str = "") -> Path:
    """The journals of one run under a live pipeline; `settings` is JSON of tables that differ."""
    import msgspec  # noqa: PLC0415

    root = Path(mkdtemp(prefix="hedge-columns-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    wanted = made(scenario, **(msgspec.convert(msgspec.json.decode(settings), dict) if settings else {}))
    wanted = msgspec.convert(msgspec.to_builtins(wanted), Settings)
    ran(root, wanted, loops, flags=read_flags({"RISK_ENGINE_V6_ENABLED": "1" if live == "v6" else "0"}))
    return root


def shadowed(root: Path, *candidates: Candidate, reference: str = "", **given) -> Shadow:
    """All columns over all of it."""
    return fold(root / "raw", Shadowed(shadow=Shadow(candidates=(*PLAIN, *candidates), reference=reference, **given))).shadow


def compared(shadow: Shadow, live: str, other: str) -> Comparison:
    """Two columns of it side by side."""
    sums = shadow.ledger.results.since(None, PairTally)
    return comparison(shadow, sums, columns_of(shadow), names=(live, other), telemetry=Telemetry())
