import pytest

from hedge_assets.mirror.sinks import firestore, objects
from hedge_assets.mirror.verifying import compared
from hedge_assets.settings import Place
from tests.hedge_assets.mirror.desks import NAMES, ROWS, Moving, filled, mirror, written


@pytest.fixture
def desk(fake, tmp_path):
    filled(tmp_path / "desk")
    settings = mirror(uri=f"file://{tmp_path}/copies")
    made = Moving(tmp_path / "desk", {"firestore": firestore.SINK, "objects": objects.SINK}, settings)
    made.copyist.turn()
    return made


def differences(desk, place=None):
    found = compared(place or desk.place, ROWS, {"firestore": firestore.SINK, "objects": objects.SINK})
    return {(each.sink, each.name): each.difference for each in found}


def test_what_was_pushed_is_the_same_in_every_sink(desk):
    assert set(differences(desk)) == {(sink, name) for sink in ("firestore", "objects") for name in NAMES}
    assert set(differences(desk).values()) == {None}


def test_a_file_that_is_newer_one_that_was_never_pushed_and_one_that_is_damaged_there_are_told(desk, tmp_path, fake):
    written(desk.place.root, "nav", 2.0)
    (tmp_path / "copies" / "accounts" / "paper" / "states" / "positions.json").write_bytes(b"{}")
    (name,) = [name for name in fake.store.documents if name.endswith("/states/health")]
    del fake.store.documents[name]
    told = differences(desk)
    assert told["firestore", "nav"].startswith("an older content is there")
    assert told["objects", "nav"].startswith("an older content is there")
    assert told["objects", "positions"].startswith("it is damaged there")
    assert told["firestore", "positions"] is None
    assert told["firestore", "health"].startswith("nothing is there")
    desk.copyist.forget(everything=True)
    desk.copyist.turn()
    assert set(differences(desk).values()) == {None}


def test_a_sink_that_does_not_answer_is_a_difference_and_not_a_silence(desk, fake):
    fake.stop()
    told = differences(desk)
    assert all(told["firestore", name].startswith("it cannot be read back") for name in NAMES)
    assert told["objects", "nav"] is None


def test_a_file_that_is_not_there_has_nothing_to_be_compared_with(desk):
    (desk.place.state / "nav.json").unlink()
    assert differences(desk)["firestore", "nav"] == "there is no file to compare with: state/nav.json: absent"
    assert isinstance(desk.place, Place)
