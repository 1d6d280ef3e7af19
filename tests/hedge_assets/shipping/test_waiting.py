"""What a receiver waits for and says, and what it refuses because two pasts lie at one prefix."""

import shutil

import pytest

from executor.errors import CorruptJournal
from hedge_assets.object_store import Objects
from hedge_assets.shipping.receiver import Receiver
from tests.hedge_assets.builders import HOUR, T0
from tests.hedge_assets.shipping.desks import Writer, lines, packed_only, settled, shipper


@pytest.fixture
def objects():
    return Objects("memory:///", deadline_s=5.0)


@pytest.mark.parametrize("ill", ["damaged", "gone", "a hole"])
def test_a_part_that_cannot_be_had_is_said_and_nothing_behind_it_is_taken_and_a_new_life_of_the_shipper_heals_it(tmp_path, objects, ill):
    here, there = tmp_path / "here", tmp_path / "there"
    writer, ship = Writer(here), shipper(here, objects)
    for _ in range(3):
        writer.loops(1)
        ship.turn()
        ship.turn()
    path = sorted(objects.listed("tail/positions"))[1]
    door = Vanished(objects, path) if ill == "gone" else objects
    if ill == "damaged":
        objects.put(path, bytes([objects.get(path)[0] ^ 1]) + objects.get(path)[1:])
    elif ill == "a hole":
        objects.delete([path])
    said = Receiver(there / "raw", door).turn().waiting
    assert list(said) == ["positions"]
    assert said["positions"].count("\n") == 0
    assert said["positions"].startswith("bytes " if ill == "a hole" else f"{path} at memory:/// is {ill}")
    assert lines(here)["positions"].startswith(lines(there)["positions"])
    receive = Receiver(there / "raw", objects)
    settled(shipper(here, objects), receive)
    assert receive.turn().waiting == {}
    assert lines(there) == lines(here)


class Vanished(Objects):
    """A door behind which one object is listed, and gone when it is asked for."""

    def __init__(self, objects, path):
        super().__init__(objects.uri, deadline_s=5.0)
        self._store, self._gone = objects._store, path

    def get(self, path):
        return None if path == self._gone else super().get(path)


def test_a_part_that_gave_way_to_its_sealed_segment_meanwhile_is_not_said(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here)
    writer.loops(3)
    shipper(here, objects).turn()
    part = min(objects.listed("tail/ticks"))
    segment = part.split("/")[2]
    objects.put(f"sealed/ticks/{segment}.jsonl.zst", b"not looked into")
    receive = Receiver(there / "raw", Unsealed(Vanished(objects, part)))
    assert receive.turn().waiting == {}


class Unsealed(Vanished):
    """A door behind which what is sealed is not listed yet."""

    def __init__(self, door):
        super().__init__(door, door._gone)

    def listed(self, folder, *, after=None):
        return {} if folder.startswith("sealed") else super().listed(folder, after=after)


def test_two_pasts_at_one_prefix_are_refused_by_whoever_has_the_one_and_by_whoever_has_none(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here)
    writer.loops(40)
    ship, receive = shipper(here, objects), Receiver(there / "raw", objects)
    settled(ship, receive)
    writer.end()
    later = Writer(packed_only(here, tmp_path / "cut back"), begin_us=T0 + HOUR)
    later.loops(5)
    later.end()
    other = Objects("memory:///", deadline_s=5.0)
    shutil.rmtree(tmp_path / "cut back" / "ship")
    settled(shipper(tmp_path / "cut back", other), Receiver(tmp_path / "far" / "raw", other))
    for path in other.listed(""):
        objects.put_new(path, other.get(path))
    before = lines(there)
    for each in (receive, Receiver(there / "raw", objects), Receiver(tmp_path / "fresh" / "raw", objects)):
        with pytest.raises(CorruptJournal, match="holds records that another segment holds too: the journal was cut back"):
            each.turn()
    assert lines(there) == before


def test_a_segment_that_begins_within_what_just_came_is_another_past_and_no_hole(tmp_path, objects):
    here = tmp_path / "here"
    writer = Writer(here)
    writer.loops(3)
    shipper(here, objects).turn()
    objects.put("sealed/ticks/000000000002-20260105T05.jsonl.zst", b"not looked into")
    with pytest.raises(CorruptJournal, match="another segment holds too"):
        Receiver(tmp_path / "there" / "raw", objects).turn()
