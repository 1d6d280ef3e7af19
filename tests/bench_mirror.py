"""The mirror pulled away from a desk that trades: what the executor notices, what is owed, how soon all of it is there again.

    python -m tests.bench_mirror [--rounds N] [--seconds S]

An executor at ten loops a second, all states refreshed every few seconds, `hedge mirror run`, and a Firestore on loopback whose process is
stopped for the outage. Before that, how many documents a second go through one copyist, gRPC and all.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from executor.clock import WallClock
from executor.flags import read_flags
from executor.journal.audit import tail
from executor.records.account import Heartbeat
from hedge_assets.catalog import scan
from hedge_assets.health.gathering import note
from hedge_assets.health.scene import Mirrored
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.fake_firestore.server import FakeFirestore
from tests.hedge_assets.mirror.desks import NAMES, Moving, mirror, written

HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()"]
REFRESH_S = 5.0


def documents_a_second(seconds: float = 5.0) -> float:
    """How many changed documents a copyist brings there in a second, when nothing holds it back."""
    from hedge_assets.mirror.sinks.firestore import SINK  # noqa: PLC0415

    with FakeFirestore() as fake, tempfile.TemporaryDirectory() as folder:
        os.environ["FIRESTORE_EMULATOR_HOST"] = fake.host
        root, pushed, began_s = Path(folder), 0, time.monotonic()
        desk = Moving(root, {"firestore": SINK}, mirror(writes_per_day=1_000_000_000))
        while time.monotonic() - began_s < seconds:
            for name in NAMES:
                written(root, name, float(pushed), points=100)
                pushed += 1
            desk.turn(1)
        del os.environ["FIRESTORE_EMULATOR_HOST"]
        return pushed / (time.monotonic() - began_s)


class Desk:
    """The processes, and what is seen of them."""

    def __init__(self, root: Path, fake: FakeFirestore) -> None:
        self.place = Place(root=root)
        settings = root / "bench.toml"
        settings.write_text("[loop]\nperiod_s = 0.1\n[synthetic]\nstep_ms = 100\n")
        told = {
            **os.environ,
            "FIRESTORE_ENABLED": "1",
            "FIRESTORE_EMULATOR_HOST": fake.host,
            "GOOGLE_CLOUD_PROJECT": "desk",
            "HEDGE_CONFIG": str(settings),
        }
        executor = [sys.executable, "-m", "executor", "run", "--data", str(root), "--config", str(settings)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._executor = subprocess.Popen(executor, env=told, **quiet)
        time.sleep(5)
        self.refresh()
        self._mirror = subprocess.Popen([*HEDGE, "mirror", "run", "--data", str(root)], env=told, **quiet)

    def refresh(self) -> None:
        states = scan()
        refresh(self.place, states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))

    def lasts(self, seconds: float) -> list[float]:
        """Lags of the executor's loops over so long, in ms, with states refreshed all the while."""
        began_us = WallClock().now_us()
        while WallClock().now_us() - began_us < seconds * 1e6:
            self.refresh()
            time.sleep(REFRESH_S)
        records = tail(self.place.raw, "positions", round(seconds * 40))
        return [each.lag_us / 1e3 for _, each in records if isinstance(each, Heartbeat) and each.ts_us >= began_us]

    def stands(self) -> dict[str, object]:
        stood = note(self.place.mirrored / "standing.json", Mirrored)
        if stood is None or not stood.sinks:
            return {}
        sink = stood.sinks[0]
        return {
            "owed": len(sink.owed),
            "failures": sink.failures,
            "acknowledged": sink.acknowledged,
            "written_today": sink.written_today,
            "ledger_bytes": (self.place.mirrored / "ledger.json").stat().st_size,
            "mirror_rss_mb": rss_mb(self._mirror.pid),
        }

    def end(self) -> None:
        for process in (self._mirror, self._executor):
            process.terminate()
            process.wait(30)


def rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024, 1)


def said(name: str, lags: list[float]) -> dict[str, object]:
    ordered = sorted(lags)
    return {
        "phase": name,
        "loops": len(ordered),
        "lag_p50_ms": round(statistics.median(ordered), 2),
        "lag_p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
    }


@click.command()
@click.option("--rounds", default=4, help="How often the remote is taken away and given back.")
@click.option("--seconds", default=45.0, help="How long it is there, and how long it is gone, each time.")
def main(rounds: int, seconds: float) -> None:
    """Print one JSON object a line: with it and without it in turns, so that what else this machine does falls on both."""
    print(json.dumps({"documents_a_second": round(documents_a_second())}), flush=True)
    lags: dict[str, list[float]] = {"there": [], "gone": []}
    with FakeFirestore() as fake, tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), fake)
        try:
            for _ in range(rounds):
                lags["there"] += desk.lasts(seconds)
                fake.stop()
                lags["gone"] += desk.lasts(seconds)
                print(json.dumps(desk.stands() | {"recovered_s": recovered(desk, fake)}), flush=True)
        finally:
            desk.end()
    for name, found in lags.items():
        print(json.dumps(said(name, found)), flush=True)


def recovered(desk: Desk, fake: FakeFirestore) -> float:
    """Give it back; how long until nothing is owed."""
    fake.start()
    began_s = time.monotonic()
    while desk.stands().get("owed") or desk.stands().get("failures"):
        time.sleep(0.05)
    return round(time.monotonic() - began_s, 1)


if __name__ == "__main__":
    main()
