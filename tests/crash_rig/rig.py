"""One rig: a venue in a thread, a zygote beside it, children killed one after another; at the end one that may finish in peace."""

import os
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from math import inf
from pathlib import Path
from random import Random
from typing import Self

import msgspec

from executor.errors import CorruptJournal, LockError
from executor.pulse import read_pulse
from tests.crash_rig.desk import SYMBOLS, Birth, Place
from tests.crash_rig.judging import Judgement, judged
from tests.crash_rig.nursery import Nursery
from tests.crash_rig.points import ONCE, POINTS
from tests.crash_rig.power import Disk
from tests.local_venue.faults import TIMEOUT_408, UNKNOWN_503, Fault
from tests.local_venue.limits import Limits
from tests.local_venue.shapes import Seen
from tests.local_venue.venue import running_in_thread

PEACE_S, PEACE_LOOPS, STOP_S, TURN_S = 4.0, 20, 120.0, 0.02
LIFE_S = 6.0
"""The longest life, at pace 1. Mostly it is over before: lives are measured by what was asked of the venue, so that a busy machine
comes as far."""

START_REQUESTS, TRADING_ORDERS, POINT_REQUESTS = 50, 8, 100
"""The most requests of a life that ends in its start, orders of one that trades, requests of one that is to come by a point; at pace 1."""

TRADING_FRAC = 0.3
"""The share of lives that trade before they end; what is left behind by those is what all the others find."""

BESIDE_S = 0.7
"""How long at most a second executor is beside the first, at pace 1: it asks for the lock for two seconds. Every other one stays until
it was turned away, or sent an order, however long a busy machine takes for that."""

