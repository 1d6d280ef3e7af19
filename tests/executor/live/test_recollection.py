"""What is known at the last record, from the checkpoint and the journal after it, is the same however they are divided."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from executor import checkpoint as checkpoints
from executor.errors import CorruptJournal
from executor.live.recollection import recollected
from executor.live.run import BAR_S
from executor.records.orders import Ack, Ended, Fill, Halt
from executor.records.streams import STREAMS, Stream
from executor.watch import sampling_of
from tests.executor.live.desk import Desk, opened, wide


def known(desk: Desk, restored: checkpoints.Checkpoint | None) -> dict[str, object]:
    found = recollected(desk.root / "raw", restored, sampling_of(desk.settings, BAR_S))
    plain = msgspec.to_builtins(found)
    for name in ("next_loop_us", "ticked_us", "now_us", "watches"):  # of the loop's own time, which a new life sets anew
        plain["progress"].pop(name)
    plain["progress"]["book"].pop("intents")  # those that nothing refers to are let go of at other moments
    plain.pop("intents")
    for name in ("halted_us", "began_us"):  # when the checkpoint was taken, and when the process rather than its boot record began
        plain.pop(name)
    return plain


def test_with_and_without_its_checkpoint_a_life_is_remembered_alike(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, loop={"period_s": 0.1, "checkpoint_s": 0.3}) as desk:
            async with desk.child():
                wide(desk.venue)
                await desk.loops()
                for symbol in ("BTCUSDT", "ETHUSDT"):
                    desk.ask(symbol)
                await desk.told(Fill, symbol="ETHUSDT")
                await desk.told(Ack, count=2)
                await desk.loops(8)
                desk.ask("ETHUSDT", "sell", purpose="exit", qty=0.166)
                await desk.told(Fill, side="sell")
                desk.operator("halt", "lunch")
                await desk.told(Halt)
                await desk.told(Ended, symbol="BTCUSDT")
                await desk.kill()
            restored = checkpoints.load(desk.root / "raw")
            assert restored is not None
            assert restored.seqs["orders"] > 0
            assert known(desk, restored) == known(desk, None)

    asyncio.run(life())


@pytest.mark.parametrize("stream", STREAMS)
def test_a_line_that_a_power_cut_garbled_is_set_aside_and_the_rest_is_remembered(tmp_path: Path, stream: Stream) -> None:
    async def life() -> None:
        async with opened(tmp_path) as desk:
            async with desk.running():
                await desk.loops()
                await desk.until(lambda: any((desk.root / "raw" / stream).glob("*.jsonl")), f"first {stream}")
            raw = desk.root / "raw"
            last = max((raw / stream).glob("*.jsonl"))
            whole = last.read_bytes()
            line = whole[whole.rfind(b"\n", 0, -1) + 1 :]
            numbered = re.sub(rb'"seq":(\d+)', lambda found: b'"seq":%d' % (int(found[1]) + 1), line)
            last.write_bytes(whole + numbered)  # its checksum is that of another: nobody knew it to be durable
            restored = checkpoints.load(raw)
            assert known(desk, restored)
            assert last.read_bytes() == whole
            assert last.with_name(f"{last.name}.torn").read_bytes() == numbered
            async with desk.running():  # and so does the next start
                await desk.loops()

    asyncio.run(life())


def test_a_lost_beginning_is_refused_with_the_cure(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, journal={"rotate_bytes": 4_096}) as desk:
            async with desk.running():
                for count in range(1, 4):
                    desk.ask("BTCUSDT")
                    await desk.told(Ended, count=count)
            raw = desk.root / "raw"
            kept = {path: path.read_bytes() for path in (raw / "orders").iterdir()}
            min(kept).unlink()
            (raw / checkpoints.NAME).rename(tmp_path / "kept")
            with pytest.raises(CorruptJournal, match=r"restore checkpoint\.json"):
                known(desk, None)
            for path, content in kept.items():
                path.write_bytes(content)
            (tmp_path / "kept").rename(raw / checkpoints.NAME)

    asyncio.run(life())
