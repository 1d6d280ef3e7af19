"""What `hedge up` leaves for others to read: how its programs are, every two seconds, and where metrics are served."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from executor.pulse import REMEMBERED
from hedge_assets.health.scene import Program, Programs
from hedge_assets.stack.knocking import Mute
from hedge_assets.stack.programs import LOOPBACK, Ports, ports_of
from hedge_assets.stack.supervision import Process
from hedge_assets.store import StoreError, replace

PROGRAMS = "programs.json"
TARGETS = "prometheus_targets.json"
EVERY_S = 2.0
NONE: Mapping[str, Mute] = MappingProxyType({})
DONE = ("STOPPED", "STOPPING", "EXITED")


class Tally:
    """The programs as they are, and when each went down unasked; the note is replaced every two seconds, and gone at the end."""

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / PROGRAMS
        self._pids: dict[str, int] = {}
        self._falls_us: dict[str, tuple[int, ...]] = {}
        self._noted_s: float | None = None
        self._is_refused = False
        self.forget()

    def see(self, processes: Mapping[str, Process], now_us: int, mute: Mapping[str, Mute] = NONE) -> Programs:
        """Count what went down since the last look; the programs as they are now, and those that do not answer."""
        for name, process in processes.items():
            before = self._pids.get(name, 0)
            if before and process.pid != before and not is_meant(process):
                self._falls_us[name] = (*self._falls_us.get(name, ()), now_us)[-REMEMBERED:]
            self._pids[name] = process.pid
        return Programs(at_us=now_us, programs=tuple(self._row(each, mute.get(each.name)) for each in processes.values()))

    def _row(self, process: Process, mute: Mute | None) -> Program:
        return Program(
            name=process.name,
            state=process.state,
            pid=process.pid,
            exit_code=process.exit_code,
            since_us=process.since_s * 1_000_000,
            falls_us=self._falls_us.get(process.name, ()),
            mute_s=None if mute is None else mute.for_s,
            fault=None if mute is None else mute.fault,
        )

    def note(self, processes: Mapping[str, Process], mute: Mapping[str, Mute] = NONE) -> str | None:
        """See them, and replace the note if it is time; why that was refused, said once until it works again."""
        seen = self.see(processes, time.time_ns() // 1_000, mute)
        if self._noted_s is not None and time.monotonic() - self._noted_s < EVERY_S:
            return None
        self._noted_s = time.monotonic()
        was_refused, self._is_refused = self._is_refused, False
        try:
            replace(self._path, msgspec.json.encode(seen))
        except StoreError as error:
            self._is_refused = True
            return None if was_refused else str(error)
        return None

    def forget(self) -> None:
        """Take the note away: nobody runs these programs any more. One that stays is too old to be believed soon."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def is_meant(process: Process) -> bool:
    """Whether a program that is not up went down because it was told to, or was done."""
    return process.pid == 0 and process.state in DONE and (process.exit_code == 0 or process.state != "EXITED")


def write_targets(run_folder: Path, ports: Ports, accounts: Sequence[str] = ()) -> None:
    """Where Prometheus finds those that serve metrics, in its own form for files of targets. Raises `StoreError`.

    Where accounts have names each executor's samples get the `account` that the watch puts on its own: on one machine nothing else tells
    them apart.
    """
    executors = [(port, {"account": name} if name else {}) for name, port in ports_of(ports, accounts).items()]
    jobs = [("hedge_watch", ports.watch, {}), *(("hedge_executor", port, whose) for port, whose in executors)]
    rows = [{"targets": [f"{LOOPBACK}:{port}"], "labels": {"job": job, **whose}} for job, port, whose in jobs]
    replace(run_folder / TARGETS, msgspec.json.encode(rows))
