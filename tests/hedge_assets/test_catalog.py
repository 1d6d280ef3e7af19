from types import ModuleType

import pytest

from executor.errors import SettingsError
from hedge_assets.catalog import FOLDS, in_order, scan, state_of, streams_of, table
from hedge_assets.document import Document
from hedge_assets.folds.market import Market
from hedge_assets.health.manifest import manifest
from hedge_assets.refreshing.facts import Facts
from hedge_assets.refreshing.shadowing import Shadowed
from hedge_assets.spec import Check, Group, Pace, StateSpec
from tests.hedge_assets import tiny


class Plain(Document):
    size: int


class Clashing(Document):
    written_ts: str


def plain(market: Market) -> Plain:
    raise NotImplementedError


def module(name, build, **given):
    made = ModuleType(name, doc=f"What {name} says.")
    made.STATE = StateSpec(build=build, file=f"{name}.json", group=Group.ACCOUNT, pace=Pace.FAST, **given)
    return made


def test_states_come_after_what_they_are_made_from_and_health_last():
    assert [state.name for state in scan(tiny)] == ["size", "double", "health"]


def test_name_shape_inputs_and_description_are_read_from_the_module():
    double = scan(tiny)[1]
    assert (double.upstream, double.folds, double.reserved, double.description) == (("size",), (), ("now_us",), "Twice as many.")
    assert scan(tiny)[0].streams == ("ticks",)


def test_what_a_fold_rests_on_is_what_it_takes():
    assert {name: streams_of(fold) for name, fold in FOLDS.items()}["market"] == ("ticks",)
    assert streams_of(FOLDS["executions"])[:2] == ("ticks", "orders")
    assert [name for name, fold in FOLDS.items() if not streams_of(fold)] == []


def test_facts_and_shadow_have_every_fold():
    held = {**{name: getattr(Facts(), name, None) for name in FOLDS}, "shadow": Shadowed().shadow}
    assert [name for name in FOLDS if not isinstance(held[name], FOLDS[name])] == []


def test_an_unknown_input_is_refused_by_name():
    def build(moon: int) -> Plain:
        raise NotImplementedError

    with pytest.raises(SettingsError, match=r"'moon'.*known inputs are market"):
        state_of("a", module("a", build), known=["a"])


def test_a_circle_is_refused_with_its_members():
    def a(b: Plain) -> Plain:
        raise NotImplementedError

    def b(a: Plain) -> Plain:
        raise NotImplementedError

    states = {name: state_of(name, module(name, build), known=["a", "b"]) for name, build in (("a", a), ("b", b))}
    with pytest.raises(SettingsError, match=r"circle: . -> . -> ."):
        in_order(states)


def test_a_build_that_does_not_say_its_shape_is_refused():
    def build(market: Market):
        raise NotImplementedError

    with pytest.raises(SettingsError, match="return annotation was None"):
        state_of("a", module("a", build), known=["a"])


def test_a_field_of_the_envelope_cannot_be_a_states_own():
    def build(market: Market) -> Clashing:
        raise NotImplementedError

    with pytest.raises(SettingsError, match="'written_ts' is the envelope's own"):
        state_of("a", module("a", build), known=["a"])


@pytest.mark.parametrize("names", [("whole",), ("twin", "twin")])
def test_a_check_name_is_there_once(names):
    checks = tuple(Check(name, str) for name in names)
    with pytest.raises(SettingsError, match=names[0]):
        state_of("a", module("a", plain, checks=checks), known=["a"])


def test_the_manifest_has_each_journal_and_each_state_once():
    assert [row.name for row in manifest(scan(tiny))] == ["raw/ticks", "raw/orders", "raw/positions", "size", "double", "health"]


def test_the_projects_own_states_are_sound_and_in_the_table():
    states = scan()
    text = table(states)
    assert len({state.spec.file for state in states}) == len(states)
    assert all(f"| `{state.name}` | `{state.spec.file}` |" in text for state in states)


def test_no_state_is_called_late_for_facts_that_its_own_pace_lets_grow_old():
    states = [row for row in manifest(scan()) if row.kind == "state" and row.event_deadlines is not None]
    assert [row.name for row in states if row.event_deadlines.warn_s < row.written_deadlines.warn_s] == []
