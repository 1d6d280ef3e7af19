"""`ops/paper.toml` says every setting, at its default, and means what the code means."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from executor import strategies
from executor.configuration import TELEMETRY_TABLES, settings_from
from executor.plugins import load, names_in
from executor.settings import Settings
from hedge_assets.place import with_candidates
from hedge_assets.settings import Alerts, Health, Mirror, Page, Ship, Telemetry

TEXT = (Path(__file__).parent.parent / "ops" / "paper.toml").read_text("utf-8")
TABLE = tomllib.loads(TEXT)
TABLES_BY_NAME = ("tier_cap_frac", "tiers", "strategy")


def names_of(shape: type, inside: str = "") -> set[str]:
    """Every setting's full name, with the sections it is in."""
    found = set()
    for field in msgspec.structs.fields(shape):
        name = f"{inside}{field.name}"
        is_section = isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        found |= names_of(field.type, f"{name}.") if is_section else {name}
    return found


def said(table: dict[str, object], inside: str = "") -> set[str]:
    found = set()
    for name, value in table.items():
        nested = isinstance(value, dict) and name not in TABLES_BY_NAME
        found |= said(value, f"{inside}{name}.") if nested else {f"{inside}{name}"}
    return found


def test_the_file_says_the_defaults():
    assert msgspec.structs.replace(settings_from(TABLE, {}), strategy={}) == Settings()


def test_every_setting_is_in_the_file():
    only_a_comment = {f"features.{name}" for name in re.findall(r"^# ([a-z_]+) = ", TEXT, re.MULTILINE)}
    assert (
        names_of(Settings) - {"strategy"}
        == (said({k: v for k, v in TABLE.items() if k not in TELEMETRY_TABLES}) - {"strategy"}) | only_a_comment
    )


def test_every_setting_of_the_telemetry_side_is_in_the_file_at_its_default():
    said = with_candidates(TABLE, Path("ops/paper.toml"))
    assert {name: said[name] for name in TELEMETRY_TABLES} == {
        "telemetry": msgspec.json.decode(msgspec.json.encode(Telemetry())),
        "health": msgspec.to_builtins(Health()),
        "alerts": msgspec.json.decode(msgspec.json.encode(Alerts())),
        "page": msgspec.json.decode(msgspec.json.encode(Page())),
        "mirror": msgspec.json.decode(msgspec.json.encode(Mirror())),
        "ship": msgspec.to_builtins(Ship()),
    }


@pytest.mark.parametrize("name", names_in(strategies))
def test_every_strategy_parameter_is_in_the_file_at_its_default(name):
    assert msgspec.to_builtins(load(strategies, name, "STRATEGY").Params()) == TABLE["strategy"][name]


def test_every_setting_has_a_word_of_meaning():
    bare = [line for line in TEXT.splitlines() if re.match(r"^[a-z_]+ = ", line) and "  # " not in line]
    assert bare == []