KILLED, REFUSED, SHUT = -signal.SIGKILL, LockError.exit_code, CorruptJournal.exit_code
PRICES = {"BTCUSDT": (60_000.0, 0.1), "ETHUSDT": (3_000.0, 0.01)}
SEND = ("POST", "/fapi/v1/order")


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a rig is hard on its children. `faulty_frac` of all sendings lose their answer or worse, `beside_frac` of all children find
    another beside them, `cut_frac` of all kills are power cuts. Placed kills are at the point `at` where one is named; lives are
    `pace` times as long; `bug` is planted in every child. A late order comes after two thirds of `window_ms`."""

    faulty_frac: float = 0.4
    beside_frac: float = 0.05
    cut_frac: float = 0.25
    at: str = ""
    pace: float = 1.0
    window_ms: int = 300
    bug: str = ""


class Rig:
    """Kills on one data root: `kills` so far, of them `placed` that died at their point; `refused` were begun beside another and saw it;
    `fell` ended otherwise than they should; where it `is_shut`, none will start any more."""

    def __init__(self, folder: Path, seed: int, manner: Manner = Manner()) -> None:  # noqa: B008 - nothing of it changes
        self.kills = self.placed = self.refused = 0
        self.root = folder / "logs"
        self._chance, self._seed, self._manner = Random(seed), seed, manner
        self.disk = Disk(self.root, self._chance)
        self.fell: list[str] = []
        self.is_shut = False
        self._alive: list[int] = []
        self._asked: Counter[int] = Counter()
        self._sent: Counter[int] = Counter()
        self._sent_beside: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        limits = Limits()
        limits.weight_1m = limits.orders_10s = limits.orders_1m = 10**9
        self.hosted = self._stack.enter_context(running_in_thread(symbols=SYMBOLS, wallet="1000000", seed=self._seed, limits=limits))
        self.place = Place(str(self.root), self.hosted.port, str(self.hosted.ca_file), self._manner.window_ms)
        self._nursery = self._stack.enter_context(Nursery())
        self.hosted.venue.arrived = self._noted
        self._set_faults()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _noted(self, seen: Seen) -> None:
        sender = int(seen.headers["User-Agent"])
        self._asked[sender] += 1
        if (seen.method, seen.path) == SEND:
            self._sent[sender] += 1
            if sender in self._alive[1:]:
                self._sent_beside.append(seen.client_id)

    def _set_faults(self) -> None:
        share = self._manner.faulty_frac / 7
        actions = [
            Fault(action="hang", phase="after"),
            Fault(action="hang", phase="before"),
            Fault(action="cut", phase="after"),
            Fault(action="reset", phase="before"),
            Fault(action="body", phase="after", **UNKNOWN_503),  # type: ignore[arg-type]
            Fault(action="body", phase="before", **TIMEOUT_408),  # type: ignore[arg-type]
            Fault(action="late", ms=self._manner.window_ms * 2 // 3, then="reset"),
        ]
        for fault in actions:
            made = msgspec.structs.replace(fault, method="POST", path="/fapi/v1/(order|algoOrder)", chance=share, times=None)
            self.hosted.call(self.hosted.venue.faults.add, made)
        for endpoint in ("order", "openOrders", "allOrders", "userTrades", "algoOrder", "openAlgoOrders"):
            self.hosted.venue.delays[endpoint] = 30

    def move_market(self) -> None:
        """Another price everywhere."""
        quotes = []
        for symbol, (price, tick) in PRICES.items():
            bid = round(price * (1 + self._chance.gauss(0, 0.0005)) / tick) * tick
            quotes.append((symbol, f"{bid:.2f}", f"{bid + tick:.2f}"))
        self.hosted.call(lambda: [self.hosted.venue.market.quote(*quote) for quote in quotes])

    def kill(self, point: str = "", when: str = "before", nth: int = 1) -> None:
        """Let a child begin, and kill it: at the point, or after a random while; at times another is begun beside it. At times the power
        goes with them."""
        chance, pace = self._chance, self._manner.pace
        child = self._born(point, when, nth)
        if point:
            self._live(child, LIFE_S * pace, requests=POINT_REQUESTS * pace)
        elif chance.random() < TRADING_FRAC:
            self._live(child, LIFE_S * pace, orders=TRADING_ORDERS * pace * chance.random())
        else:
            self._live(child, LIFE_S * pace, requests=START_REQUESTS * pace * chance.random())
        if not point and chance.random() < self._manner.beside_frac:
            beside = self._born()
            if chance.random() < 0.5:
                self._live(beside, STOP_S, orders=0)
            else:
                self._live(child, BESIDE_S * pace * chance.random() ** 0.5)
            self._end(child)
            child = beside
            self._live(child, BESIDE_S * pace * chance.random() ** 0.5)
        elif not point:
            time.sleep(TURN_S * chance.random())
        self.placed += bool(point) and self._nursery.ended(child, 0) == KILLED
        self._end(child)
        self.kills += 1
        if chance.random() < self._manner.cut_frac:
            self.disk.cut()

    def any_point(self) -> None:
        """Kill at a random named point, or at the one named."""
        point, when = self._manner.at or self._chance.choice(POINTS), self._chance.choice(("before", "after"))
        self.kill(point, when, 1 if point in ONCE else self._chance.randint(1, 12 if self._manner.at else 6))

    def judged(self) -> Judgement:
        """Let a last child settle everything with a well venue, stop it, and judge the journal."""
        self.hosted.call(self.hosted.venue.faults.clear)
        child = self._born()
        self._live(child, PEACE_S)
        until_s = time.monotonic() + STOP_S
        while not self._is_at_work(child) and self._nursery.ended(child, 0) is None and time.monotonic() < until_s:
            self._live(child, PEACE_S / PEACE_LOOPS)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        code = self._nursery.ended(child, STOP_S)
        if code != 0:
            self.fell.append(f"the last one, left in peace: {code}")
        return judged(self.root, self.hosted.venue.oracle, fell=self.fell, sent_beside=self._sent_beside)

    def _is_at_work(self, child: int) -> bool:
        """Whether its start is done, and some loops after it: what was left behind is settled."""
        pulse = read_pulse(self.root / "raw")
        return pulse is not None and pulse.pid == child and pulse.turns >= PEACE_LOOPS

    def _born(self, point: str = "", when: str = "before", nth: int = 1) -> int:
        pipeline = self._chance.choice(("v5", "v6"))
        child = self._nursery.born(Birth(place=self.place, pipeline=pipeline, point=point, when=when, nth=nth, bug=self._manner.bug))
        self._alive.append(child)
        return child

    def _live(self, child: int, for_s: float, *, requests: float = inf, orders: float = inf) -> None:
        """Move the market so long, or until the child has asked so much of the venue, sent more orders than so many, or is gone."""
        until_s = time.monotonic() + for_s
        while (left_s := until_s - time.monotonic()) > 0 and self._asked[child] < requests and self._sent[child] <= orders:
            self.move_market()
            if self._nursery.ended(child, min(left_s, TURN_S)) is not None:
                return

    def _end(self, child: int) -> None:
        """Kill a child, unless it is gone; note how it ended, and where it should not have."""
        self._alive.remove(child)  # before it is killed: what comes from now on may come from the next one
        with suppress(ProcessLookupError):  # it ended by itself
            os.kill(child, signal.SIGKILL)
        code = self._nursery.ended(child, STOP_S)
        if code == REFUSED:
            self.refused += 1
        elif code != KILLED:
            self.fell.append(f"child {child}: {code}")
            self.is_shut = code == SHUT
