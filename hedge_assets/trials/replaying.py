"""A recording traded by an executor of its own in a folder of its own: raw facts to compare columns over."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from executor.errors import HedgeError

ERROR = "error: "


def refuse_failed(process: "subprocess.Popen[str]", recording: Path) -> None:
    """Wait for the executor's end; raises with its own words where it refused or fell."""
    said, wrong = process.communicate()
    if process.returncode != 0:
        lines = [line for line in (*wrong.splitlines(), *said.splitlines()) if line.strip()]
        why = lines[-1].removeprefix(ERROR) if lines else f"it ended with {process.returncode}"
        raise HedgeError(f"the executor did not go through {recording}: {why}")


@contextmanager
def started(
    recording: Path, data: Path, *, config: Path | None, environ: Mapping[str, str], live: str
) -> Iterator["subprocess.Popen[str]"]:
    """The executor going through a recording as fast as it can, with a pipeline live; ended when we leave."""
    command = [sys.executable, "-m", "executor", "run", "--feed", f"replay:{recording}", "--exchange", "paper", "--speed", "max"]
    command += ["--data", str(data), *(["--config", str(config)] if config is not None else [])]
    flags = {**environ, "RISK_ENGINE_V6_ENABLED": "1" if live == "v6" else "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=flags, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 - our own program
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
