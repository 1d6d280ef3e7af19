"""What columns answered to an intent is told, also where the live desk never asked."""

import shutil

import pytest

from executor.clock import FixedClock
from executor.errors import HedgeError
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.explaining.explaining import explained
from hedge_assets.explaining.shadowed import answer_words, lines_of
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from hedge_assets.shadow.shadow_log import NAME, logged
from tests.hedge_assets.columns import journaled
from tests.hedge_assets.pairs import answer
from tests.runs import NOW_US

STATES = scan()
FLAGS = read_flags({})


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    root = tmp_path_factory.mktemp("explained")
    shutil.copytree(journaled() / "raw", root / "raw")
    place = Place(root=root)
    refresh(place, STATES, [state.name for state in STATES], clock=FixedClock(NOW_US), flags=FLAGS)
    return place


def explain(place, word):
    return explained(place, STATES, word, flags=FLAGS)


def test_an_intents_chain_ends_with_what_the_shadow_answered(place):
    line = next(line for line in logged(place.state / NAME) if line["live"]["approved"] and line["shadow"]["approved"])
    (node,) = [child for child in explain(place, line["intent_id"]).children if child.what == "shadow"]
    assert node.text.startswith("column v6 approved ")
    assert "; column v5 approved " in node.text
    assert f"they differ by {', '.join(line['causes'])} ({line['by']})" in node.text


def test_an_intent_that_only_a_column_asked_for_is_told(place):
    line = next(line for line in logged(place.state / NAME) if line["live"]["rule"] in ("holds_position", "nothing_to_close", "holds_on"))
    tree = explain(place, line["intent_id"])
    assert "the live desk did not ask for it" in tree.text
    assert "did not ask: it " in tree.children[0].text


def test_the_evidence_of_a_comparison_is_its_newest_answers(place):
    (node,) = [child for child in explain(place, "compare_summary.overall.n").children if child.what == "behind it"]
    assert node.text.startswith("answers of all symbols, of ")
    assert all(child.text.startswith("hedge explain ") for child in node.children)
    assert len(node.children) == 10


def test_a_name_that_is_nowhere_is_still_nowhere(place):
    with pytest.raises(HedgeError, match="'moon' is nowhere"):
        explain(place, "moon")


def test_each_comparison_is_told_once_though_its_line_came_twice(place):
    line = next(iter(logged(place.state / NAME)))
    path = place.state / NAME
    path.write_bytes(path.read_bytes() + path.read_bytes())
    assert len(lines_of(place.state, line["intent_id"])) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer("cooldown"), "vetoed by cooldown"),
        (answer("holds_on"), "did not ask: it kept its position"),
        (answer(clamps=("tier_cap",)), "approved 0.1 (5,000.00 USD) by taker, cut by tier_cap"),
    ],
)
def test_answers_in_words(given, words):
    assert answer_words({name: getattr(given, name) for name in given.__struct_fields__}) == words
