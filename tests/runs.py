"""Whole runs for tests: an executor in this process, a refresh at a fixed moment, and the files that come of them."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from executor.app import Order, Run, Summary
from executor.clock import FixedClock
from executor.flags import Flags, read_flags
from executor.records.streams import STREAMS
from executor.settings import Settings
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import Outcome, refresh
from hedge_assets.settings import Place

NOW_US = 1_780_000_000_000_000
FLAGS = read_flags({})
STATES = scan()
NAMES = [state.name for state in STATES]


def ran(root: Path, settings: Settings, loops: int | None = None, *, flags: Flags = FLAGS) -> Summary:
    """A run as fast as it goes; goes on where `root` has one."""
    return asyncio.run(Run(Order(root=root, settings=settings, flags=flags, speed=0.0, loops=loops)).run())


def refreshed(root: Path, now_us: int = NOW_US, *, flags: Flags = FLAGS) -> list[Outcome]:
    """All states, as of a fixed moment; every one must be written and keep all its promises."""
    outcomes = refresh(Place(root=root), STATES, NAMES, clock=FixedClock(now_us), flags=flags)
    assert [(each.name, each.fate, each.reason) for each in outcomes] == [(name, "written", None) for name in NAMES]
    assert [(each.name, check) for each in outcomes for check in each.checks if check.detail is not None] == []
    return outcomes


def document(root: Path, file: str) -> dict[str, Any]:
    """One state file."""
    return json.loads((root / "state" / file).read_text("utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every state file, but health: it judges files and not journals."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json")) if path.name != "health.json"}


def journals(root: Path) -> dict[str, bytes]:
    """Every segment of every journal."""
    return {f"{stream}/{path.name}": path.read_bytes() for stream in STREAMS for path in sorted((root / "raw" / stream).iterdir())}


def shared_facts(root: Path) -> dict[str, Mapping[str, Any]]:
    """All states without what tells one run of the same market from another: boots, sequence numbers, hashes of inputs."""
    found = {path.name: document(root, path.name) for path in sorted((root / "state").glob("*.json")) if path.name != "health.json"}
    return {name: {key: value for key, value in said.items() if key != "inputs"} for name, said in found.items()}
