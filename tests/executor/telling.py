"""A small venue for the doctor: a real server on the loopback that answers one question a connection, and a reader that asks it.

It is honest: what it tells is what it was given, it counts who came, and where it is told to be silent it says nothing at all.
"""

import asyncio
import contextlib
import socketserver
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from executor.protocol.facts import KeyFact, Margin, ModeFact, OrderFact, PositionFact
from executor.records.market import Instrument
from executor.wire.access import Access
from executor.wire.reply import Unanswered
from executor.wire.route import loopback_of

INSTRUMENT = Instrument(
    symbol="BTCUSDT", tick_size=Decimal("0.1"), step_size=Decimal("0.001"), min_qty=Decimal("0.001"), min_notional=Decimal(5)
)
POSITION = PositionFact(symbol="BTCUSDT", qty=Decimal("-0.002"), entry_price=Decimal(60000))


def order(client_id: str) -> OrderFact:
    return OrderFact(client_id=client_id, order_id="1", symbol="BTCUSDT", side="buy", qty=Decimal(1), filled_qty=Decimal(0), status="open")


GOOD: dict[str, Any] = {
    "open": {"BTCUSDT": INSTRUMENT},
    "clock_off_us": 0,
    "key": KeyFact(can_trade=True, can_withdraw=False, can_transfer=False, is_address_bound=True),
    "mode": ModeFact(is_hedged=False),
    "leverages": {"BTCUSDT": (3, "cross")},
    "open_orders": [],
    "positions": [],
}
SILENT, BROKEN = "silent", "broken"


class Answering(socketserver.BaseRequestHandler):
    """One question, one line; one answer, all of JSON until the end."""

    def handle(self) -> None:
        question = self.request.makefile("rb").readline().decode().strip()
        server: Any = self.server
        server.asked.append(question)
        answer = server.answers["clock_off_us" if question == "server_us" else question]
        if answer == SILENT:
            server.stopping.wait(30)
        elif answer != BROKEN:
            told = time.time_ns() // 1_000 + answer if question == "server_us" else answer
            self.request.sendall(msgspec.json.encode(told))


class Telling(socketserver.ThreadingTCPServer):
    """The server; `asked` is every question that was put to it, `port` where it listens."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, **answers: Any) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers, self.asked, self.stopping = {**GOOD, **answers}, [], threading.Event()
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=lambda: self.serve_forever(poll_interval=0.01), daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()


class Asking:
    """Asks where the route leads. Only what the doctor may know of a dialect."""

    def __init__(self, access: Access) -> None:
        self._where = loopback_of(access.settings.route)
        self.is_closed = False

    async def _ask(self, question: str, kind: Any) -> Any:
        try:
            told = await self._told(question)
        except OSError as error:
            raise Unanswered(f"{question}: {error.strerror}; ask again") from error
        try:
            return msgspec.json.decode(told, type=kind)
        except msgspec.DecodeError:
            raise Unanswered(f"{question}: no usable answer; ask again") from None

    async def _told(self, question: str) -> bytes:
        assert self._where is not None
        reader, writer = await asyncio.open_connection(*self._where)
        try:
            writer.write(f"{question}\n".encode())
            return await reader.read()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def open(self) -> Mapping[str, Instrument]:
        found: dict[str, Instrument] = await self._ask("open", dict[str, Instrument])
        return found

    async def close(self) -> None:
        self.is_closed = True

    async def server_us(self) -> int:
        found: int = await self._ask("server_us", int)
        return found

    async def key(self) -> KeyFact | None:
        found: KeyFact | None = await self._ask("key", KeyFact | None)
        return found

    async def mode(self) -> ModeFact:
        found: ModeFact = await self._ask("mode", ModeFact)
        return found

    async def leverages(self, symbols: Collection[str]) -> Mapping[str, tuple[int, Margin]]:
        found: dict[str, tuple[int, Margin]] = await self._ask("leverages", dict[str, tuple[int, Margin]])
        return {symbol: pair for symbol, pair in found.items() if symbol in symbols}

    async def open_orders(self) -> Sequence[OrderFact]:
        found: list[OrderFact] = await self._ask("open_orders", list[OrderFact])
        return found

    async def positions(self) -> Sequence[PositionFact]:
        found: list[PositionFact] = await self._ask("positions", list[PositionFact])
        return found
