import dataclasses
import json

import dagster as dg
import msgspec
import pytest

from executor.clock import FixedClock, WallClock
from hedge_assets.definitions import definitions
from hedge_assets.defs.healing import missing_states, needing
from hedge_assets.defs.names import Names
from hedge_assets.defs.schedules import MEND, jobs
from hedge_assets.health.condition import scan
from hedge_assets.health.scene import Healings
from hedge_assets.health.survey import survey
from hedge_assets.refreshing import refresh as refreshing
from hedge_assets.refreshing.refresh import refresh
from tests.hedge_assets.builders import SECOND
from tests.hedge_assets.defs.desks import desk_in, journaled


@pytest.fixture
def desk(tmp_path):
    journaled(tmp_path, 3)
    found = desk_in(tmp_path)
    refresh(found.place, found.states, {state.name for state in found.states}, clock=found.clock, flags=found.flags)
    return found


def wanting(desk, now_us):
    return set(needing(desk, survey(desk.place, desk.rows, now_us).verdicts))


def asked(desk, instance, cursor=None):
    with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions([desk])) as context:
        result = missing_states([desk], jobs([desk])).evaluate_tick(context)
    assert all(request.job_name == MEND for request in result.run_requests)
    assert all(request.asset_selection[-1] == Names().key("health") for request in result.run_requests)
    return [request.tags["for"].split(",") for request in result.run_requests], result


def told(desk):
    found = msgspec.json.decode((desk.place.tables / "healing.json").read_bytes(), type=Healings)
    return {each.name: each for each in found.states}


def later(desk, seconds):
    return desk_in(desk.place.root, desk.clock.now_us() + round(seconds * SECOND))


def with_little_room(desk):
    health = msgspec.structs.replace(desk.place.health, disk_fail_bytes=1 << 60)
    return dataclasses.replace(desk, place=msgspec.structs.replace(desk.place, health=health), conditions=scan())


def run(desk, instance, names=("size", "health")):
    keys = [Names().key(name) for name in names]
    return definitions([desk]).resolve_job_def(MEND).execute_in_process(instance=instance, raise_on_error=False, asset_selection=keys)


def going_on(desk, instance, job, status):
    return instance.create_run_for_job(definitions([desk]).resolve_job_def(job), status=status)


def test_nothing_is_made_again_while_all_is_well(desk):
    assert wanting(desk, desk.clock.now_us()) == set()


def test_a_deleted_file_is_made_again(desk):
    (desk.place.state / "size.json").unlink()
    assert wanting(desk, desk.clock.now_us()) == {"size"}


def test_a_file_whose_facts_are_older_than_the_journals_is_made_again_at_once(desk):
    path = desk.place.state / "size.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "event_ts": "2020-01-01T00:00:00Z"}))
    assert wanting(desk, desk.clock.now_us()) == {"size"}


def test_old_facts_of_a_dead_executor_are_not_made_again_and_again(desk):
    late_us = desk.clock.now_us() + 590 * SECOND
    path = desk.place.state / "size.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "event_ts": "2020-01-01T00:00:00Z"}))
    assert wanting(desk, late_us) == set()


def test_a_file_that_was_mended_is_told_of_with_what_was_done_and_where_the_damage_lies(desk, instance):
    (desk.place.state / "size.json").write_bytes(b"nonsense")
    names, first = asked(desk, instance)
    assert names == [["size"]]
    done = run(desk, instance)
    assert done.success
    assert {event.asset_key.to_user_string() for event in done.get_asset_materialization_events()} == {"size", "health"}
    assert {each.check_name for each in done.get_asset_check_evaluations() if each.asset_key == Names().key("size")} > {"whole", "on_disk"}
    assert json.loads((desk.place.state / "health.json").read_bytes())["reason"] is None
    names, _ = asked(later(desk, 5), instance, first.cursor)
    row = told(desk)["size"]
    assert (names, row.tries, row.asked_us, row.next_us, row.failure) == ([], 1, desk.clock.now_us(), None, None)
    assert (desk.place.root / row.kept).read_bytes() == b"nonsense"


def test_a_state_that_cannot_be_built_says_why_and_spares_the_others(desk, instance):
    def tripping(**_):
        raise ZeroDivisionError("no quote")

    states = [dataclasses.replace(each, build=tripping) if each.name == "double" else each for each in desk.states]
    broken = dataclasses.replace(desk, states=states)
    for name in ("double", "size"):
        (desk.place.state / f"{name}.json").unlink()
    names, first = asked(broken, instance)
    assert names == [["size", "double"]]
    run(broken, instance, ("size", "double", "health"))
    asked(dataclasses.replace(later(desk, 5), states=states), instance, first.cursor)
    assert told(desk)["double"].failure == "building it failed: ZeroDivisionError: no quote"
    assert told(desk)["double"].next_us == desk.clock.now_us() + 30 * SECOND
    assert told(desk)["size"].next_us is None


def test_a_run_that_fails_before_it_comes_to_any_state_is_told_as_well(desk, instance, monkeypatch):
    asked_in = dataclasses.replace(desk, clock=FixedClock(WallClock().now_us()))
    for path in desk.place.state.iterdir():
        path.unlink()
    _, first = asked(asked_in, instance)
    monkeypatch.setattr(refreshing, "LOCK_WAIT_S", 0.1)
    with refreshing.only_one(desk.place.tables):
        run(asked_in, instance)
    asked(asked_in, instance, first.cursor)
    assert "the run failed: " in told(desk)["size"].failure
    assert "was locked by another refresh" in told(desk)["size"].failure


def test_a_run_that_mends_is_not_doubled(desk, instance):
    (desk.place.state / "size.json").unlink()
    going_on(desk, instance, MEND, dg.DagsterRunStatus.STARTED)
    assert asked(desk, instance)[0] == []


def test_what_a_scheduled_run_is_about_to_make_is_left_to_it_and_the_rest_is_not(desk, instance):
    for name in ("double", "size"):
        (desk.place.state / f"{name}.json").unlink()
    coming = going_on(desk, instance, "fast_states", dg.DagsterRunStatus.STARTING)
    names, result = asked(desk, instance)
    assert names == [["double"]]
    instance.report_run_canceled(coming)
    assert asked(later(desk, 5), instance, result.cursor)[0] == [["size"]]


def test_a_scheduled_run_that_has_begun_is_not_waited_for(desk, instance):
    (desk.place.state / "size.json").unlink()
    going_on(desk, instance, "fast_states", dg.DagsterRunStatus.STARTED)
    assert asked(desk, instance)[0] == [["size"]]


def test_when_the_disk_has_room_again_nothing_waits(desk, instance):
    (desk.place.state / "size.json").unlink()
    full = with_little_room(desk)
    names, result = asked(full, instance)
    assert names == [["size"]]
    for seconds in (30, 90, 210):
        names, result = asked(dataclasses.replace(full, clock=later(desk, seconds).clock), instance, result.cursor)
        assert names == [["size"]]
    names, result = asked(dataclasses.replace(full, clock=later(desk, 225).clock), instance, result.cursor)
    assert names == []
    freed = dataclasses.replace(later(desk, 230), conditions=scan())
    assert asked(freed, instance, result.cursor)[0] == [["size"]]
