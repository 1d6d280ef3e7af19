import dataclasses
import json

import dagster as dg
import pytest

from executor.clock import FixedClock, WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.definitions import definitions
from hedge_assets.defs.mirror import CHECKS, mirror_asset, mirror_job, mirror_schedule
from hedge_assets.defs.resources import Desk, desks_of
from hedge_assets.folder_lock import held
from hedge_assets.health.manifest import manifest
from hedge_assets.mirror.desk import one_pass
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.refreshing.whole_desk import refresh_desk
from hedge_assets.settings import Mirror, Place
from tests.fake_firestore.server import FakeFirestore
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.defs.desks import journaled
from tests.hedge_assets.journals import write


def desk_in(root, *, on=True, **environ):
    flags = read_flags({"FIRESTORE_ENABLED": "1" if on else "0", **environ})
    place = Place(root=root, mirror=Mirror(states=(), project="desk", deadline_s=30.0))
    return Desk(place=place, states=scan(tiny), flags=flags, clock=FixedClock(T0 + 10 * SECOND))


@pytest.fixture
def fake(monkeypatch):
    with FakeFirestore() as made:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", made.host)
        yield made


def made(desk, instance):
    """What a materialization says, and the checks that failed."""
    result = dg.materialize([mirror_asset(desk)], instance=instance)
    (event,) = result.asset_materializations_for_node("mirror")
    checks = {each.check_name: each for each in result.get_asset_check_evaluations()}
    assert set(checks) == set(CHECKS)
    return {key: value.value for key, value in event.metadata.items()}, {
        name: each.severity.value for name, each in checks.items() if not each.passed
    }


def states(desk):
    journaled(desk.place.root, 3)
    refresh(desk.place, desk.states, [state.name for state in desk.states], clock=desk.clock, flags=desk.flags)


def test_off_is_well_and_says_why(tmp_path, instance):
    said, failed = made(desk_in(tmp_path, on=False), instance)
    assert (said["state"], failed) == ("skipped", {})
    assert said["reason"] == "skipped by setting: FIRESTORE_ENABLED is 0, nothing leaves this machine"


def test_one_pass_pushes_every_state(tmp_path, instance, fake):
    desk = desk_in(tmp_path)
    states(desk)
    said, failed = made(desk, instance)
    assert (said["firestore has"], failed) == ("3 of 3", {})
    assert fake.store.writes == 4


def test_production_without_leave_fails_its_check_and_asks_nobody(tmp_path, instance, fake):
    desk = desk_in(tmp_path, ENV="prod")
    states(desk)
    said, failed = made(desk, instance)
    assert (said["state"], failed, fake.calls) == ("refused", {"permitted": "ERROR"}, [])


def test_an_outage_fails_what_it_breaks_and_never_the_run(tmp_path, instance, fake):
    desk = desk_in(tmp_path)
    states(desk)
    fake.stop()
    assert made(desk, instance)[1] == {"reachable": "ERROR"}
    later = dataclasses.replace(desk, clock=FixedClock(desk.clock.now_us() + 3600 * SECOND))
    one_pass(later.place, manifest(later.states), later.flags, clock=later.clock)
    failed = made(later, instance)[1]
    assert failed["reachable"] == "ERROR"


def test_where_the_program_works_its_own_word_is_told_and_nothing_is_pushed_twice(tmp_path, instance, fake):
    desk = desk_in(tmp_path)
    states(desk)
    one_pass(desk.place, manifest(desk.states), desk.flags, clock=desk.clock)
    before = list(fake.calls)
    standing = desk.place.mirrored / "standing.json"
    told = json.loads(standing.read_bytes())
    told["sinks"][0]["owed"], told["sinks"][0]["owed_since_us"] = ["states/paper/size"], told["at_us"] - 1000 * SECOND
    standing.write_text(json.dumps(told))
    with held(desk.place.mirrored, "busy"):
        _, failed = made(desk, instance)
    assert (failed, fake.calls) == ({"in_time": "ERROR"}, before)


def test_the_schedule_asks_for_a_pass_only_where_something_is_to_be_mirrored(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:

        def ticked(desk):
            with dg.build_schedule_context(instance=instance) as context:
                return mirror_schedule([desk], mirror_job([desk])).evaluate_tick(context)

        assert len(ticked(desk_in(tmp_path)).run_requests) == 1
        assert ticked(desk_in(tmp_path, on=False)).skip_message.startswith("skipped by setting")
        assert "ALLOW_PROD_WRITE was not 1" in ticked(desk_in(tmp_path, ENV="prod")).skip_message


def test_it_hangs_behind_the_states_that_it_copies(tmp_path):
    defs = definitions([desk_in(tmp_path)])
    graph = defs.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get(dg.AssetKey("mirror")).parent_keys} == {"size", "double", "health"}


@pytest.fixture
def two(tmp_path, monkeypatch, fake):
    """A desk of two accounts that have both traded, as the environment's settings name it, with its whole last."""
    path = tmp_path / "two.toml"
    path.write_text('[mirror]\nproject = "desk"\ndeadline_s = 30.0\n[accounts.alpha]\n[accounts.beta]\n')
    environ = {"HEDGE_CONFIG": str(path), "HEDGE_DATA": str(tmp_path), "FIRESTORE_ENABLED": "1"}
    for name in ("alpha", "beta"):
        at_us = WallClock().now_us() - 5 * SECOND
        facts = [boot(at_us, time="wall", account=name), quote(at_us), account(at_us + SECOND, account=name), heartbeat(at_us + SECOND)]
        write(tmp_path / "accounts" / name, facts)
    desks = desks_of(environ)
    for desk in desks[:-1]:
        refresh(desk.place, desk.states, [state.name for state in desk.states], clock=desk.clock, flags=desk.flags)
    return desks


def test_the_desk_as_a_whole_is_mirrored_without_the_program_as_well(two, instance, fake):
    whole = two[-1]
    places = [desk.place for desk in two[:-1]]
    names = [state.name for state in whole.states]
    refresh_desk(whole.place, whole.states, names, accounts=places, states=two[0].states, clock=whole.clock, flags=whole.flags)
    result = dg.materialize([mirror_asset(whole)], instance=instance)
    (event,) = result.asset_materializations_for_node("desk__mirror")
    assert event.metadata["firestore has"].value == f"{len(names)} of {len(names)}"
    assert all(each.passed for each in result.get_asset_check_evaluations())
    assert {name.split("/accounts/")[1].split("/")[0] for name in fake.store.documents} == {"desk"}


def test_one_job_passes_over_every_account_and_the_whole(two):
    defs = definitions(two)
    keys = {key.to_user_string() for key in defs.resolve_job_def("mirror_job").asset_layer.executable_asset_keys}
    assert keys == {"alpha/mirror", "beta/mirror", "desk/mirror"}
    parents = defs.resolve_asset_graph().get(dg.AssetKey(["desk", "mirror"])).parent_keys
    assert {key.to_user_string() for key in parents} == {f"desk/{state.name}" for state in two[-1].states}
