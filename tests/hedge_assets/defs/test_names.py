"""Several accounts in one Dagster: each has its own keys, groups and checks, and the ills of one are not another's."""

import dataclasses
import json
from functools import partial

import dagster as dg
import pytest

from hedge_assets.definitions import definitions
from hedge_assets.defs.healing import missing_states
from hedge_assets.defs.names import Names
from hedge_assets.defs.probe import raw_journals
from hedge_assets.defs.resources import Desk, desks_of
from hedge_assets.defs.rota import Rota
from hedge_assets.defs.schedules import jobs
from hedge_assets.settings import Place
from tests.hedge_assets.defs.desks import desk_in, journaled

ALPHA, BETA = Names("alpha"), Names("beta")


@pytest.fixture
def desks(tmp_path, monkeypatch) -> list[Desk]:
    made = []
    for sensor in ("healing", "probe"):  # there is time for all of them, however slow the machine
        monkeypatch.setattr(f"hedge_assets.defs.{sensor}.Rota", partial(Rota, monotonic_s=float))
    for name in ("alpha", "beta"):
        root = tmp_path / "accounts" / name
        journaled(root, 3)
        made.append(dataclasses.replace(desk_in(root), place=Place(root=root, account=name)))
    return made


@pytest.fixture
def instance():
    with dg.instance_for_test() as made:
        yield made


def keys_of(events) -> set[str]:
    return {event.asset_key.path[0] for event in events}


def test_one_account_has_plain_names_and_several_have_their_own_before_them():
    assert (Names().key("raw/ticks").path, Names().word("account"), Names().path("nav")) == (["raw", "ticks"], "account", "nav")
    assert (ALPHA.key("raw/ticks").path, ALPHA.word("account"), ALPHA.path("nav")) == (
        ["alpha", "raw", "ticks"],
        "alpha__account",
        "alpha/nav",
    )


def test_settings_with_accounts_give_each_its_assets_groups_and_checks(tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text("[accounts.alpha]\n[accounts.beta]\n[accounts.beta.telemetry]\nmin_fills = 7\n")
    desks = desks_of({"HEDGE_DATA": str(tmp_path), "HEDGE_CONFIG": str(config)})
    assert [(desk.place.account, desk.place.root, desk.place.telemetry.min_fills) for desk in desks] == [
        ("alpha", tmp_path / "accounts/alpha", 20),
        ("beta", tmp_path / "accounts/beta", 7),
        ("desk", tmp_path, 20),
    ]
    made = definitions(desks)
    dg.Definitions.validate_loadable(made)
    graph = made.resolve_asset_graph()
    assert {key.path[0] for key in graph.get_all_asset_keys()} == {"alpha", "beta", "desk"}
    assert graph.get(Names("desk").key("nav")).parent_keys == {ALPHA.key("nav"), BETA.key("nav")}
    assert graph.get(ALPHA.key("nav")).group_name == "alpha__account"
    assert graph.get(BETA.key("nav")).parent_keys == {BETA.key("raw/positions"), BETA.key("raw/orders"), BETA.key("raw/ticks")}
    assert {key.asset_key.path[0] for key in graph.asset_check_keys} == {"alpha", "beta", "desk"}
    assert {schedule.name for schedule in made.schedules} > {"fast_states_schedule", "slow_states_schedule", "desk_states_schedule"}


def test_one_run_refreshes_all_and_what_one_cannot_do_keeps_no_other(desks, instance):
    (segment,) = (desks[0].place.raw / "ticks").glob("*.jsonl")
    segment.write_bytes(b"no record\n" + segment.read_bytes())
    done = definitions(desks).resolve_job_def("fast_states").execute_in_process(instance=instance, raise_on_error=False)
    assert not done.success
    made = {event.asset_key for event in done.get_asset_materialization_events()}
    assert (ALPHA.key("size") in made, BETA.key("size") in made) == (False, True)
    written = {path.name for path in (desks[1].place.root / "state").iterdir()}
    assert written
    assert json.loads((desks[1].place.root / "state" / min(written)).read_bytes())["account"] == "paper"


def test_one_sensor_tells_of_all_accounts_and_remembers_what_it_said_of_each(desks, instance):
    def ticked(cursor):
        with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
            result = raw_journals(desks).evaluate_tick(context)
        return result.asset_events, result.cursor

    events, cursor = ticked(None)
    assert keys_of(events) == {"alpha", "beta"}
    assert ticked(cursor)[0] == []


def test_what_is_ill_in_any_account_is_mended_by_one_run(desks, instance):
    def ticked(cursor):
        with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions(desks)) as context:
            return missing_states(desks, jobs(desks)).evaluate_tick(context)

    first = ticked(None)
    (request,) = first.run_requests
    assert {key.path[0] for key in request.asset_selection} == {"alpha", "beta"}
    again = ticked(first.cursor)
    assert again.run_requests == []
    assert {path.partition("/")[0] for path in json.loads(again.cursor)} == {"alpha", "beta"}
