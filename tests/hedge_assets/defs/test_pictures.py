"""Asset pages show what panels say; a panel that trips costs its picture and nothing else."""

import dataclasses
import re

import dagster as dg
import pytest

from executor.settings import Settings
from hedge_assets.defs.pictures import pictured
from hedge_assets.health.parsing import parse
from hedge_assets.showing.amounts import count
from hedge_assets.showing.panels import scan
from hedge_assets.showing.said import Figure, Figures, Panel, Sketch
from hedge_assets.showing.small import LARGE, LETTERS
from tests.hedge_assets.defs.desks import desk_in, journaled
from tests.hedge_assets.defs.test_assets import checks_of, keys_of, materialized
from tests.runs import STATES, ran, refreshed

PANELS = scan()
NO_SKETCH = Sketch("", lambda _: "", 1)


def panel(say, sketch=lambda _: NO_SKETCH) -> Panel:
    return Panel(key="size", title="Size", place=1, states=("size",), say=say, sketch=sketch)


def figures(documents):
    return (Figures((Figure("quotes", count(documents["size"].quotes)),)),)


def metadata_of(root, told: Panel):
    """What the page of `size` shows after a real run."""
    journaled(root, 2)
    result = materialized(dataclasses.replace(desk_in(root), panels=(told,)), "size")
    (event,) = result.get_asset_materialization_events()
    return result, event.materialization.metadata


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    root = tmp_path_factory.mktemp("traded")
    ran(root, Settings(feed="synthetic"), loops=1_500)
    refreshed(root)
    return {state.name: parse((root / "state" / state.spec.file).read_bytes(), state.shape).document for state in STATES}


def test_what_a_panel_says_stands_first_on_its_states_page(tmp_path):
    _, metadata = metadata_of(tmp_path, panel(figures, lambda _: Sketch("Size", lambda _: "<svg/>", 1)))
    assert list(metadata)[:2] == ["picture", "figures"]
    assert metadata["picture"] == dg.MetadataValue.md("Size\n\n![](data:image/svg+xml,%3Csvg/%3E)")
    assert metadata["figures"] == dg.MetadataValue.md("| quotes |\n| --- |\n| 2 |")
    assert metadata["quotes"].value == 2


@pytest.mark.parametrize(
    "fault", [ValueError("it <tripped>\nbadly"), KeyError("x"), ZeroDivisionError(), AttributeError("y"), IndexError()]
)
def test_a_panel_that_trips_fails_no_materialization_and_no_check(tmp_path, fault):
    def trips(_):
        raise fault

    result, metadata = metadata_of(tmp_path, panel(trips))
    assert result.success
    assert keys_of(result) == ["size"]
    assert all(check.passed for check in checks_of(result).values())
    assert metadata["picture"].value.startswith(f"not drawn: {type(fault).__name__}")
    assert "\n" not in metadata["picture"].value
    assert metadata["quotes"].value == 2


def test_a_sketch_that_trips_is_a_line_as_well(tmp_path):
    result, metadata = metadata_of(tmp_path, panel(figures, lambda _: Sketch("", lambda _: 1 / 0, 5)))
    assert result.success
    assert metadata["picture"].value == "not drawn: ZeroDivisionError: division by zero"


def test_where_there_is_nothing_to_draw_nothing_is_shown(tmp_path):
    _, metadata = metadata_of(tmp_path, panel(lambda _: ()))
    assert not {"picture", "figures"} & set(metadata)


def test_every_panel_has_its_picture_or_its_figures_and_none_is_long(documents):
    found = pictured(PANELS, documents)
    assert set(found) == {each.states[0] for each in PANELS}
    for name, shown in found.items():
        assert shown, name
        assert not shown.get("picture", "").startswith("not drawn"), shown
        assert all(len(markdown) <= LARGE for markdown in shown.values())
    assert {name for name, shown in found.items() if "picture" in shown} >= {"nav", "compare_summary", "risk_snapshot", "router_health"}


def test_all_pictures_of_a_day_are_within_twenty_megabytes(documents):
    """Each is kept three times, by JSON, in every run: of fast states once a minute, of slow ones once in five."""
    most = {each.states[0]: 2 * LETTERS for each in PANELS} | {
        "nav": LARGE + LETTERS,
        "compare_summary": LARGE + LETTERS,
        "expectancy": LARGE + LETTERS,
    }
    found = pictured(PANELS, documents)
    paces = {state.name: {"fast": 1440, "slow": 288}[state.spec.pace.value] for state in STATES}
    daily = sum(
        3 * len(dg.serialize_value(dg.MetadataValue.md(each))) * paces[name] for name, shown in found.items() for each in shown.values()
    )
    assert all(sum(map(len, shown.values())) <= most[name] for name, shown in found.items())
    assert daily < 20_000_000


def test_states_that_are_not_at_hand_and_words_from_anywhere_make_no_picture(documents):
    alone = pictured(PANELS, {"nav": documents["nav"]})
    assert set(alone) == {"nav"}
    hostile = documents["positions"].model_copy(
        update={"positions": tuple(each.model_copy(update={"symbol": "](x) <script>"}) for each in documents["positions"].positions)}
    )
    shown = pictured(PANELS, {"positions": hostile})["positions"]
    assert not re.search(r"<script|\]\(x\)", "".join(shown.values()))
