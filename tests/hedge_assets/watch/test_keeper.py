"""The watch's round on a real data root: files go and come back, the disk refuses, a look breaks off."""

import json
import shutil
import threading

import pytest

from executor.clock import FixedClock
from executor.pulse import Pulse, write_pulse
from hedge_assets.catalog import scan
from hedge_assets.health.gathering import pulse_in
from hedge_assets.health.incident_log import LOG, entries, read_incidents
from hedge_assets.health.looks import Looks, read_looks
from hedge_assets.health.manifest import manifest
from hedge_assets.health.timeline import timeline
from hedge_assets.settings import Health, Place
from hedge_assets.watch.keeper import Keeper, Who
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.health.test_incident_log import room_for
from tests.hedge_assets.health.test_survey import ready

ROWS = manifest(scan(tiny))
NOW = T0 + 5 * SECOND
PULSE_FITS = 64 * 1024
WHO = Who(pid=4711, flags={"ENV": "dev"}, versions={"hedge": "1"}, metrics_port=8800)


@pytest.fixture
def place(tmp_path) -> Place:
    return ready(tmp_path, NOW, time="wall")


def keeper(place: Place, now_us: int = NOW) -> Keeper:
    return Keeper(place, ROWS, (), clock=FixedClock(now_us), who=WHO)


def words(place: Place) -> list[tuple[str, str, bool]]:
    return [(each.cause, each.subject, each.is_open) for each in read_incidents(place.watch)]


def test_a_file_that_goes_and_comes_back_is_an_incident_that_opens_and_closes(place):
    kept = keeper(place)
    kept.look()
    (place.state / "size.json").rename(place.root / "aside")
    kept.look()
    assert words(place) == [("missing", "size", True)]
    (place.root / "aside").rename(place.state / "size.json")
    kept.look()
    kept.look()
    assert words(place) == [("missing", "size", False)]
    assert read_incidents(place.watch)[0].healed_by == "the earlier file was put back"


def test_what_it_looked_at_and_found_is_the_file_s_timeline_and_what_it_did_not_is_unwatched(place):
    for second in range(4):
        kept = keeper(place, now_us=NOW + second * SECOND)
        if second == 2:
            (place.state / "size.json").unlink()
        kept.look()
    (lane,) = timeline(["size"], entries(place.watch), read_looks(place.watch), NOW + 3 * SECOND, span_us=4 * SECOND)
    words = [(each.word, each.from_us, each.until_us) for each in lane.stretches]
    assert words == [
        ("unwatched", NOW - SECOND, NOW),
        ("ok", NOW, NOW + 2 * SECOND),
        ("missing", NOW + 2 * SECOND, NOW + 3 * SECOND),
    ]


def test_a_look_that_broke_off_is_no_look(place):
    kept = keeper(place)
    shutil.rmtree(place.watch, ignore_errors=True)
    kept.conditions = (None,)
    kept.try_to_look()
    assert (kept.failed, read_looks(place.watch)) == (1, Looks())


def test_a_watch_that_was_cut_off_goes_on_with_the_same_incident_and_excuses_nothing(place):
    first = keeper(place)
    first.try_to_look()
    (place.state / "size.json").unlink()
    first.try_to_look()
    shutil.rmtree(place.state)
    second = keeper(place, now_us=NOW + SECOND)
    second.look()
    assert {each.id for each in first.open} < {each.id for each in second.open}
    assert {each.subject for each in second.open} == {row.name for row in ROWS if row.kind == "state"}
    second.try_to_look()
    assert pulse_in(place.watch).pulse.crashes_us == (NOW + SECOND,)


def test_a_desk_that_was_ended_may_be_starting(place):
    write_pulse(place.watch, Pulse(service="watch", pid=1, at_us=NOW, started_us=NOW, ended="asked to end"))
    shutil.rmtree(place.state)
    kept = keeper(place)
    kept.look()
    assert kept.open == ()


def test_every_look_is_told_and_says_who_it_was(place):
    told = []
    kept = keeper(place)
    kept.telling.append(lambda entries, seen: told.append((len(entries), len(seen.verdicts))))
    kept.notes.append(lambda: {"alerts_sent": 3})
    kept.try_to_look()
    (place.state / "size.json").unlink()
    kept.try_to_look()
    assert told == [(0, len(ROWS)), (1, len(ROWS))]
    pulse = pulse_in(place.watch).pulse
    assert (pulse.service, pulse.pid, pulse.turns, pulse.turned_us, pulse.metrics_port) == ("watch", 4711, 2, NOW, 8800)
    assert (pulse.flags, pulse.note["open_incidents"], pulse.note["alerts_sent"], pulse.ended) == ({"ENV": "dev"}, 1, 3, None)


def test_a_look_that_breaks_off_is_told_and_the_next_one_comes(place, capsys):
    broken = [True]

    def hear(*_):
        if broken:
            raise ZeroDivisionError("in a channel")

    kept = keeper(place)
    kept.telling.append(hear)
    kept.try_to_look()
    kept.try_to_look()
    assert capsys.readouterr().err.count("ZeroDivisionError: in a channel") == 1
    assert pulse_in(place.watch).pulse.note["look_failure"] == "ZeroDivisionError: in a channel"
    broken.clear()
    kept.try_to_look()
    assert (kept.turns, kept.failed) == (3, 2)


def test_a_figure_that_cannot_be_had_does_not_end_the_watch(place):
    kept = keeper(place)
    kept.notes.append(lambda: {"share": 1 / 0})
    kept.try_to_look()
    kept.notes.clear()
    kept.try_to_look()
    assert (kept.turns, kept.failed) == (2, 1)
    assert "ZeroDivisionError" in pulse_in(place.watch).pulse.note["look_failure"]


def test_an_incident_that_cannot_be_written_is_kept_and_told_all_the_same(place):
    place.watch.mkdir(parents=True)
    (place.watch / LOG).write_bytes(b"\n" * 2 * PULSE_FITS)
    kept = keeper(place)
    kept.look()
    (place.state / "size.json").unlink()
    told = []
    kept.telling.append(lambda entries, _: told.extend(entries))
    with room_for(PULSE_FITS):
        kept.try_to_look()
    assert [each.event for each in told] == ["opened"]
    assert pulse_in(place.watch).pulse.note["incidents_waiting"] == 1
    kept.look()
    assert words(place) == [("missing", "size", True)]


def test_asked_to_end_it_says_that_it_ended(place):
    place = Place(root=place.root, health=Health(look_every_s=0.01))
    kept, stop = keeper(place), threading.Event()
    kept.telling.append(lambda *_: stop.set() if kept.turns >= 3 else None)
    kept.run(stop)
    said = json.loads((place.watch / "pulse.json").read_bytes())
    assert (said["ended"], said["turns"]) == ("asked to end", 3)
