"""Exactly once, whatever is killed when: both ends at every call, by chance, and the same bytes at the end."""

import os

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.errors import CorruptJournal, LockError, SettingsError
from executor.flags import read_flags
from executor.journal.audit import verify
from executor.journal.form import FORM, form_of
from executor.lock import is_held, take_lock
from executor.pulse import Pulse, write_pulse
from executor.records.streams import STREAMS
from hedge_assets.catalog import scan
from hedge_assets.object_store import Objects
from hedge_assets.refreshing.rebuilding import rebuild
from hedge_assets.shipping.receiver import Receiver
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.journals import write
from tests.hedge_assets.shipping.desks import Writer, lines, settled, shipper
from tests.hedge_assets.tabled import journaled


class Killed(BaseException):
    """What a kill is to a process: nothing of it goes on."""


class Mortal(Objects):
    """A door through which whoever goes is killed at the n-th call, before it is done or after."""

    kill_at, after = 0, False

    def _ask(self, call, *passed):
        self.kill_at -= 1
        if self.kill_at == 0 and not self.after:
            raise Killed
        answer = super()._ask(call, *passed)
        if self.kill_at == 0:
            raise Killed
        return answer


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["write", "ship", "receive", "restart"]), st.integers(1, 12), st.booleans()), min_size=5, max_size=40
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS, st.integers(0, 60))
def test_whoever_is_killed_at_whatever_call_every_line_arrives_once_in_its_order(tmp_path_factory, actions, torn_bytes):
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    objects, writer = Mortal("memory:///", deadline_s=5.0), Writer(here, rotate_bytes=2048)
    for action, count, after in actions:
        objects.kill_at, objects.after = count, after
        if action == "write":
            writer.loops(count)
        elif action == "restart":
            writer.end()
            writer.begin()
        else:
            turned = shipper(here, objects) if action == "ship" else None
            try:
                (turned or Receiver(there / "raw", objects)).turn()
            except Killed:
                tear(there, torn_bytes)
        assert all(lines(here)[stream].startswith(got) for stream, got in whole(there).items())
    objects.kill_at = 0
    writer.end()
    settled(shipper(here, objects), Receiver(there / "raw", objects))
    assert lines(there) == lines(here)
    assert all(verify(there / "raw", stream).first_fault is None for stream in STREAMS)


def tear(root, size):
    """What a kill in the middle of a write leaves: some of the next line."""
    for stream in STREAMS:
        plain = sorted((root / "raw" / stream).glob("*.jsonl"))
        if plain and size:
            with plain[-1].open("ab") as file:
                file.write(b'{"kind":"quote","ts_us":1767571201000000,"symbol":"BTCUSDT"}'[:size])


def whole(root):
    return {stream: got[: got.rfind(b"\n") + 1] for stream, got in lines(root).items()}


@pytest.fixture
def objects():
    return Objects("memory:///", deadline_s=5.0)


def test_states_rebuilt_from_what_arrived_are_those_of_the_executors_own_machine_byte_for_byte(tmp_path, objects):
    here = journaled(tmp_path / "here")
    settled(shipper(tmp_path / "here", objects), Receiver(tmp_path / "there" / "raw", objects))
    outs = []
    for place in (here, msgspec.structs.replace(here, root=tmp_path / "there")):
        outcomes = rebuild(place, scan(), as_of_us=T0 + 3 * 86_400 * SECOND, out=place.root / "out", flags=read_flags({}))
        assert all(each.is_written for each in outcomes)
        outs.append({path.name: path.read_bytes() for path in (place.root / "out").iterdir()})
    assert len(outs[0]) > 10
    assert outs[0] == outs[1]


def beat(root, at_us, **given):
    write_pulse(root / "raw", Pulse(service="executor", pid=1, at_us=at_us, started_us=T0, **given))
    os.utime(root / "raw" / "pulse.json", ns=(at_us * 1000, at_us * 1000))


