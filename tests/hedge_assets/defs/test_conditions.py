import dataclasses

import dagster as dg
import msgspec

from hedge_assets.definitions import definitions
from hedge_assets.defs.conditions import condition_checks
from hedge_assets.defs.probe import raw_journals
from hedge_assets.health.condition import Condition, Sign, scan
from tests.hedge_assets.defs.desks import desk_in, journaled


def two_disks(scene):
    """The signs of a condition that looks at the settings, so that a test can turn it on and off."""
    if scene.limits.disk_fail_bytes > 1 << 50:
        yield Sign("disk b", "warn", f"{scene.now_us} is little", "buy")
        yield Sign("disk a", "error", "nothing is left", "free space")


CONDITIONS = (
    Condition(judge=two_disks, name="disks", meaning="The disks are\nshort of room."),
    Condition(judge=lambda _: (), name="quiet", meaning="Never."),
)


def desk(root, *, full=False, now_us=None):
    made = dataclasses.replace(desk_in(root), conditions=CONDITIONS)
    if now_us is not None:
        made = dataclasses.replace(made, clock=type(made.clock)(now_us))
    health = msgspec.structs.replace(made.place.health, disk_fail_bytes=1 << 60)
    return dataclasses.replace(made, place=msgspec.structs.replace(made.place, health=health)) if full else made


def ticked(made, instance, cursor=None):
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = raw_journals([made]).evaluate_tick(context)
    checks = [event for event in result.asset_events if isinstance(event, dg.AssetCheckEvaluation)]
    return {event.check_name: event for event in checks if event.asset_key == dg.AssetKey("health")}, result


def test_each_condition_is_a_check_of_health_with_its_meaning(tmp_path):
    specs = {spec.name: spec for spec in condition_checks(desk(tmp_path)).check_specs}
    assert {name: spec.description for name, spec in specs.items()} == {"disks": "The disks are short of room.", "quiet": "Never."}
    assert {spec.asset_key for spec in specs.values()} == {dg.AssetKey("health")}


def test_the_projects_own_conditions_load_as_checks(tmp_path):
    made = dataclasses.replace(desk_in(tmp_path), conditions=scan())
    dg.Definitions.validate_loadable(definitions([made]))
    assert {spec.name for spec in condition_checks(made).check_specs} == {each.name for each in scan()}


def test_a_condition_turns_red_with_all_its_signs_and_green_again_each_said_once(tmp_path, instance):
    journaled(tmp_path, 3)
    checks, first = ticked(desk(tmp_path), instance)
    assert {name: check.passed for name, check in checks.items()} == {"on_disk": False, "disks": True, "quiet": True}
    checks, second = ticked(desk(tmp_path, full=True), instance, first.cursor)
    red = checks["disks"]
    assert (list(checks), red.passed, red.severity) == (["disks"], False, dg.AssetCheckSeverity.ERROR)
    assert red.metadata["reason"].value == "disk a: nothing is left"
    assert [record.data["subject"] for record in red.metadata["signs"].records] == ["disk a", "disk b"]
    later_us = desk(tmp_path).clock.now_us() + 1_000_000
    checks, third = ticked(desk(tmp_path, full=True, now_us=later_us), instance, second.cursor)
    assert checks == {}, "another figure in the words is no news"
    checks, _ = ticked(desk(tmp_path), instance, third.cursor)
    assert {name: check.passed for name, check in checks.items()} == {"disks": True}


def test_conditions_are_judged_with_each_refresh_of_health_and_by_hand(tmp_path, instance):
    journaled(tmp_path, 3)
    defs = definitions([desk(tmp_path, full=True)])
    result = defs.resolve_job_def("fast_states").execute_in_process(instance=instance)
    found = {each.check_name: each.passed for each in result.get_asset_check_evaluations() if each.asset_key == dg.AssetKey("health")}
    assert found == {"whole": True, "counts": True, "event_age": True, "on_disk": True, "disks": False, "quiet": True}
    made = condition_checks(desk(tmp_path))
    by_hand = dg.materialize([made], selection=dg.AssetSelection.all_asset_checks(), instance=instance)
    assert {each.check_name: each.passed for each in by_hand.get_asset_check_evaluations()} == {"disks": True, "quiet": True}
