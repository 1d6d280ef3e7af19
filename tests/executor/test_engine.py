"""From quote to fill: what is written, in which order, and what is never sent."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from executor.app import Order, Run
from executor.assembly import engine_of, feed_of
from executor.engine import Engine
from executor.errors import JournalError
from executor.flags import read_flags
from executor.journal.reader import Cursor, Follower
from executor.records.account import Account, Heartbeat
from executor.records.base import Record, sign
from executor.records.market import Gap, Quote
from executor.records.orders import Ack, Boot, Cancel, Ended, Fill, Halt, Reject, Submit, Triggered
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Approved, Decision, Intent, Vetoed
from executor.settings import Exits, Limits, Settings, Synthetic

BUSY = Settings(synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))


class Memory:
    """Journals in memory, that remember how much was durable when each order left."""

    def __init__(self, *, full_after: int | None = None) -> None:
        self.records: list[tuple[Stream, Record]] = []
        self.committed = 0
        self.full_after = full_after

    def append(self, stream: Stream, record: Record) -> int:
        self.records.append((stream, record))
        return len(self.records)

    def flush(self) -> None:
        pass

    def commit(self) -> None:
        if self.full_after is not None and len(self.records) > self.full_after:
            raise JournalError("no room")
        self.committed = len(self.records)


def made(journals: Memory, settings: Settings = BUSY, flags: dict[str, str] | None = None) -> tuple[Engine, Any]:
    feed = feed_of(settings, 1_748_822_400_000_000)
    return engine_of(settings, read_flags(flags or {}), feed=feed, journals=journals, every_tick=True), feed


def drive(engine: Engine, feed: Any, batches: int) -> None:
    async def go() -> None:
        left = batches
        async for batch in feed.batches():
            engine.step(batch)
            left -= 1
            if left == 0:
                return

    asyncio.run(go())


@pytest.fixture(scope="module")
def written() -> list[tuple[Stream, Record]]:
    journals = Memory()
    engine, feed = made(journals)
    drive(engine, feed, 3_000)
    return journals.records


def of(written: list[tuple[Stream, Record]], kind: type) -> list[Any]:
    return [record for _, record in written if isinstance(record, kind)]


def test_every_intent_has_one_decision_and_every_approved_one_ends(written: list[tuple[Stream, Record]]) -> None:
    intents, decisions = of(written, Intent), of(written, Decision)
    assert [one.intent_id for one in intents] == [one.intent_id for one in decisions]
    assert len({one.intent_id for one in intents}) == len(intents) > 5
    approved = {one.intent_id for one in decisions if isinstance(one.verdict, Approved)}
    ended = [one.intent_id for one in of(written, Ended)]
    assert len(ended) == len(set(ended))
    assert set(ended) <= approved
    assert len(approved - set(ended)) <= 2  # what is still worked at the end of the feed


def test_an_order_is_decided_before_it_is_sent_and_sent_before_it_is_answered(written: list[tuple[Stream, Record]]) -> None:
    decided: set[str] = set()
    sent: set[str] = set()
    for _, record in written:
        if isinstance(record, Decision):
            decided.add(record.intent_id)
        elif isinstance(record, Submit):
            assert record.intent_id in decided
            assert record.client_id not in sent
            sent.add(record.client_id)
        elif isinstance(record, Ack | Reject | Fill | Cancel):
            assert record.client_id in sent


def test_every_loop_writes_an_account_and_then_a_heartbeat_and_a_quote_of_every_symbol(written: list[tuple[Stream, Record]]) -> None:
    positions = [record for stream, record in written if stream == "positions"]
    assert all(isinstance(record, Account if number % 2 == 0 else Heartbeat) for number, record in enumerate(positions))
    beats = of(written, Heartbeat)
    assert [beat.loop for beat in beats] == list(range(1, len(beats) + 1))
    assert {quote.symbol for quote in of(written, Quote) if quote.ts_us == beats[-2].ts_us} <= {"BTCUSDT", "ENAUSDT"}
    last = {quote.symbol for quote in of(written, Quote) if quote.ts_us > beats[-3].ts_us}
    assert last == {"BTCUSDT", "ENAUSDT"}


def test_records_of_all_journals_are_in_time_order(written: list[tuple[Stream, Record]]) -> None:
    times = [record.ts_us for _, record in written]
    assert times == sorted(times)


def test_nothing_is_sent_that_is_not_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    journals = Memory()
    engine, feed = made(journals)
    seen: list[bool] = []
    send = engine.parts.exchange.submit

    def submit(order: Submit) -> None:
        place = next(number for number, (_, record) in enumerate(journals.records) if record is order)
        seen.append(place < journals.committed)
        send(order)

    monkeypatch.setattr(engine.parts.exchange, "submit", submit)
    drive(engine, feed, 2_000)
    assert seen
    assert all(seen)


def test_a_desk_on_paper_keeps_stops_at_its_venue_that_only_reduce_and_leaves_none_behind() -> None:
    journals = Memory()
    engine, feed = made(journals, msgspec.structs.replace(BUSY, exits=Exits(venue_stop_bps=10.0)))
    drive(engine, feed, 6_000)
    stops = {one.client_id: one for one in of(journals.records, Submit) if one.step == "stop"}
    assert all(one.reduce_only and one.trigger is not None for one in stops.values())
    filled = [one for one in of(journals.records, Fill) if one.client_id in stops]
    assert {one.client_id for one in of(journals.records, Triggered)} >= {one.client_id for one in filled} != set()
    assert all(one.position_qty * sign(one.side) <= 0 for one in filled)  # it never goes through zero
    assert not [one for one in of(journals.records, Reject) if one.client_id in stops and one.code != "would_trigger"]
    account = engine.parts.exchange.account(engine.progress.now_us)
    waiting = [one for one in account.orders if one.trigger_price is not None]
    assert {one.symbol for one in waiting} <= {one.symbol for one in account.positions}
    assert len(waiting) <= len(account.positions)


def test_an_order_that_cannot_be_journaled_is_not_placed() -> None:
    journals = Memory(full_after=10)
    engine, feed = made(journals)
    with pytest.raises(JournalError):
        drive(engine, feed, 3_000)
    assert engine.parts.exchange.account(engine.progress.now_us).orders == ()
    drive_state: Any = engine.parts.exchange.state()
    assert drive_state["requests"] == []


def test_a_halt_vetoes_entries_and_lets_exits_through() -> None:
    journals = Memory()
    engine, feed = made(journals)
    drive(engine, feed, 400)
    while not engine.progress.book.holdings:
        drive(engine, feed, 50)
    engine.halt("operator", "test")
    held = dict(engine.progress.book.holdings)
    start = len(journals.records)
    engine.flatten()
    drive(engine, feed, 400)
    after = journals.records[start:]
    assert held
    assert engine.progress.book.holdings == {}
    entries = {one.intent_id for one in of(after, Intent) if one.purpose == "entry"}
    assert all(isinstance(one.verdict, Vetoed) for one in of(after, Decision) if one.intent_id in entries)
    assert all(order.reduce_only for order in of(after, Submit))
    assert len(of(journals.records, Halt)) == 1


def test_a_silent_market_is_looped_through_once_a_period() -> None:
    journals = Memory()
    engine, _ = made(journals)
    first_us = 1_748_822_400_000_000
    quote = Quote(first_us, first_us, "BTCUSDT", 100.0, 100.1, 1.0, 1.0, None, "synthetic")
    engine.step([quote])
    loops = engine.progress.loops
    late_us = first_us + 25_000_000
    engine.step([Gap(late_us, "", first_us, "outage")])
    beats = of(journals.records, Heartbeat)
    assert engine.progress.loops - loops == 5  # the feed's own 5 s
    assert [beat.ts_us - first_us for beat in beats[1:]] == [n * 5_000_000 for n in range(1, 6)]


def test_a_restarts_gap_is_not_looped_through() -> None:
    journals = Memory()
    engine, _ = made(journals)
    first_us = 1_748_822_400_000_000
    engine.step([Quote(first_us, first_us, "BTCUSDT", 100.0, 100.1, 1.0, 1.0, None, "synthetic")])
    loops = engine.progress.loops
    engine.step([Gap(first_us + 60_000_000, "", first_us, "restart")])
    assert engine.progress.loops == loops + 1


@pytest.mark.parametrize(("flag", "name"), [("0", "v5"), ("1", "v6")])
def test_the_flag_chooses_the_pipeline_that_trades(tmp_path: Path, flag: str, name: str) -> None:
    run = Run(Order(root=tmp_path, settings=BUSY, flags=read_flags({"RISK_ENGINE_V6_ENABLED": flag}), speed=0.0, loops=800))
    asyncio.run(run.run())
    records = [record for _, record in Follower(tmp_path / "raw", "orders", Cursor()).read(None)]
    assert isinstance(records[0], Boot)
    assert {record.pipeline for record in records if isinstance(record, Boot | Decision)} == {name}


def test_a_quiet_weekend_has_no_intent_and_all_its_heartbeats(tmp_path: Path) -> None:
    settings = Settings(synthetic=Synthetic(scenario="quiet_weekend"), limits=Limits())
    run = Run(Order(root=tmp_path, settings=settings, flags=read_flags({}), speed=0.0, loops=1_200))
    summary = asyncio.run(run.run())
    assert summary.counters == {}
    counts = {stream: len(Follower(tmp_path / "raw", stream, Cursor()).read(None)) for stream in STREAMS}
    assert counts["orders"] == 1
    assert counts["positions"] == 2_400
    assert counts["ticks"] > 1_200 * 6
