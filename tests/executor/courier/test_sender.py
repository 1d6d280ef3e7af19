"""One sending of each order, durable first; what is not answered is unknown and asked about, never sent again."""

import asyncio
import contextlib
import os
import resource
import subprocess
from pathlib import Path

import pytest

from executor.errors import JournalError
from executor.records.orders import Ack, Cancel, Ended, Fill, Reject, Resolved, Submit, Unknown
from tests.executor.live.desk import GIVES_UP, D, opened, wide
from tests.local_venue.stream_faults import StreamFault


def test_an_order_whose_answer_is_lost_is_unknown_then_found_and_there_is_one(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue={**GIVES_UP, "reconcile_s": 3_600}) as desk:
            desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
            desk.venue.faults.order("hang", phase="after")
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ended)
            assert desk.story(Submit, Unknown, Ack, Resolved, Fill, Ended) == ["Submit", "Unknown", "Ack", "Resolved", "Fill", "Ended"]
            assert (desk.of(Resolved)[0].fate, desk.of(Ended)[0].filled_qty) == ("open", D("0.008"))
            assert len(desk.venue.oracle.orders) == 1

    asyncio.run(life())


def test_an_order_that_the_stream_tells_of_before_its_answer_is_never_unknown(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk:
            desk.venue.faults.order("hang", phase="after")
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ended)
                await asyncio.sleep(GIVES_UP["timeout_ms"] / 1_000 + 0.5)
            assert desk.of(Unknown) == []

    asyncio.run(life())


def test_an_order_that_never_arrives_is_proved_dead_and_meanwhile_only_its_symbol_waits(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, venue=GIVES_UP) as desk:
            async with desk.running():
                desk.ask("ETHUSDT")
                await desk.told(Fill, symbol="ETHUSDT")
                desk.venue.faults.order("hang", phase="before")
                desk.fails("/fapi/v1/order", method="GET")
                desk.ask("BTCUSDT")
                await desk.told(Unknown, symbol="BTCUSDT")
                desk.ask("BTCUSDT")
                desk.ask("ETHUSDT", "sell", purpose="exit", qty=0.166)
                await desk.told(Fill, symbol="ETHUSDT", side="sell")
                assert desk.of(Resolved) == []
                desk.venue.faults.clear()
                ended = await desk.told(Ended, symbol="BTCUSDT")
                assert (ended.filled_qty, desk.of(Resolved)[0].fate) == (0, "dead")
                assert len(desk.of(Submit, symbol="BTCUSDT")) == 1
                desk.ask("BTCUSDT")
                await desk.told(Fill, symbol="BTCUSDT")
            assert len(desk.venue.oracle.orders) == 3

    asyncio.run(life())


def test_a_refusal_is_a_refusal_and_the_next_order_may_go(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            desk.venue.faults.order("body", phase="before", status=400, body='{"code":-2019,"msg":"Margin is insufficient."}')
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Reject)
                desk.ask("BTCUSDT")
                await desk.told(Fill)
            assert desk.of(Unknown) == []

    asyncio.run(life())


def test_a_cancel_waits_for_the_answer_to_its_own_order(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            desk.venue.streams.user_delay_ms = 2_000
            desk.venue.faults.order("slow", ms=500)
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.venue.oracle.orders, "the order is there")
                desk.operator("halt")
                await desk.told(Cancel, outcome="done")
            assert desk.venue.oracle.open_orders() == []
            assert desk.of(Cancel, outcome="refused") == []

    asyncio.run(life())


def test_a_journal_that_cannot_be_written_lets_nothing_out_calls_back_what_rests_and_ends_with_1(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            async with desk.child() as process:
                desk.ask("BTCUSDT")
                await desk.told(Ack)
                try:
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, 1))
                except PermissionError:
                    pytest.skip("the limits of a guarded process can only be changed by root")
                desk.ask("ETHUSDT")
                code, said = await desk.ended()
            assert (code, len(desk.venue.oracle.orders)) == (1, 1)
            assert said.splitlines()[-1].startswith("error: journal cannot be written")
            assert desk.venue.oracle.open_orders() == []
            async with desk.running():
                await desk.told(Cancel, outcome="done")

    asyncio.run(life())


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1024))


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can only be mounted by root")
def test_a_full_disk_lets_nothing_out_and_calls_back_what_rests(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(logs)], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")

    async def life() -> None:
        async with opened(tmp_path) as desk:
            wide(desk.venue)
            desk.begin()
            desk.ask("BTCUSDT")
            await desk.told(Ack)
            fill_up(logs / "filler")
            desk.ask("ETHUSDT")
            await asyncio.wait([desk.task])
            with pytest.raises(JournalError, match="No space left"):
                await desk.end()
            assert [order.symbol for order in desk.venue.oracle.orders] == ["BTCUSDT"]
            assert desk.venue.oracle.open_orders() == []
            (logs / "filler").unlink()
            async with desk.running():
                await desk.told(Cancel, outcome="done")

    try:
        asyncio.run(life())
    finally:
        subprocess.run(["umount", str(logs)], check=True)
