"""What a shipper brings up and what it leaves where it is; the other end is looked at through the same door."""

import json
import shutil

import pytest

from executor.errors import CorruptJournal
from executor.records.streams import STREAMS
from hedge_assets.object_store import Objects
from hedge_assets.shipping.disk import DiskError
from hedge_assets.shipping.names import part_of, part_path, sealed_lines, sealed_of, unpacked
from tests.hedge_assets.builders import HOUR, T0
from tests.hedge_assets.shipping.desks import Writer, lines, packed_only, shipper


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


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_journal_that_was_cut_back_where_a_segment_ends_is_refused_even_if_it_goes_on_in_another_hour(writer, objects, tmp_path, goes_on):
    writer.loops(30)
    turned(shipper(tmp_path, objects), 10)
    writer.end()
    again = packed_only(tmp_path, tmp_path / "cut back")
    if goes_on:
        later = Writer(again, begin_us=T0 + HOUR)
        later.loops(5)
        later.end()
    before = journals_at(objects)
    with pytest.raises(CorruptJournal, match="lies there and not here"):
        shipper(again, objects).turn()
    assert journals_at(objects) == before


def test_a_segment_that_was_packed_after_it_was_cut_back_and_written_on_is_refused_before_it_goes_up(writer, objects, tmp_path):
    writer.loops(2)
    turned(shipper(tmp_path, objects), 3)
    writer.end()
    for segment in (tmp_path / "raw").glob("*/*.jsonl"):
        segment.write_bytes(segment.read_bytes()[: segment.read_bytes().index(b"\n") + 1])
    later = Writer(tmp_path, begin_us=T0 + 1)
    later.loops(40)
    later.end()
    assert not list((tmp_path / "raw" / "ticks").glob("000000000001-*.jsonl"))
    before = journals_at(objects)
    with pytest.raises(CorruptJournal, match="was cut back or changed after it was shipped"):
        shipper(tmp_path, objects).turn()
    assert journals_at(objects) == before


@pytest.mark.parametrize("cut", [True, False])
def test_a_segment_that_is_sealed_there_and_not_here_is_refused_unless_it_has_the_same_lines(writer, objects, tmp_path, cut):
    writer.loops(30)
    writer.end()
    turned(shipper(tmp_path, objects), 10)
    last = max((tmp_path / "raw" / "ticks").glob("*.zst"))
    data = sealed_lines(last.read_bytes())
    last.with_suffix("").write_bytes(data[: data.index(b"\n") + 1] if cut else data)
    last.unlink()
    if not cut:
        assert shipper(tmp_path, objects).turn().parts == 0
        return
    with pytest.raises(CorruptJournal, match="was cut back or changed after it was shipped"):
        shipper(tmp_path, objects).turn()


def test_what_was_pruned_here_and_lies_there_is_no_other_past(writer, objects, tmp_path):
    writer.loops(60)
    writer.end()
    turned(shipper(tmp_path, objects), 10)
    first, second = sorted((tmp_path / "raw" / "ticks").glob("*.zst"))[:2]
    (tmp_path / "raw" / "pruned.json").write_text(f'{{"ticks":{int(second.name[:12]) - 1},"orders":0,"positions":0}}')
    first.unlink()
    assert shipper(tmp_path, objects).turn().parts == 0


ILLS = {
    "a byte turned": lambda body: body[:-6] + bytes([body[-6] ^ 1]) + body[-5:],
    "cut short": lambda body: body[:-9],
    "emptied": lambda _: b"",
}


@pytest.mark.parametrize("ill", ILLS)
def test_a_part_that_is_damaged_there_is_put_again_by_a_new_life(writer, objects, tmp_path, ill):
    ship = shipper(tmp_path, objects)
    for _ in range(3):
        writer.loops(1)
        turned(ship, 3)
    path = sorted(objects.listed("tail/positions"))[1]
    sound = objects.get(path)
    objects.put(path, ILLS[ill](sound))
    done = shipper(tmp_path, objects).turn()
    assert (done.mended, done.parts, objects.get(path)) == (1, 0, sound)
    assert shipper(tmp_path, objects).turn().mended == 0


def test_a_part_that_is_gone_there_comes_again_with_what_follows_it(writer, objects, tmp_path):
    ship = shipper(tmp_path, objects)
    for _ in range(3):
        writer.loops(1)
        turned(ship, 3)
    objects.delete(sorted(objects.listed("tail/positions"))[1:2])
    turned(shipper(tmp_path, objects), 3)
    assert tail(objects, "positions") == lines(tmp_path)["positions"]


def test_a_sealed_segment_that_is_cut_short_there_is_put_again_by_a_new_life(writer, objects, tmp_path):
    writer.loops(40)
    writer.end()
    turned(shipper(tmp_path, objects), 10)
    path = min(objects.listed("sealed/ticks"))
    sound = objects.get(path)
    objects.put(path, sound[:-2])
    assert shipper(tmp_path, objects).turn().mended == 1
    assert objects.get(path) == sound


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


def test_a_journal_that_the_disk_refuses_is_said_and_no_outage_of_the_other_end(writer, objects, tmp_path):
    writer.end()
    shutil.rmtree(tmp_path / "raw" / "ticks")
    (tmp_path / "raw" / "ticks").write_bytes(b"")
    with pytest.raises(DiskError, match="raw/ticks cannot be read or written"):
        shipper(tmp_path, objects).turn()


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


def journals_at(objects):
    return {path: objects.get(path) for folder in ("sealed", "tail") for path in objects.listed(folder)}


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
