"""Loopback ports for the tests: no two workers take from the same range, and none from what the kernel gives to lines that go out."""

import itertools
import os

from hedge_assets.stack.ports import NAMES
from hedge_assets.stack.programs import free

FIRST, EACH, WORKERS = 10_000, 1_400, 16  # up to 32,400; lines that go out have ports from 32,768
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_turns = itertools.count(os.getpid())  # a program of a test begins elsewhere than its worker
_ports = (FIRST + _worker * EACH + turn % EACH for turn in _turns)


def free_row(length: int) -> int:
    """The first of so many ports, one after the other, that nobody listens on and that this process has not given lately."""
    for _ in range(EACH):
        row = list(itertools.islice(_ports, length))
        if row[-1] - row[0] == length - 1 and all(map(free, row)):
            return row[0]
    raise AssertionError(f"no {length} ports are free")


def of_a_desk() -> dict[str, str]:
    """A free one for each program of a desk, as its environment says it: two desks that begin at once would find the same ones free."""
    return {name: str(free_port()) for name in NAMES.values()}


def free_port() -> int:
    """One of them."""
    return free_row(1)
