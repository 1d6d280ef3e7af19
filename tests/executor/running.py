"""Real executors for tests: started, looked at while they go on, and ended by their own pid."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from executor.pulse import Pulse, read_pulse

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0


@contextmanager
def running(root: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "executor", "run", "--data", str(root), *more]
    environ = {name: value for name, value in os.environ.items() if name not in ("ENV", "HEDGE_DATA")}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def pulse_once(root: Path, holds: Callable[[Pulse], bool]) -> Pulse:
    """The first pulse seen of which this holds."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        pulse = read_pulse(root / "raw")
        if pulse is not None and holds(pulse):
            return pulse
        time.sleep(0.05)
    raise AssertionError(f"no such pulse within {PATIENCE_S} s, the last was {read_pulse(root / 'raw')}")