def test_the_pulse_keeps_its_time_and_the_lock_goes_by_what_it_says(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    write(here, [])
    ship, receive = shipper(here, objects), Receiver(there / "raw", objects)
    beat(here, T0 + SECOND)
    settled(ship, receive)
    assert (there / "raw" / "pulse.json").read_bytes() == (here / "raw" / "pulse.json").read_bytes()
    assert (there / "raw" / "pulse.json").stat().st_mtime_ns == (T0 + SECOND) * 1000
    assert is_held(there / "raw")
    with pytest.raises(LockError):
        take_lock(there / "raw")
    beat(here, T0 + 2 * SECOND, ended="asked to end")
    settled(ship, receive)
    assert not is_held(there / "raw")


def test_a_root_in_which_an_executor_lives_is_not_received_into(tmp_path, objects):
    write(tmp_path / "here", [])
    beat(tmp_path / "here", T0)
    shipper(tmp_path / "here", objects).turn()
    handle = take_lock(tmp_path / "there" / "raw")
    try:
        with pytest.raises(LockError):
            Receiver(tmp_path / "there" / "raw", objects).turn()
    finally:
        os.close(handle)


def test_what_the_executor_pruned_goes_here_too_and_a_new_receiver_does_not_ask_for_it(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, rotate_bytes=1024)
    writer.loops(30)
    writer.end()
    ship, receive = shipper(here, objects), Receiver(there / "raw", objects)
    settled(ship, receive)
    names = sorted((here / "raw" / "ticks").glob("*.zst"))
    first = int(names[3].name.partition("-")[0])
    for path in names[:3]:
        path.unlink()
    (here / "raw" / "pruned.json").write_text(f'{{"ticks":{first - 1},"orders":0,"positions":0}}')
    settled(ship, receive)
    assert lines(there) == lines(here)
    fresh = tmp_path / "fresh"
    settled(ship, Receiver(fresh / "raw", objects))
    assert lines(fresh) == lines(here)
    assert all(verify(fresh / "raw", stream).first_fault is None for stream in STREAMS)


def test_a_hole_at_the_prefix_is_waited_for_and_said_and_closed_when_it_comes(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, rotate_bytes=1024)
    writer.loops(30)
    writer.end()
    while shipper(here, objects).turn().more:
        pass
    ordered = sorted(objects.listed("sealed/ticks"))
    kept = {path: objects.get(path) for path in ordered[2:4]}
    objects.delete(list(kept))
    receive = Receiver(there / "raw", objects)
    done = receive.turn()
    assert done.waiting["ticks"].startswith("records ")
    assert lines(here)["ticks"].startswith(lines(there)["ticks"])
    for path, body in kept.items():
        objects.put(path, body)
    settled(shipper(here, objects), receive)
    assert lines(there) == lines(here)


@pytest.mark.parametrize("what", ["a part", "a sealed segment", "a sealed segment of another journal"])
def test_what_comes_damaged_is_not_taken(tmp_path, objects, what):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here, rotate_bytes=1024)
    writer.loops(3)
    ship, receive = shipper(here, objects), Receiver(there / "raw", objects)
    settled(ship, receive)
    writer.loops(20)
    if what == "a part":
        ship.turn()
        path = max(objects.listed("tail/positions"))
        objects.put(path, objects.get(path)[:-3])
        receive.turn()
        assert lines(here)["positions"].startswith(lines(there)["positions"])
        return
    writer.end()
    while ship.turn().sealed:
        pass
    open_there = max((there / "raw" / "ticks").glob("*.jsonl"))  # the one before it may not be packed yet
    path = f"sealed/ticks/{open_there.name}.zst"
    body = objects.get(path)
    if what == "a sealed segment":
        objects.put(path, body[:40] + b"\0\0" + body[42:])
    else:
        objects.put(path, other_journal(tmp_path, path.rpartition("/")[2]))
    before = lines(there)
    with pytest.raises(CorruptJournal, match=r"damaged|came broken|is not what was received"):
        receive.turn()
    assert lines(there)["ticks"] == before["ticks"]


def other_journal(tmp_path, name):
    """A sound segment with the same first record number, of another life."""
    writer = Writer(tmp_path / "other", rotate_bytes=1024)
    writer.end()
    writer.begin()
    writer.loops(20)
    writer.end()
    path = tmp_path / "other" / "raw" / "ticks" / name
    return path.read_bytes()


def test_the_form_arrives_with_the_journals_and_a_newer_one_stops_them(tmp_path, objects):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = Writer(here)
    writer.loops(2)
    (here / "raw" / "form.json").write_text(f'{{"form":{FORM}}}')
    ship, receive = shipper(here, objects), Receiver(there / "raw", objects)
    settled(ship, receive)
    assert form_of(there / "raw") == FORM
    before = lines(there)
    (here / "raw" / "form.json").write_text(f'{{"form":{FORM + 1}}}')
    writer.loops(2)
    ship.turn()
    for each in (receive, Receiver(there / "raw", objects), Receiver(tmp_path / "fresh" / "raw", objects)):
        with pytest.raises(SettingsError, match=f"have form {FORM + 1}, this version reads up to {FORM}"):
            each.turn()
    assert (lines(there), form_of(there / "raw")) == (before, FORM)
    assert set(lines(tmp_path / "fresh").values()) == {b""}


@pytest.mark.parametrize("content", [b'{"mtime_us":1,"content":"{"}', b"", b"\xff"])
def test_a_form_that_cannot_be_read_is_not_taken_for_an_old_one(tmp_path, objects, content):
    objects.put("note/form.json", content)
    with pytest.raises(CorruptJournal, match="cannot be read"):
        Receiver(tmp_path / "raw", objects).turn()


class Watched(Objects):
    """Remembers the order in which things came."""

    def __init__(self):
        super().__init__("memory:///", deadline_s=5.0)
        self.came = []

    def put(self, path, content):
        self.came.append(path)
        super().put(path, content)

    def put_new(self, path, content):
        self.came.append(path)
        return super().put_new(path, content)


def test_the_form_goes_up_before_any_record_of_it(tmp_path):
    objects, writer = Watched(), Writer(tmp_path, rotate_bytes=1024)
    (tmp_path / "raw" / "form.json").write_text(f'{{"form":{FORM}}}')
    writer.loops(2)
    shipper(tmp_path, objects).turn()
    writer.end()
    assert objects.came.index("note/form.json") < min(at for at, path in enumerate(objects.came) if path.startswith(("tail", "sealed")))
