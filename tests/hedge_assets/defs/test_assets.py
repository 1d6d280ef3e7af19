import dataclasses

import dagster as dg
import pytest

from hedge_assets.catalog import scan
from hedge_assets.definitions import definitions
from hedge_assets.defs.assets import state_files
from hedge_assets.defs.probe import journal_assets
from tests.hedge_assets.builders import SECOND, T0, heartbeat, quote
from tests.hedge_assets.defs.desks import desk_in, journaled
from tests.hedge_assets.journals import write


def materialized(desk, *names):
    assets = [state_files(desk), *journal_assets(desk)]
    selection = dg.AssetSelection.assets(*names) if names else None
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(assets, selection=selection, instance=instance, raise_on_error=False)


def checks_of(result):
    return {(each.asset_key.to_user_string(), each.check_name): each for each in result.get_asset_check_evaluations()}


def keys_of(result):
    return [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]


def test_the_definitions_load(tmp_path):
    dg.Definitions.validate_loadable(definitions([desk_in(tmp_path)]))


def test_on_an_empty_machine_one_state_alone_is_written_and_every_check_passes(tmp_path):
    result = materialized(desk_in(tmp_path), "double")
    assert result.success
    assert keys_of(result) == ["double"]
    assert all(check.passed for check in checks_of(result).values())
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["double.json"]


def test_all_states_are_materialized_in_order_with_all_their_checks(tmp_path):
    journaled(tmp_path, 2)
    result = materialized(desk_in(tmp_path))
    assert keys_of(result) == ["size", "double", "health"]
    named = [("size", name) for name in ("whole", "few", "event_age", "on_disk")]
    assert [key for key in checks_of(result) if key[0] == "size"] == named


def test_a_page_shows_rows_reason_path_and_a_table(tmp_path):
    journaled(tmp_path, 2)
    result = materialized(desk_in(tmp_path), "size", "health")
    size, health = (event.materialization.metadata for event in result.get_asset_materialization_events())
    assert (size["dagster/row_count"].value, size["status"].value, size["quotes"].value) == (2, "ok", 2)
    assert size["path"].value == str(tmp_path / "state" / "size.json")
    assert [record.data["name"] for record in health["files"].records] == ["raw/ticks", "raw/orders", "raw/positions", "size", "double"]


def test_a_failed_gate_fails_the_run_keeps_the_old_file_and_spares_the_others(tmp_path):
    desk = desk_in(tmp_path)
    journaled(tmp_path, 4)
    assert materialized(desk).success
    old = (tmp_path / "state" / "size.json").read_bytes()
    write(tmp_path, [*(quote(T0 + number * SECOND) for number in range(5, 9)), heartbeat(T0 + 9 * SECOND)])
    result = materialized(desk)
    checks = checks_of(result)
    assert not result.success
    assert keys_of(result) == ["double", "health"]
    assert (tmp_path / "state" / "size.json").read_bytes() == old
    assert [checks["size", name].passed for name in ("whole", "few", "event_age", "on_disk")] == [False, False, True, True]
    assert "quotes was 8" in checks["size", "few"].metadata["detail"].value


@pytest.mark.parametrize(("after_s", "severity"), [(400, "WARN"), (1000, "ERROR")])
def test_a_fresh_file_of_old_facts_is_a_failing_check_and_no_failing_run(tmp_path, after_s, severity):
    journaled(tmp_path, 2)
    result = materialized(desk_in(tmp_path, now_us=T0 + after_s * SECOND), "size")
    age = checks_of(result)["size", "event_age"]
    assert result.success
    assert (age.passed, age.severity.value) == (False, severity)


def test_lineage_owners_kinds_and_freshness_are_the_specs(tmp_path):
    specs = {spec.key.to_user_string(): spec for spec in state_files(desk_in(tmp_path)).specs}
    assert [dep.asset_key.to_user_string() for dep in specs["size"].deps] == ["raw/ticks"]
    assert {dep.asset_key.to_user_string() for dep in specs["health"].deps} == {"size", "double"}
    double = specs["double"]
    assert (list(double.owners), double.kinds, double.tags["pace"], double.group_name) == (
        ["team:desk"],
        {"python", "json"},
        "slow",
        "research",
    )
    assert double.freshness_policy.fail_window.to_timedelta().total_seconds() == 1800


def test_every_state_of_the_project_has_a_freshness_policy_of_its_own_deadline(tmp_path):
    desk = dataclasses.replace(desk_in(tmp_path), states=scan())
    specs = {spec.key.to_user_string(): spec for spec in state_files(desk).specs}
    assert {"storage", "incidents", "health"} <= set(specs)
    windows = {name: spec.freshness_policy.fail_window.to_timedelta().total_seconds() for name, spec in specs.items()}
    assert windows == {state.name: max(60.0, state.spec.written_deadlines.fail_s) for state in desk.states}
