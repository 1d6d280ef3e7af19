import json

import dagster as dg

from hedge_assets.defs.assets import state_files
from hedge_assets.defs.probe import alive_checks, journal_assets, raw_journals
from tests.hedge_assets.builders import SECOND, T0, heartbeat
from tests.hedge_assets.defs.desks import desk_in, journaled
from tests.hedge_assets.journals import write

NOW = T0 + 10 * SECOND


def ticked(desk, cursor=None):
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = raw_journals([desk]).evaluate_tick(context)
    checks = {event.asset_key.to_user_string(): event for event in result.asset_events if isinstance(event, dg.AssetCheckEvaluation)}
    made = {event.asset_key.to_user_string(): event for event in result.asset_events if isinstance(event, dg.AssetMaterialization)}
    return checks, made, result


def ready(tmp_path):
    journaled(tmp_path, 3)
    desk = desk_in(tmp_path, NOW)
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([state_files(desk), *journal_assets(desk)], instance=instance)
    return desk


def test_the_first_tick_tells_of_every_file(tmp_path):
    checks, made, _ = ticked(ready(tmp_path))
    assert {name: check.passed for name, check in checks.items()} == dict.fromkeys(
        ["raw/ticks", "raw/orders", "raw/positions", "size", "double", "health"], True
    )
    assert sorted(made) == ["raw/orders", "raw/positions", "raw/ticks"]
    assert checks["raw/ticks"].check_name == "alive"
    assert checks["size"].check_name == "on_disk"


def test_nothing_is_said_twice(tmp_path):
    desk = ready(tmp_path)
    cursor = ticked(desk)[2].cursor
    checks, made, result = ticked(desk, cursor)
    assert (checks, made, result.skip_message) == ({}, {}, "nothing changed")


def test_a_file_that_goes_is_red_on_the_next_tick_and_green_when_it_is_back(tmp_path):
    desk = ready(tmp_path)
    cursor = ticked(desk)[2].cursor
    path = tmp_path / "state" / "size.json"
    content = path.read_bytes()
    path.unlink()
    checks, _, result = ticked(desk, cursor)
    assert {name: check.passed for name, check in checks.items()} == {"size": False}
    assert checks["size"].metadata["state"].value == "missing"
    path.write_bytes(content)
    assert {name: check.passed for name, check in ticked(desk, result.cursor)[0].items()} == {"size": True}


def test_a_journal_that_moves_is_materialized_at_most_once_a_minute_and_with_its_check(tmp_path):
    cursor = ticked(ready(tmp_path))[2].cursor
    write(tmp_path, [heartbeat(T0 + 20 * SECOND)])
    assert ticked(desk_in(tmp_path, NOW + 30 * SECOND), cursor)[1] == {}
    checks, made, _ = ticked(desk_in(tmp_path, NOW + 61 * SECOND), cursor)
    assert sorted(made) == sorted(checks.keys() & made.keys()) == ["raw/orders", "raw/positions", "raw/ticks"]


def test_a_dead_executor_turns_its_journal_red_and_materializes_nothing(tmp_path):
    cursor = ticked(ready(tmp_path))[2].cursor
    checks, made, _ = ticked(desk_in(tmp_path, NOW + 120 * SECOND), cursor)
    assert (made, checks["raw/positions"].passed) == ({}, False)
    assert checks["raw/positions"].severity is dg.AssetCheckSeverity.ERROR


def test_checks_are_told_again_at_a_slow_heartbeat(tmp_path):
    desk = ready(tmp_path)
    cursor = json.loads(ticked(desk)[2].cursor)
    assert len(ticked(desk, json.dumps({**cursor, "all_s": {"": cursor["all_s"][""] - 901}}))[0]) == 6


def test_a_cursor_of_another_version_is_forgotten(tmp_path):
    assert len(ticked(ready(tmp_path), '{"old": 1}')[0]) == 6


def test_the_journals_can_be_asked_about_by_hand(tmp_path, instance):
    desk = ready(tmp_path)
    result = dg.materialize(
        [*journal_assets(desk), alive_checks(desk)],
        selection=dg.AssetSelection.all_asset_checks(),
        instance=instance,
    )
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True, True, True]


def test_every_change_is_an_observation_too_with_what_the_judge_said(tmp_path):
    desk = ready(tmp_path)
    first = ticked(desk)[2]
    seen = [event.asset_key.to_user_string() for event in first.asset_events if isinstance(event, dg.AssetObservation)]
    assert sorted(seen) == ["double", "health", "raw/orders", "raw/positions", "raw/ticks", "size"]
    (tmp_path / "state" / "size.json").write_bytes(b"")
    second = ticked(desk, first.cursor)[2]
    (observed,) = [event for event in second.asset_events if isinstance(event, dg.AssetObservation)]
    assert (observed.asset_key.to_user_string(), observed.metadata["state"].value) == ("size", "invalid")
    assert observed.metadata["to_do"].value == "dagster asset materialize --select size"


def test_what_was_said_is_kept_in_few_bytes(tmp_path):
    assert len(ticked(ready(tmp_path))[2].cursor) < 300
