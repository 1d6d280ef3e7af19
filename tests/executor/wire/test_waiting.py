"""An order is made ready while its gate is shut, and nothing of it leaves before that opens; never, where it does not."""

import asyncio

from executor.errors import JournalError
from executor.wire.client import Client
from executor.wire.reply import Reply, Request
from tests.executor.wire.scripted import Server, says, scripted

ORDER = Request(method="POST", url="https://fapi.binance.com/fapi/v1/order", body=b"symbol=BTCUSDT&side=BUY")


def sent_through(tmp_path, gate, *, timeout_ms: int = 60_000, after_s: float = 0.0) -> tuple[Reply, Server]:
    async def once():
        async with scripted(tmp_path, lambda _: says({"ok": 1}, 200), timeout_ms=timeout_ms) as server:
            client = Client(server.venue)
            reply = await client.ask(ORDER, lambda: gate(server))
            await asyncio.sleep(after_s)
            await client.close()
            return reply, server

    return asyncio.run(once())


def test_a_body_leaves_whole_when_its_gate_opens_and_not_before(tmp_path):
    async def gate(server: Server) -> None:
        await asyncio.sleep(0.1)
        assert server.log == []

    reply, server = sent_through(tmp_path, gate)
    assert (reply.status, reply.failure) == (200, None)
    assert [seen.body for seen in server.log] == [ORDER.body]


def test_a_gate_that_never_opens_lets_nothing_out(tmp_path):
    async def gate(server: Server) -> None:
        raise JournalError("the disk is full")

    reply, server = sent_through(tmp_path, gate)
    assert reply.failure == "refused"
    assert server.log == []


def test_a_gate_that_opens_when_nobody_waits_any_more_lets_nothing_out(tmp_path):
    async def gate(server: Server) -> None:
        await asyncio.sleep(0.3)

    reply, server = sent_through(tmp_path, gate, timeout_ms=100, after_s=0.5)
    assert reply.failure == "refused"
    assert server.log == []
