"""Bugs that the rig must find, planted in a child: the test of the tests."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import Any

import msgspec

from executor.courier.gate import Gate
from executor.dialects.binanceusdm import BinanceUsdm
from executor.journal import decoding, frame, recovery
from executor.live import readiness, run
from executor.protocol import inquiry
from executor.protocol.facts import Unsure
from executor.protocol.ledger import Ledger
from executor.records.orders import Submit


def naive_retry() -> None:
    """An order without an answer is sent again under another name."""
    send = BinanceUsdm.send

    async def twice(self: Any, order: Submit, gate: Any = None) -> Any:
        verdict = await send(self, order, gate)
        if isinstance(verdict, Unsure):
            return await send(self, msgspec.structs.replace(order, client_id=f"{order.client_id}r"))
        return verdict

    BinanceUsdm.send = twice  # type: ignore[method-assign]


def no_fence() -> None:
    """The first "no such order" is believed."""

    def absent(self: Any, client_id: str, server_us: int, now_us: int) -> None:
        case = self.cases.get(client_id)
        if case is not None:
            case.stage = "sources"
            self._again(case, now_us)

    inquiry.Inquiry.absent = absent  # type: ignore[method-assign]


def no_gate() -> None:
    """Orders leave before they are durable, and the journal is written late."""

    def begin(self: Any) -> Any:
        opened = asyncio.get_running_loop().create_future()
        opened.set_result(None)
        return opened

    Gate.begin = begin  # type: ignore[method-assign]


def no_dedupe() -> None:
    """A trade is counted as often as it is told."""

    def counted(self: Any, symbol: str, trade_id: str, ts_us: int, **named: str | None) -> bool:
        return False

    Ledger.counted = counted  # type: ignore[method-assign]


def no_doubt() -> None:
    """After a restart, what was on its way is taken for never sent."""

    async def compared(self: Any, symbols: Any) -> None:
        for name in [name for name, track in self._courier.ledger.live.items() if track.phase == "sent"]:
            self._courier.ledger.end(name, self._clock.now_us())
        await original(self, symbols)

    original = readiness.Readiness.compared
    readiness.Readiness.compared = compared  # type: ignore[method-assign]


def no_checksum() -> None:
    """Whatever has a record's place and shape is taken for the record."""

    def holds(line: bytes, seq: int) -> bool:
        return line[: -frame.CRC_BYTES].endswith(b',"seq":%d' % seq) and line.endswith(b'"}')

    def first_broken(lines: list[bytes], seq: int) -> int | None:
        return next((number for number, line in enumerate(lines, seq) if not holds(line, number)), None)

    recovery.holds, decoding.first_broken = holds, first_broken


def lock_file() -> None:
    """A file is locked and not the directory, and a file that was left there is taken away first."""

    def take_lock(raw: Path) -> int:
        raw.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = raw / "executor.lock"
        path.unlink(missing_ok=True)
        fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.open(raw, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    run.take_lock = take_lock  # type: ignore[attr-defined]


BUGS = {
    "naive_retry": naive_retry,
    "no_fence": no_fence,
    "no_gate": no_gate,
    "no_dedupe": no_dedupe,
    "no_doubt": no_doubt,
    "no_checksum": no_checksum,
    "lock_file": lock_file,
}


def planted(name: str) -> None:
    """Plant one."""
    BUGS[name]()
