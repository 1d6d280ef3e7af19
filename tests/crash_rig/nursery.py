"""Children of the zygote, as the rig sees them: begun, and waited for, several at once."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import msgspec

from tests.crash_rig.desk import Birth

ROOT = Path(__file__).parents[2]
STOP_S = 60.0


class Nursery:
    """One zygote and its children. The zygote ends with the block."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._rest = b""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.crash_rig.zygote"]
        self._zygote = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._asked, self._told = self._zygote.stdin, self._zygote.stdout.fileno()
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.close()
        self._zygote.wait(STOP_S)

    def born(self, birth: Birth) -> int:
        """Begin a child; its process id."""
        self._asked.write(msgspec.json.encode(birth) + b"\n")
        while not (begun := self._heard(STOP_S)):
            pass
        return begun

    def ended(self, pid: int, within_s: float) -> int | None:
        """How a child ended, as `subprocess` says it; null where it did not within so many seconds."""
        until_s = time.monotonic() + within_s
        while pid not in self._codes and (left_s := until_s - time.monotonic()) > 0:
            self._heard(left_s)
        return self._codes.get(pid)

    def _heard(self, within_s: float) -> int:
        """Take a line of the zygote's, should one come: the id of a child that begins, 0 where it says something else or nothing."""
        if b"\n" not in self._rest:
            if not select.select([self._told], [], [], within_s)[0]:
                return 0
            said = os.read(self._told, 4_096)
            assert said, f"the zygote ended with {self._zygote.wait(STOP_S)}"
            self._rest += said
        line, found, rest = self._rest.partition(b"\n")
        if not found:
            return 0
        self._rest = rest
        pid, *code = map(int, line.split())
        if code:
            self._codes[pid] = code[0]
            return 0
        return pid
