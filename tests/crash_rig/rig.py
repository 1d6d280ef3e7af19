"""One rig: a venue in a thread, a zygote beside it, children killed one after another; at the end one that may finish in peace."""

import os
import select
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random
from typing import Self

import msgspec

from tests.crash_rig.desk import SYMBOLS, Place
from tests.crash_rig.judging import Judgement, judged
from tests.crash_rig.points import POINTS
from tests.crash_rig.zygote import Birth
from tests.local_venue.faults import TIMEOUT_408, UNKNOWN_503, Fault
from tests.local_venue.limits import Limits
from tests.local_venue.venue import running_in_thread

ROOT = Path(__file__).parents[2]
PEACE_S, STOP_S, POINT_S = 4.0, 15.0, 0.6
PRICES = {"BTCUSDT": (60_000.0, 0.1), "ETHUSDT": (3_000.0, 0.01), "SOLUSDT": (150.0, 0.01)}


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """How one child ended: at a point, or from outside after so many seconds."""

    point: str
    when: str
    nth: int
    after_s: float
    code: int


class Rig:
    """Kills on one data root. `faulty_frac` of all sendings lose their answer or worse. Placed kills are at the point `at` where one is
    named; lives are `pace` times as long."""

    def __init__(self, folder: Path, seed: int, *, faulty_frac: float = 0.4, bug: str = "", at: str = "", pace: float = 1.0) -> None:
        self.kills: list[Kill] = []
        self.root = folder / "logs"
        self._chance, self._bug, self._faulty_frac = Random(seed), bug, faulty_frac
        self._seed, self._at, self._pace = seed, at, pace
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        limits = Limits()
        limits.weight_1m = limits.orders_10s = limits.orders_1m = 10**9
        self.hosted = self._stack.enter_context(running_in_thread(symbols=SYMBOLS, wallet="1000000", seed=self._seed, limits=limits))
        self.place = Place(str(self.root), self.hosted.port, str(self.hosted.ca_file))
        command = [sys.executable, "-m", "tests.crash_rig.zygote"]
        self._zygote = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._stack.callback(self._end_zygote)
        self._set_faults()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _end_zygote(self) -> None:
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()
        self._zygote.wait(STOP_S)

    def _set_faults(self) -> None:
        share = self._faulty_frac / 7
        actions = [
            Fault(action="hang", phase="after"),
            Fault(action="hang", phase="before"),
            Fault(action="cut", phase="after"),
            Fault(action="reset", phase="before"),
            Fault(action="body", phase="after", **UNKNOWN_503),  # type: ignore[arg-type]
            Fault(action="body", phase="before", **TIMEOUT_408),  # type: ignore[arg-type]
            Fault(action="late", ms=200, then="reset"),
        ]
        for fault in actions:
            made = msgspec.structs.replace(fault, method="POST", path="/fapi/v1/(order|algoOrder)", chance=share, times=None)
            self.hosted.call(self.hosted.venue.faults.add, made)
        for endpoint in ("order", "openOrders", "allOrders", "userTrades", "algoOrder", "openAlgoOrders"):
            self.hosted.venue.delays[endpoint] = 30

    def move_market(self) -> None:
        """Another price everywhere."""
        for symbol, (price, tick) in PRICES.items():
            bid = round(price * (1 + self._chance.gauss(0, 0.0005)) / tick) * tick
            self.hosted.call(self.hosted.venue.market.quote, symbol, f"{bid:.2f}", f"{bid + tick:.2f}")

    def kill(self, point: str = "", when: str = "before", nth: int = 1) -> Kill:
        """Let a child begin, and kill it: at the point, or after a random while."""
        birth = Birth(place=self.place, pipeline=self._chance.choice(("v5", "v6")), point=point, when=when, nth=nth, bug=self._bug)
        pid = self._born(birth)
        after_s = (
            POINT_S * self._pace if point else self._chance.choice((0.05, 0.1, 0.2, 0.3, 0.6, 1.2)) * self._chance.random() * self._pace
        )
        code = self._ended(pid, after_s, 9)
        done = Kill(point=point, when=when, nth=nth, after_s=after_s, code=code)
        self.kills.append(done)
        return done

    def any_point(self) -> Kill:
        """Kill at a random named point, or at the one named."""
        if self._at:
            return self.kill(self._at, self._chance.choice(("before", "after")), self._chance.randint(1, 12))
        return self.kill(self._chance.choice(POINTS), self._chance.choice(("before", "after")), self._chance.randint(1, 6))

    def judged(self) -> Judgement:
        """Let a last child settle everything with a well venue, stop it, and judge the journal."""
        self.hosted.call(self.hosted.venue.faults.clear)
        pid = self._born(Birth(place=self.place, pipeline="v5", bug=self._bug))
        code = self._ended(pid, PEACE_S, 15)
        if code != 0:
            raise AssertionError(f"the last child, left in peace, ended with {code}")
        return judged(self.root, self.hosted.venue.oracle)

    def _born(self, birth: Birth) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(msgspec.json.encode(birth) + b"\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def _ended(self, pid: int, after_s: float, number: int) -> int:
        """Wait so long, moving the market, or until it is gone; then send the signal. Gives the exit code."""
        assert self._zygote.stdout is not None
        until_s = time.monotonic() + after_s
        while (left_s := until_s - time.monotonic()) > 0:
            self.move_market()
            if select.select([self._zygote.stdout], [], [], min(left_s, 0.02))[0]:
                return int(self._zygote.stdout.readline())
        with suppress(ProcessLookupError):  # it ended just now, by itself
            os.kill(pid, number)
        return int(self._zygote.stdout.readline())
