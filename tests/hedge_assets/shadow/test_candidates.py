"""A candidate is a file that says how it differs; what it cannot say is refused with the file, the name and the cure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import SettingsError
from executor.settings import Limits, Settings
from hedge_assets.shadow.candidates import PLAIN, Candidate, candidate_of, merged

NAMES = st.sampled_from("abc")
TABLES = st.dictionaries(NAMES, st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=5))


def test_what_is_not_named_is_as_the_live_desk_has_it():
    live = Settings(limits=Limits(trade_frac=0.03), account="mine")
    found = candidate_of("tight", {"limits": {"symbol_cap_frac": 0.1}}, "tight.toml")
    assert (found.pipeline, found.suggestions) == ("v6", True)
    settings = found.settings(live)
    assert (settings.limits.symbol_cap_frac, settings.limits.trade_frac, settings.account) == (0.1, 0.03, "mine")


def test_the_plain_two_change_nothing():
    assert [each.settings(Settings()) for each in PLAIN] == [Settings(), Settings()]
    assert [each.name for each in PLAIN] == ["v5", "v6"]


def test_strategies_that_are_dropped_take_their_tables_with_them():
    live = Settings(strategy={"momentum": {"threshold": 0.5}, "mean_reversion": {"threshold": 2.0}})
    found = Candidate(name="one", pipeline="v5", changes={"strategies": ["momentum"]}).settings(live)
    assert (found.strategies, found.strategy) == (("momentum",), {"momentum": {"threshold": 0.5}})


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("v6", {}, "a candidate's name was 'v6', must be small letters, digits and _ and none of v5, v6, account; rename it"),
        ("account", {}, "a candidate's name was 'account'"),
        ("one", {"strategies": 3, "strategy": {"momentum": {}}}, "Expected `array`, got `int`"),
        ("one", {"strategies": ["momentum"], "strategy": 3}, "Expected `object`, got `int`"),
        ("Big One", {}, "a candidate's name was 'Big One'"),
        ("one", {"paper": {}}, "'paper' cannot be changed by a candidate, pipeline, suggestions, strategies, strategy, limits"),
        ("one", {"pipeline": "v7"}, "pipeline was 'v7', known are v5, v6; name one of them"),
        ("one", {"suggestions": 1}, "suggestions was 1, allowed are true and false"),
        ("one", {"limits": {"symbol_cap": 0.1}}, "unknown field `symbol_cap`"),
        ("one", {"limits": {"max_drawdown_frac": 2.0}}, "limits.max_drawdown_frac was 2.0, must be in"),
        ("one", {"limits": {"trade_frac": "much"}}, "Expected `float`, got `str`"),
        ("one", {"limits": 3}, "Expected `object`, got `int`"),
        ("one", {"limits": {"symbol_cap_frac": float("nan")}}, "limits.symbol_cap_frac was nan, must be in"),
        ("one", {"strategies": []}, "strategies was empty, at least one is needed; name one"),
        ("one", {"strategies": "momentum"}, "Expected `array`, got `str`"),
        ("one", {"pipeline": ["v5"]}, "pipeline was ['v5'], known are v5, v6"),
        ("a" * 33, {}, "must be small letters, digits and _"),
        ("1st", {}, "must be small letters, digits and _"),
        ("", {}, "a candidate's name was ''"),
        ("one\n", {}, "a candidate's name was 'one\\n'"),
    ],
)
def test_a_refusal_names_the_file_the_value_and_the_cure(name, table, words):
    with pytest.raises(SettingsError) as refused:
        candidate_of(name, table, "candidates/one.toml")
    assert str(refused.value).startswith("candidates/one.toml: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_in_a_table_keeps_what_is_not_named_as_well():
    live = Settings(strategy={"momentum": {"threshold": 0.5, "fast_bars": 3}, "mean_reversion": {"threshold": 2.0}})
    found = candidate_of("eager", {"strategy": {"momentum": {"threshold": 0.3}}}, "eager.toml").settings(live)
    assert found.strategy == {"momentum": {"threshold": 0.3, "fast_bars": 3}, "mean_reversion": {"threshold": 2.0}}


def test_what_fits_the_defaults_may_not_fit_the_live_desk_and_is_refused_by_its_name():
    found = candidate_of("one", {"limits": {"symbol_cap_frac": 0.1}}, "one.toml")
    with pytest.raises(SettingsError, match=r"^candidate one: limits\.trade_frac was 99\.0, must be in \[0, 10\]"):
        found.settings(Settings(limits=Limits(trade_frac=99.0)))


def test_the_pipeline_and_suggestions_are_as_the_file_says():
    found = candidate_of("one", {"pipeline": "v5", "suggestions": False, "limits": {}}, "one.toml")
    assert (found.pipeline, found.suggestions, found.changes) == ("v5", False, {"limits": {}})


@given(TABLES, TABLES)
def test_of_two_tables_the_upper_wins_name_by_name_and_neither_is_changed(under, over):
    was = (repr(under), repr(over))
    found = merged(under, over)
    assert (repr(under), repr(over)) == was
    assert set(found) == {*under, *over}
    assert merged(found, over) == found
    assert merged(under, {}) == under
    for name, value in found.items():
        if not (isinstance(under.get(name), dict) and isinstance(over.get(name), dict)):
            assert value == over.get(name, under.get(name))
