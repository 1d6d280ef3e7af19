"""What a shipper brings up and what it leaves where it is; the other end is looked at through the same door."""

import json

import pytest

from executor.errors import CorruptJournal
from executor.records.streams import STREAMS
from hedge_assets.object_store import Objects
from hedge_assets.shipping.names import part_of, part_path, sealed_of, unpacked
from tests.hedge_assets.shipping.desks import Writer, lines, shipper


@pytest.fixture
def objects():
    return Objects("memory:///", deadline_s=5.0)


@pytest.fixture
def writer(tmp_path):
    made = Writer(tmp_path)
    yield made
    made.end()


def parts(objects, stream):
    return sorted(part_of(path) for path in objects.listed(f"tail/{stream}"))


def tail(objects, stream):
    return b"".join(unpacked(each, objects.get(part_path(stream, each))) for each in parts(objects, stream))


def test_a_live_tail_goes_up_as_far_as_it_is_durable_and_no_byte_twice(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    writer.loops(3)
    assert ship.turn().parts == 3
    up = tail(objects, "positions")
    assert lines(tmp_path)["positions"].startswith(up)
    assert 0 < len(up) < len(lines(tmp_path)["positions"])
    writer.loops(2)
    ship.turn()
    assert tail(objects, "positions").startswith(up)
    assert all(before.end == after.start for before, after in zip(parts(objects, "ticks"), parts(objects, "ticks")[1:], strict=False))


def test_the_last_lines_follow_once_the_journal_stands_still(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    writer.loops(3)
    ship.turn()
    ship.turn()
    assert {stream: tail(objects, stream) for stream in STREAMS} == lines(tmp_path)
    assert ship.turn().parts == 0


def test_a_sealed_segment_goes_up_as_the_file_it_is_and_its_parts_go(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    for _ in range(20):
        writer.loops(2)
        ship.turn()
    writer.end()
    while ship.turn().sealed:
        pass
    sealed = {sealed_of(path) for path in objects.listed("sealed/ticks")}
    packed = {path.name.partition(".")[0]: path for path in (tmp_path / "raw" / "ticks").glob("*.zst")}
    assert len(packed) > 2
    assert sealed == set(packed)
    assert all(objects.get(f"sealed/ticks/{name}.jsonl.zst") == path.read_bytes() for name, path in packed.items())
    assert not sealed & {each.segment for each in parts(objects, "ticks")}


def test_a_new_life_goes_on_behind_what_is_there(writer, objects, tmp_path):
    writer.loops(3)
    shipper(tmp_path, objects).turn()
    before = objects.listed("tail")
    again = shipper(tmp_path, objects)
    assert again.turn().parts == 0
    writer.loops(1)
    assert again.turn().parts == 3
    assert set(before) < set(objects.listed("tail"))


@pytest.mark.parametrize("how", ["shorter", "other"])
def test_a_journal_that_was_cut_back_after_it_was_shipped_is_refused_with_both_kept(writer, objects, tmp_path, how):
    writer.loops(3)
    ship = shipper(tmp_path, objects)
    ship.turn()
    writer.end()
    (segment,) = (tmp_path / "raw" / "positions").glob("*.jsonl")
    data = segment.read_bytes()
    segment.write_bytes(data[:100] if how == "shorter" else data.replace(b'"wallet"', b'"wallot"'))
    before = objects.listed("")
    with pytest.raises(CorruptJournal, match="was cut back or changed after it was shipped"):
        shipper(tmp_path, objects).turn()
    assert {path for path in before if path.startswith("tail")} == {path for path in objects.listed("") if path.startswith("tail")}


def test_what_is_no_whole_line_does_not_leave(writer, objects, tmp_path):
    writer.loops(2)
    ship = shipper(tmp_path, objects)
    ship.turn()
    ship.turn()
    before = lines(tmp_path)["ticks"]
    (segment,) = (tmp_path / "raw" / "ticks").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"kind":"quote","half')
    ship.turn()
    ship.turn()
    assert tail(objects, "ticks") == before


def test_the_notes_go_up_with_their_times_when_they_are_others(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    (tmp_path / "raw" / "pulse.json").write_text('{"service": "executor"}')
    ship.turn()
    note = json.loads(objects.get("note/pulse.json"))
    assert note["content"] == '{"service": "executor"}'
    assert note["mtime_us"] == (tmp_path / "raw" / "pulse.json").stat().st_mtime_ns // 1000
    assert json.loads(json.loads(objects.get("note/pruned.json"))["content"]) == dict.fromkeys(STREAMS, 0)


def turned(ship, times):
    for _ in range(times):
        ship.turn()


def open_segment(root, stream):
    (path,) = (root / "raw" / stream).glob("*.jsonl")
    return path.name.removesuffix(".jsonl")


@pytest.mark.parametrize("life", ["the same", "a new one"])
def test_parts_are_kept_where_the_sealed_segment_there_is_another(writer, objects, tmp_path, life):
    other = Writer(tmp_path / "other")
    other.end()
    other.begin()
    other.loops(30)
    other.end()
    ship = shipper(tmp_path, objects)
    writer.loops(2)
    ship.turn()
    foreign = min((tmp_path / "other" / "raw" / "ticks").glob("*.zst")).read_bytes()
    path = f"sealed/ticks/{open_segment(tmp_path, 'ticks')}.jsonl.zst"
    objects.put(path, foreign)
    writer.loops(40)
    writer.end()
    before = parts(objects, "ticks")
    again = ship if life == "the same" else shipper(tmp_path, objects)
    with pytest.raises(CorruptJournal, match="was cut back or changed after it was shipped"):
        turned(again, 10)
    assert set(before) <= set(parts(objects, "ticks"))
    assert objects.get(path) == foreign


def test_a_sealed_segment_that_is_there_already_as_it_is_here_is_well(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    writer.loops(2)
    ship.turn()
    writer.loops(40)
    writer.end()
    first = min((tmp_path / "raw" / "ticks").glob("*.zst"))
    objects.put(f"sealed/ticks/{first.name}", first.read_bytes())
    while ship.turn().sealed:
        pass
    assert first.name.removesuffix(".jsonl.zst") not in {each.segment for each in parts(objects, "ticks")}
