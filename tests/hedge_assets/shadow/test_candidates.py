"""A candidate is a file that says how it differs; what it cannot say is refused with the file, the name and the cure."""

import pytest

from executor.errors import SettingsError
from executor.settings import Limits, Settings
from hedge_assets.shadow.candidates import PLAIN, Candidate, candidate_of


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
        ("v6", {}, "a candidate's name was 'v6', must be small letters, digits and _ and none of v5, v6; rename it"),
        ("Big One", {}, "a candidate's name was 'Big One'"),
        ("one", {"paper": {}}, "'paper' cannot be changed by a candidate, pipeline, suggestions, strategies, strategy, limits"),
        ("one", {"pipeline": "v7"}, "pipeline was 'v7', known are v5, v6; name one of them"),
        ("one", {"suggestions": 1}, "suggestions was 1, allowed are true and false"),
        ("one", {"limits": {"symbol_cap": 0.1}}, "unknown field `symbol_cap`"),
        ("one", {"limits": {"max_drawdown_frac": 2.0}}, "limits.max_drawdown_frac was 2.0, must be in"),
        ("one", {"limits": {"trade_frac": "much"}}, "Expected `float`, got `str`"),
        ("one", {"limits": 3}, "Expected `object`, got `int`"),
    ],
)
def test_a_refusal_names_the_file_the_value_and_the_cure(name, table, words):
    with pytest.raises(SettingsError) as refused:
        candidate_of(name, table, "candidates/one.toml")
    assert str(refused.value).startswith("candidates/one.toml: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
