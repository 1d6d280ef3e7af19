"""One executor at the local venue: in this process for most tests, as a child for those that kill it or look at its exit code."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec

import executor.strategies
from executor import control
from executor.clock import FixedClock, WallClock
from executor.configuration import settings_from
from executor.flags import read_flags
from executor.journal.audit import verify
from executor.journal.reader import read
from executor.life import Order, Summary
from executor.live.run import LiveRun
from executor.permission import Permit
from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Quote
from executor.records.streams import STREAMS, Stream
from executor.strategies.base import Wish
from executor.wire.secrets import Key, Secret
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.local_venue.faults import Action, Fault
from tests.local_venue.venue import KEY, SECRET, LocalVenue

ROOT = Path(__file__).parents[3]
PLUGS = str(Path(__file__).with_name("plugs"))
PATIENCE_S = 120.0
SYMBOLS = ("BTCUSDT", "ETHUSDT")
WIDE = {"BTCUSDT": ("59980", "60030"), "ETHUSDT": ("2999", "3002")}
"""Quotes so wide that an entry rests; it would take where they are a tick apart."""

PATIENT = {"recv_window_ms": 10_000, "timeout_ms": 9_000, "stale_ms": 10_000, "clock_off_ms": 5_000, "user_silence_s": 60}
"""A busy machine answers late, and what is tried is not how late."""
GIVES_UP = {"recv_window_ms": 4_000, "timeout_ms": 3_000, "clock_off_ms": 1_000}
"""Where an answer never comes."""

Kind = TypeVar("Kind", bound=Record)


def table_of(port: int, ca_file: Path, folder: Path, strategy: str = "asked", **changes: dict[str, Any]) -> dict[str, Any]:
    """Settings as a file would hold them; `changes` are whole tables laid over these, `strategy` is asked alone."""
    key, asks = folder / "key.json", folder / "asks"
    asks.mkdir(parents=True, exist_ok=True)
    if not key.exists():
        key.write_text(json.dumps({"key": KEY, "secret": SECRET}))
        key.chmod(0o400)
    tables: dict[str, dict[str, Any]] = {
        "loop": {"period_s": 0.1, "checkpoint_s": 1.0},
        "venue": {**PATIENT, "reconcile_s": 1, "settle_s": 0.5, "dead_man_s": 0},
        "limits": {"cooldown_s": 0, "burst_per_minute": 1_000, "wide_spread_bps": 2, "quote_max_age_s": 60},
        "brakes": {},
        "router": {"patience_s": 600},
        "features": {"bar_s": 1},
    }
    for name, change in changes.items():
        tables[name] = {**tables.get(name, {}), **change}
    tables["venue"] = {"symbols": SYMBOLS, "key_file": str(key), "route": f"127.0.0.1:{port}", "ca_file": str(ca_file), **tables["venue"]}
    plain = {"account": "demo1", "mode": "demo", "exchange": "ccxt:binanceusdm", "feed": "live", "strategies": [strategy]}
    return {**plain, **tables, "strategy": {"asked": {"folder": str(asks)}} if strategy == "asked" else {}}


class Books:
    """What an executor of one folder was asked, and what it wrote down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "logs"
        self._asked = 0

    def ask(self, symbol: str, side: str = "buy", *, purpose: str = "entry", reason: str = "asked", **more: Any) -> None:
        """Have the strategy wish for this once."""
        self._asked += 1
        wish = Wish(symbol=symbol, side=side, purpose=purpose, reason=reason, **more)
        beside = self.folder / "asks" / f"{time.time_ns()}-{self._asked}.new"
        beside.write_bytes(msgspec.json.encode(wish))
        beside.rename(beside.with_suffix(".json"))

    def records(self, stream: Stream = "orders") -> list[Record]:
        """Everything in a journal now."""
        if not (self.root / "raw" / stream).is_dir():
            return []
        return [record for _, record in read(self.root / "raw", stream)]

    def of(self, kind: type[Kind], **fields: Any) -> list[Kind]:
        """The records of a kind with these fields, oldest first."""
        stream: Stream = "positions" if kind.__name__ in ("Account", "Heartbeat") else "orders"
        found = [record for record in self.records(stream) if isinstance(record, kind)]
        return [record for record in found if all(getattr(record, name) == value for name, value in fields.items())]

    def story(self, *kinds: type[Record]) -> list[str]:
        """The orders journal in one word each, of these kinds where some are named."""
        return [type(one).__name__ for one in self.records() if not kinds or isinstance(one, kinds)]

    def seen(self, symbol: str) -> Quote | None:
        """The newest quote; one that moved while the stream was silent is seen only when prices are asked for."""
        return next((one for one in self.records("ticks")[::-1] if isinstance(one, Quote) and one.symbol == symbol), None)

    def whole(self) -> None:
        """Every journal is whole, and every state of the telemetry side can be built from it."""
        for stream in STREAMS:
            report = verify(self.root / "raw", stream)
            assert (report.holes, report.loose_bytes, report.unknown) == (0, 0, 0), report

    def states(self) -> dict[str, Any]:
        """The documents that the telemetry side makes of the journals, by name; none may fail."""
        newest_us = max(record.ts_us for stream in STREAMS for record in self.records(stream))
        states = scan()
        outcomes = refresh(
            Place(root=self.root), states, [one.name for one in states], clock=FixedClock(newest_us + 1), flags=read_flags({})
        )
        assert [(one.name, one.fate, one.reason) for one in outcomes if not one.is_written] == []
        return {one.name: json.loads((self.root / "state" / one.spec.file).read_text()) for one in states}


