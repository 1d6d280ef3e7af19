"""Files are read when they change, whatever lies there; the engine journals what it takes, and every later decision says so."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from executor import suggestions as door
from executor.asking import terms_of
from executor.assembly import engine_of, feed_of
from executor.flags import read_flags
from executor.records.base import Record
from executor.records.orders import Boot, PolicyChanged, SuggestionRefused
from executor.records.trading import Decision, Intent
from executor.settings import Apply, Features, Journal, Settings, Synthetic
from executor.steering import Change, Gone, Steering
from executor.suggestions import FILES, FOLDER, Suggestions
from executor.vetting import Unfit, vetted
from tests.executor.advised import MADE_US, file_of, kept, put, routing, share

SECOND_US = 1_000_000
ON = {"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1", "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED": "1", "RISK_ENGINE_V6_ENABLED": "1"}
SETTINGS = Settings(
    journal=Journal(fsync="off"),
    apply=Apply(least_interval_s=0.0),
    synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT")),
    features=Features(bar_s=2.0),
    strategy={"momentum": {"threshold": 0.2, "slow_bars": 10, "fast_bars": 3, "timeout_bars": 20}, "mean_reversion": {"mean_bars": 12}},
)


class Fresh:
    """Journals that hold nothing yet, in memory."""

    redoing = False

    def __init__(self) -> None:
        self.records: list[Record] = []

    def ahead(self, _stream: str) -> Record | None:
        return None

    def append(self, stream: str, record: Record) -> int:
        if stream == "orders":
            self.records.append(record)
        return len(self.records)

    def flush(self) -> None:
        pass

    def commit(self) -> None:
        pass


class Desk:
    """The door alone, followed as the engine follows it."""

    def __init__(self, root: Path, settings: Settings = SETTINGS, flags: dict[str, str] | None = None) -> None:
        self.steering = Steering()
        self.restart(root, settings, flags)

    def restart(self, root: Path, settings: Settings = SETTINGS, flags: dict[str, str] | None = None) -> None:
        self.terms = terms_of(settings, {"BTCUSDT", "ENAUSDT"})
        self.door = Suggestions(root, Fresh(), terms=self.terms, flags=read_flags(ON if flags is None else flags))

    def look(self, at_s: float = 0) -> list[Change]:
        found = []
        for record in self.door.due(self.steering, MADE_US + int(at_s * SECOND_US)):
            self.steering.take(record)
            found.append(record)
        return found


def told(records: list[Change]) -> list[tuple[str, str, str]]:
    return [(type(each).__name__, each.symbol, each.version) for each in records]


def test_a_file_is_read_when_it_changes_and_only_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    real = door.read_plain
    monkeypatch.setattr(door, "read_plain", lambda path, most, **how: reads.append(path) or real(path, most, **how))
    desk = Desk(tmp_path)
    assert desk.look() == []
    path = put(tmp_path, "router", file_of("router", routing()))
    assert told(desk.look()) == [("PolicyChanged", "BTCUSDT", "v1")]
    assert [desk.look(number) for number in range(5)] == [[]] * 5
    assert reads == [path]
    put(tmp_path, "router", file_of("router", routing(), version="v2"))
    assert told(desk.look(6)) == [("PolicyChanged", "BTCUSDT", "v2")]
    assert len(reads) == 2


def test_two_files_at_once_are_both_taken(tmp_path: Path) -> None:
    put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT")))
    put(tmp_path, "allocator", file_of("allocator", share(), version="w1"))
    desk = Desk(tmp_path)
    assert told(desk.look()) == [("PolicyChanged", symbol, "v1") for symbol in ("BTCUSDT", "ENAUSDT")] + [
        ("PolicyChanged", "BTCUSDT", "w1")
    ]


@pytest.mark.parametrize("kind", ["router", "allocator"])
def test_deleting_the_file_or_clearing_the_flag_brings_plain_settings_back_at_the_next_look(tmp_path: Path, kind: Any) -> None:
    row = routing() if kind == "router" else share()
    put(tmp_path, kind, file_of(kind, row))
    desk = Desk(tmp_path)
    desk.look()
    (tmp_path / FOLDER / FILES[kind]).unlink()
    (back,) = desk.look(1)
    assert isinstance(back, PolicyChanged)
    assert (back.version, back.reason) == ("settings", f"{FILES[kind]} is gone")
    put(tmp_path, kind, file_of(kind, row))
    assert told(desk.look(2)) == [("PolicyChanged", "BTCUSDT", "v1")]
    desk.restart(tmp_path, flags={})
    (back,) = desk.look(3)
    assert (back.version, back.reason.endswith("APPLY_ENABLED is 0")) == ("settings", True)  # type: ignore[union-attr]
    assert desk.steering.symbols == {}


def test_with_its_flag_off_a_file_is_not_even_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "router", b"{")
    assert Desk(tmp_path, flags={}).look() == []


def test_a_restart_takes_nothing_twice_and_tells_nothing_twice(tmp_path: Path) -> None:
    put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT", n=2)))
    put(tmp_path, "allocator", b"[" * 100_000)
    desk = Desk(tmp_path)
    assert len(desk.look()) == 3
    desk.restart(tmp_path)
    assert desk.look(1) == []


def test_settings_that_no_longer_allow_it_end_it_at_the_next_start(tmp_path: Path) -> None:
    put(tmp_path, "router", file_of("router", routing()))
    desk = Desk(tmp_path)
    desk.look()
    desk.restart(tmp_path, msgspec.structs.replace(SETTINGS, apply=Apply(symbols=("ENAUSDT",))))
    assert told(desk.look(1)) == [("PolicyChanged", "BTCUSDT", "settings"), ("SuggestionRefused", "BTCUSDT", "v1")]


def test_what_comes_from_the_future_is_refused_once_and_taken_when_its_time_has_come(tmp_path: Path) -> None:
    put(tmp_path, "router", file_of("router", routing(), made_us=MADE_US + 60 * SECOND_US))
    desk = Desk(tmp_path)
    assert told(desk.look()) == [("SuggestionRefused", "", "v1")]
    assert desk.look(54) == []
    assert told(desk.look(55)) == [("PolicyChanged", "BTCUSDT", "v1")]


def test_a_broken_replacement_is_refused_and_the_policy_stays_until_its_own_expiry(tmp_path: Path) -> None:
    put(tmp_path, "router", file_of("router", routing(), life_s=10))
    desk = Desk(tmp_path)
    desk.look()
    put(tmp_path, "router", b"{")
    assert told(desk.look(5)) == [("SuggestionRefused", "", "")]
    assert desk.look(9.999) == []
    assert told(desk.look(10)) == [("PolicyChanged", "BTCUSDT", "settings")]


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def link(path: Path) -> None:
    beside = path.with_name("elsewhere.json")
    beside.write_bytes(file_of("router", routing()))
    path.symlink_to(beside)


def loop(path: Path) -> None:
    path.symlink_to(path)


def large(path: Path) -> None:
    path.write_bytes(b" " * 10_000_000)


def hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def many(path: Path) -> None:
    path.write_bytes(file_of("router", *(kept(f"S{number}") for number in range(1_000_000 // 80))))


def closed(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"not a folder")


@pytest.mark.parametrize("lay", [fifo, folder, link, loop, large, hole, many, closed])
def test_whatever_lies_in_its_place_is_refused_once_and_stops_nothing(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    path = tmp_path / FOLDER / FILES["router"]
    path.parent.mkdir()
    lay(path)
    put_other = lay is not closed
    if put_other:
        put(tmp_path, "allocator", file_of("allocator", share(), version="w1"))
    desk = Desk(tmp_path)
    expected = [("SuggestionRefused", "", "")] if lay is not many else [("SuggestionRefused", "", "v1")]
    both = [("SuggestionRefused", "", "")] if not put_other else [("PolicyChanged", "BTCUSDT", "w1")]
    assert told(desk.look()) == expected + both
    assert desk.look(1) == []


def test_a_file_cut_short_while_it_is_read_is_refused_and_read_again_when_whole(tmp_path: Path) -> None:
    content = file_of("router", routing())
    path = put(tmp_path, "router", content[:100])
    desk = Desk(tmp_path)
    assert told(desk.look()) == [("SuggestionRefused", "", "")]
    path.write_bytes(content)
    assert told(desk.look(1)) == [("PolicyChanged", "BTCUSDT", "v1")]


def test_a_writer_gone_wild_fills_no_journal(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    refusals = 0
    for number in range(20):
        put(tmp_path, "router", file_of("router", *(routing(f"S{each}") for each in range(200)), routing(), version=f"v{number}"))
        found = desk.look(number)
        refusals += sum(isinstance(each, SuggestionRefused) for each in found)
        assert sum(isinstance(each, PolicyChanged) for each in found) == 1
    assert refusals == door.MOST_TOLD
    put(tmp_path, "router", b"{")
    assert told(desk.look(3_600)) == [("SuggestionRefused", "", ""), ("PolicyChanged", "BTCUSDT", "settings")]


def test_nobody_reads_what_is_not_there(tmp_path: Path) -> None:
    terms = terms_of(SETTINGS, None)
    assert isinstance(door.read("router", tmp_path / "none.json", terms, MADE_US), Gone)
    shutil.copy(put(tmp_path, "router", file_of("router", routing())), tmp_path / "copy.json")
    assert door.read("router", tmp_path / "copy.json", terms, MADE_US) == vetted("router", file_of("router", routing()), terms, MADE_US)
    small = terms_of(msgspec.structs.replace(SETTINGS, apply=Apply(max_bytes=100)), None)
    assert isinstance(found := door.read("router", tmp_path / "copy.json", small, MADE_US), Unfit)
    assert "apply.max_bytes is 100" in found.reason


def driven(root: Path, then: dict[int, Callable[[], object]], batches: int) -> Iterator[Record]:
    """Order records of a made market, with something done to the files after so many batches."""
    feed = feed_of(SETTINGS, MADE_US)
    journals, flags = Fresh(), read_flags(ON)
    advice = Suggestions(root, journals, terms=terms_of(SETTINGS, feed.instruments), flags=flags)
    engine = engine_of(SETTINGS, flags, feed=feed, journals=journals, every_tick=True, advice=advice)
    batch_at = iter(batched(feed))
    for number in range(batches):
        if number in then:
            then[number]()
        engine.step(next(batch_at))
    yield from journals.records


def batched(feed: Any) -> Iterator[Any]:
    source = feed.batches()
    while True:
        try:
            source.__anext__().send(None)
        except StopIteration as done:
            yield done.value


def test_every_later_decision_carries_the_version_that_steers_its_symbol(tmp_path: Path) -> None:
    then: dict[int, Callable[[], object]] = {
        1_000: lambda: put(tmp_path, "router", file_of("router", routing(), life_s=1_500)),
        1_500: lambda: put(tmp_path, "allocator", file_of("allocator", share(weight_frac=0.05), version="w1", life_s=50_000)),
        2_000: lambda: put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT"), version="v2", life_s=1_500)),
        5_000: (tmp_path / FOLDER / FILES["allocator"]).unlink,
    }
    in_force = Steering()
    plain = terms_of(SETTINGS, None).plain
    versions: set[tuple[str, str]] = set()
    for record in driven(tmp_path, then, 6_000):
        if isinstance(record, PolicyChanged | SuggestionRefused):
            assert isinstance(record, PolicyChanged)
            assert record.before == in_force.policy(record.symbol, plain)
            in_force.take(record)
        elif isinstance(record, Decision):
            assert record.policy == in_force.policy(record.slice.symbol, plain)
            versions.add((record.policy.version, record.policy.weight_version))
            if record.plan is not None and record.plan.style == "maker":
                assert record.plan.offset_bps == record.policy.router.offset_bps
        else:
            assert not isinstance(record, Boot)
    assert versions >= {("settings", "settings"), ("v1", "settings"), ("v2", "w1")}
    assert in_force.symbols == {}


def test_without_files_the_flags_change_nothing(tmp_path: Path) -> None:
    records = list(driven(tmp_path, {}, 1_500))
    assert not any(isinstance(each, PolicyChanged | SuggestionRefused) for each in records)
    assert {each.policy.version for each in records if isinstance(each, Decision)} == {"settings"}
    assert any(isinstance(each, Intent) for each in records)
