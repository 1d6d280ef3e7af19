"""Journals become facts: the same ones however often they are read."""

import gc
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from executor.records.base import Record
from hedge_assets.refreshing.facts import FILE, Facts, bytes_of, fold, inputs, load, read_facts
from hedge_assets.settings import Place
from hedge_assets.store import StoreError
from tests.hedge_assets.builders import (
    BTC,
    ETH,
    MINUTE,
    SECOND,
    T0,
    account,
    ack,
    boot,
    decision,
    fill,
    funding,
    halt,
    heartbeat,
    intent,
    quote,
    resume,
    submit,
    transfer,
)
from tests.hedge_assets.journals import write


def loop_of(number: int, kinds: Sequence[str]) -> list[Record]:
    """One loop as an executor writes it: ticks, orders, positions. A halt comes after the heartbeat, in its instant."""
    ts_us = T0 + number * 20 * SECOND
    ticks: list[Record] = [quote(ts_us, BTC, 50_000 + number), quote(ts_us, ETH, 2_000 - number)]
    ids = (f"c{number}", f"i{number}")
    traded = [
        intent(ts_us, ids[1]),
        decision(ts_us, ids[1]),
        submit(ts_us, *ids),
        ack(ts_us, ids[0]),
        fill(ts_us, ids[0], price=50_000 + number),
    ]
    parts: dict[str, list[Record]] = {
        "trade": traded,
        "exit": [fill(ts_us, f"x{number}", side="sell", price=50_000 - number)],
        "fund": [funding(ts_us)],
        "move": [transfer(ts_us, amount=str(number))],
        "boot": [boot(ts_us, boot=f"b{number}")],
        "wrong clock": [boot(ts_us + (number % 3 - 1) * MINUTE, boot=f"w{number}")],
    }
    orders = [record for kind in kinds for record in parts.get(kind, [])]
    books: list[Record] = [account(ts_us, wallet=str(100_000 + number % 7)), heartbeat(ts_us, number)]
    after: list[Record] = [halt(ts_us)] if "halt" in kinds else [resume(ts_us)] if "resume" in kinds else []
    late: list[Record] = [quote(ts_us, BTC, 49_000)] if "late" in kinds else []
    return [*ticks, *orders, *books, *after, *late]


KINDS = st.lists(st.sampled_from(["trade", "exit", "fund", "move", "boot", "wrong clock", "halt", "resume", "late"]), max_size=4)
UNTIMELY = {"halt", "resume", "late", "wrong clock"}
LOOPS = st.lists(KINDS, min_size=1, max_size=12)


def story(loops: Sequence[Sequence[str]]) -> list[Record]:
    return [boot(T0), *[record for number, kinds in enumerate(loops, 1) for record in loop_of(number, kinds)]]


def seen(facts: Facts) -> tuple[bytes, str]:
    """Folds and what they rest on, without the places in files."""
    bare = msgspec.structs.replace(facts, marks={})
    bytes_of(bare)  # packs what is sealed
    return msgspec.msgpack.encode(bare), str(inputs(facts))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loops=LOOPS, cuts=st.sets(st.integers(0, 100), max_size=6), batch=st.integers(1, 9))
def test_facts_do_not_depend_on_when_or_in_what_pieces_they_were_read(loops: list[list[str]], cuts: set[int], batch: int):
    records = story(loops)
    with tempfile.TemporaryDirectory() as folder:
        once, often = Place(root=Path(folder) / "once"), Place(root=Path(folder) / "often")
        write(once.root, records)
        expected = seen(read_facts(once))
        assert seen(fold(once.raw, Facts(), batch=batch)) == expected
        start = 0
        for cut in [*sorted(cut for cut in cuts if cut < len(records)), len(records)]:
            write(often.root, records[start:cut], rotate_bytes=4096)
            start = cut
            kept = read_facts(often)
        assert seen(kept) == expected
        assert seen(read_facts(often)) == expected
        assert seen(read_facts(often, fresh=True)) == expected


@settings(max_examples=8, deadline=None)
@given(loops=st.lists(KINDS.filter(lambda kinds: not UNTIMELY & set(kinds)), min_size=2, max_size=10), data=st.data())
def test_the_past_is_what_was_read_then(loops: list[list[str]], data: st.DataObject):
    upto = data.draw(st.integers(1, len(loops)))
    with tempfile.TemporaryDirectory() as folder:
        then, now = Place(root=Path(folder) / "then"), Place(root=Path(folder) / "now")
        write(then.root, story(loops[:upto]))
        write(now.root, story(loops))
        assert seen(read_facts(now, until_us=T0 + upto * 20 * SECOND + SECOND))[0] == seen(read_facts(then))[0]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(root=tmp_path)