class Desk(Books):
    """An executor beside the venue: in this process (`running`), or as a process of its own (`child`), one after the other."""

    def __init__(self, venue: LocalVenue, folder: Path, strategy: str = "asked", /, **changes: dict[str, Any]) -> None:
        super().__init__(folder)
        self.venue, self.said = venue, list[str]()
        table = table_of(venue.port, venue.ca_file, folder, strategy, **changes)
        self.settings = settings_from(table, {})
        self.config = folder / "settings.toml"
        self.config.write_text(toml_of(table))
        self.run: LiveRun
        self.task: asyncio.Task[Summary] | None = None
        self.process: subprocess.Popen[str] | None = None

    @asynccontextmanager
    async def running(self, **flags: str) -> AsyncIterator[LiveRun]:
        """A life in this process under these flags, once it trades; ends it where the test did not, and raises what it raised."""
        self.begin(**flags)
        try:
            await self.until(lambda: self.run.life.phase == "trading", "it trades")
            yield self.run
        finally:
            await self.end()

    def begin(self, **flags: str) -> None:
        """Start a life in this process."""
        order = Order(root=self.root, settings=self.settings, flags=read_flags(flags), speed=1.0)
        key = Key(name="local", key=Secret(KEY), secret=Secret(SECRET))
        self.run = LiveRun(order, Permit(mode="demo", reach="stand-in", dialect="binanceusdm", key=key), self.said.append)
        self.task = asyncio.create_task(self.run.run())

    async def end(self) -> Summary:
        """Stop as a signal would; what the run raised is raised here."""
        assert self.task is not None
        if not self.task.done():
            self.run.stop("test over")
        task, self.task = self.task, None
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([task])
        if task.exception() is not None:
            os.close(self.run._lock)  # a process that failed would be gone
        return task.result()

    @asynccontextmanager
    async def child(self, *more: str) -> AsyncIterator[subprocess.Popen[str]]:
        """A life as a process of its own; killed where the test did not end it."""
        self.process = process = started("run", "--config", str(self.config), "--data", str(self.root), *more)
        try:
            yield process
        finally:
            self.process = None
            process.kill()
            process.communicate()

    async def kill(self) -> None:
        """End the child as a cut of the power would."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.wait)
        async with asyncio.timeout(PATIENCE_S):
            while self.venue.streams.connections:  # noqa: ASYNC110 - the venue has not noticed
                await asyncio.sleep(0.02)

    async def ended(self) -> tuple[int, str]:
        """The child's exit code and everything it said, once it is over."""
        process = self.process
        assert process is not None
        said, _ = await asyncio.to_thread(process.communicate, None, PATIENCE_S)
        return process.returncode, said

    async def until(self, holds: Callable[[], Any], what: str = "") -> Any:
        """What this gives once it is true, while the life goes on."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            if found := holds():
                return found
            if self.task is not None and self.task.done():
                self.task.result()
                break
            if self.process is not None and self.process.poll() is not None:
                self.said.append((await self.ended())[1])
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"{what or 'it'} did not come about; said {self.said}; journaled {self.story()[-30:]}")

    async def told(self, kind: type[Kind], *, count: int = 1, **fields: Any) -> Kind:
        """The newest record of a kind with these fields, once there are so many."""
        found: list[Kind] = await self.until(lambda: self.some(count, kind, fields), f"{count} {kind.__name__} {fields}")
        return found[-1]

    def fails(self, path: str, action: Action = "status", **more: Any) -> None:
        """From now on the venue answers requests of this path with a fault: 503 for ever, unless something else is said."""
        self.venue.faults.add(Fault(action=action, path=path, **{"status": 503, "times": None, "phase": "before", **more}))

    def some(self, count: int, kind: type[Kind], fields: dict[str, Any]) -> list[Kind]:
        """Records of a kind, none while there are fewer than so many."""
        found = self.of(kind, **fields)
        return found if len(found) >= count else []

    async def halts(self, rule: str) -> None:
        """Wait until this is the halt in force; empty: until none is."""
        await self.until(lambda: self.halted == rule, f"halt {rule!r}")

    @property
    def halted(self) -> str:
        """The rule of the halt in force, by the newest heartbeat; empty where none is."""
        beats = self.of(Heartbeat)
        return (beats[-1].halted or "").partition(":")[0] if beats else ""

    async def loops(self, more: int = 2) -> None:
        """Wait for so many further loops."""
        upto = len(self.of(Heartbeat)) + more
        await self.until(lambda: len(self.of(Heartbeat)) >= upto, "loops")

    def operator(self, wanted: control.Wanted, reason: str = "asked") -> None:
        """Leave what `executor halt` and its siblings leave (`trade` is `resume`)."""
        control.ask(self.root, control.Control(wanted=wanted, reason=reason, asked_us=WallClock().now_us()))

    async def command(self, *words: str) -> None:
        """`executor halt` and its siblings, as an operator types them."""
        command = [sys.executable, "-m", "executor", *words, "--data", str(self.root)]
        await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=True, capture_output=True, env=environment())


@asynccontextmanager
async def opened(
    folder: Path, *, wallet: str = "10000", symbols: Sequence[str] = SYMBOLS, strategy: str = "asked", **changes: dict[str, Any]
) -> AsyncIterator[Desk]:
    """A venue and a desk at it; no order is doubled and all journals are whole at the end."""
    executor.strategies.__path__.append(PLUGS)
    try:
        async with LocalVenue(symbols=tuple(symbols), wallet=wallet, mark_s=0.2) as venue:
            venue.limits.weight_1m = 10**9  # comparisons come every second here
            desk = Desk(venue, folder, strategy, **changes)
            yield desk
        assert venue.oracle.doubled() == []
        desk.whole()
    finally:
        executor.strategies.__path__.remove(PLUGS)


def started(*words: str) -> subprocess.Popen[str]:
    """The command line with the test's strategy, as a process of its own."""
    command = [sys.executable, "-m", "tests.executor.live.child", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())


def environment() -> dict[str, str]:
    """Ours, without what would make a child another executor."""
    return {name: value for name, value in os.environ.items() if name not in ("ENV", "HEDGE_DATA")}


def toml_of(table: dict[str, Any]) -> str:
    """Plain values and tables of them as TOML."""
    plain = [f"{name} = {json.dumps(value)}" for name, value in table.items() if not isinstance(value, dict)]
    for name, inner in table.items():
        if isinstance(inner, dict):
            flat = {key: value for key, value in inner.items() if not isinstance(value, dict)}
            plain += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in flat.items())]
            for key, value in inner.items():
                if isinstance(value, dict):
                    plain += [f"[{name}.{key}]", *(f"{one} = {json.dumps(each)}" for one, each in value.items())]
    return "\n".join(plain) + "\n"


def wide(venue: LocalVenue, symbol: str = "BTCUSDT") -> None:
    """Quotes far apart, so that an entry rests at the near touch."""
    venue.market.quote(symbol, *WIDE[symbol])


def D(text: str) -> Decimal:  # noqa: N802 - as short as a number
    """An exact number."""
    return Decimal(text)
