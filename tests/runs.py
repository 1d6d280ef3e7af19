"""Whole runs for tests: an executor in this process, a refresh at a fixed moment, and the files that come of them."""

import asyncio
import json
import shutil
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
from tests.recomputed import lines, segment_lines

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


def rebuildable(folder: Path) -> list[str]:
    """The files under a folder of states that the journals alone give."""
    return sorted(state.spec.file for state in STATES if state.is_rebuildable and (folder / state.spec.file).is_file())


def contents(folder: Path) -> dict[str, bytes]:
    """Every state file that the journals alone give; the others tell of the machine as it was."""
    return {name: (folder / name).read_bytes() for name in rebuildable(folder)}


def journals(root: Path) -> dict[str, bytes]:
    """Every segment of every journal."""
    return {f"{stream}/{path.name}": path.read_bytes() for stream in STREAMS for path in sorted((root / "raw" / stream).iterdir())}


def shared_facts(root: Path) -> dict[str, Mapping[str, Any]]:
    """All states without what tells two runs of one market apart: boots and since when they run, sequence numbers and hashes of inputs."""
    found = {name: document(root, name) for name in rebuildable(root / "state")}
    for said in found.values():
        del said["inputs"]
    del found["v6_runtime_probe.json"]["boots"]
    for service in found["v6_runtime_probe.json"]["services"]:
        for name in ("boot", "running_since_ts"):
            del service[name]
    return found


def differing(one: Mapping[str, Mapping[str, Any]], two: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Each field that two sets of states do not agree on, with both values."""
    assert set(one) == set(two)
    return {
        f"{name}: {field}": (said.get(field), two[name].get(field))
        for name, said in one.items()
        for field in {*said, *two[name]}
        if said.get(field) != two[name].get(field)
    }


class Past:
    """The journals of a finished run, as they lay on disk at any moment of it."""

    def __init__(self, root: Path) -> None:
        self.segments: list[tuple[str, Path, list[tuple[int, bytes]]]] = []
        for stream in STREAMS:
            for path in sorted((root / "raw" / stream).iterdir()):
                self.segments.append((stream, path, [(json.loads(line)["ts_us"], line) for line in segment_lines(path)]))
        self.beats_us = sorted({record["ts_us"] for record in lines(root, "positions")})

    def at(self, ts_us: int, out: Path, *, ragged_bytes: int = 0) -> None:
        """Let journals under `out` grow to that moment: what is finished is packed, what is not is plain.

        With so many bytes of the line after it, as a crash leaves them.
        """
        torn = set()
        for stream, path, records in self.segments:
            kept = [line for at_us, line in records if at_us <= ts_us]
            plain = out / "raw" / stream / path.name.removesuffix(".zst")
            plain.parent.mkdir(parents=True, exist_ok=True)
            if len(kept) == len(records) and path.suffix == ".zst":
                shutil.copy(path, plain.with_name(path.name))
                plain.unlink(missing_ok=True)
                continue
            rest = b""
            if len(kept) < len(records) and stream not in torn:
                rest = records[len(kept)][1][:ragged_bytes]
                torn.add(stream)
            if kept or rest:
                plain.write_bytes(b"".join(line + b"\n" for line in kept) + rest)