def test_without_journals_facts_are_empty(place: Place):
    facts = read_facts(place)
    assert seen(facts)[0] == seen(Facts())[0]
    assert [given.version for given in inputs(facts)] == ["none", "none", "none"]


def test_inputs_name_ranges_of_sequence_numbers(place: Place):
    write(place.root, story([["trade"], []]))
    assert [(given.name, given.version) for given in inputs(read_facts(place))] == [
        ("raw/ticks", "1..4"),
        ("raw/orders", "1..6"),
        ("raw/positions", "1..4"),
    ]


def test_what_lies_beyond_the_newest_heartbeat_waits(place: Place):
    write(place.root, [*story([[]]), quote(T0 + 30 * SECOND), intent(T0 + 30 * SECOND), account(T0 + 30 * SECOND)])
    facts = read_facts(place)
    assert (facts.market.n, facts.account.n) == (2, 1)
    write(place.root, [heartbeat(T0 + 30 * SECOND, 2)])
    facts = read_facts(place)
    assert (facts.market.n, facts.account.n) == (3, 2)


def test_a_boot_without_any_loop_is_seen(place: Place):
    write(place.root, [boot()])
    assert read_facts(place).services.boots_total == 1


def test_a_boot_from_a_clock_far_ahead_holds_nothing_up(place: Place):
    write(place.root, [boot(T0 + 10**15), *story([["trade"]])[1:]])
    facts = read_facts(place)
    assert (facts.executions.fills_total, facts.services.boots_total) == (1, 1)


def test_what_is_kept_ends_before_the_instant_of_the_newest_heartbeat(place: Place):
    write(place.root, story([["trade"], [], []]))
    read_facts(place)
    kept = load(place.tables / FILE, Facts())
    assert kept is not None
    assert kept.marks["ticks"].cursor.seq == 4
    assert kept.marks["positions"].cursor.seq == 4


@pytest.mark.parametrize("damage", [b"", b"\x93\x01", b"not msgpack at all", b"\xc1" * 50])
def test_a_damaged_store_is_rebuilt(place: Place, damage: bytes):
    write(place.root, story([["trade"], []]))
    expected = seen(read_facts(place))
    (place.tables / FILE).write_bytes(damage)
    assert seen(read_facts(place)) == expected


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_store_with_one_byte_turned_is_rebuilt(place: Place, part: float):
    write(place.root, story([["trade"], []]))
    expected = seen(read_facts(place))
    path = place.tables / FILE
    content = bytearray(path.read_bytes())
    content[int(len(content) * part)] ^= 1
    path.write_bytes(content)
    assert load(path, Facts()) is None
    assert seen(read_facts(place)) == expected


def test_the_collector_is_on_again_after_a_reading_that_failed(place: Place):
    write(place.root, story([["trade"], []]))
    segment = next((place.raw / "orders").iterdir())
    segment.write_bytes(segment.read_bytes().replace(b'"kind":"fill"', b'"kind":"full"'))
    with pytest.raises(CorruptJournal):
        read_facts(place)
    assert gc.isenabled()


def test_a_store_of_another_version_is_rebuilt(place: Place, monkeypatch: pytest.MonkeyPatch):
    write(place.root, story([["trade"], []]))
    expected = seen(read_facts(place))
    monkeypatch.setattr("hedge_assets.refreshing.facts.FORMAT", 999)
    assert load(place.tables / FILE, Facts()) is None
    assert seen(read_facts(place)) == expected


def test_a_journal_that_is_another_one_is_read_from_its_beginning(tmp_path: Path):
    old, new = Place(root=tmp_path / "old"), Place(root=tmp_path / "new")
    write(old.root, story([["trade"]] * 4))
    write(new.root, story([["fund"]] * 2))
    read_facts(old)
    new.tables.mkdir()
    (old.tables / FILE).rename(new.tables / FILE)
    assert read_facts(new).ledger.totals.settlements == 2


def test_a_damaged_journal_is_refused(place: Place):
    write(place.root, story([["trade"], []]))
    (segment,) = (place.raw / "orders").iterdir()
    data = segment.read_bytes()
    segment.write_bytes(data[:200] + b"#" + data[201:])
    with pytest.raises(CorruptJournal):
        read_facts(place)


def test_a_folder_where_the_folds_are_kept_is_said_in_one_line(tmp_path):
    write(tmp_path, [quote(T0), heartbeat(T0 + SECOND)])
    place = Place(root=tmp_path)
    (place.tables / FILE / "x").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"folds\.msgpack cannot be written"):
        read_facts(place)


def test_what_was_only_taken_of_the_open_instant_is_named_from_its_first_record(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), quote(T0), account(T0), heartbeat(T0)])
    assert {each.name: each.version for each in inputs(read_facts(Place(root=tmp_path)))} == {
        "raw/ticks": "1..1",
        "raw/orders": "1..1",
        "raw/positions": "1..2",
    }
