import pytest

from executor.flags import read_flags
from hedge_assets.folds.account import Account
from hedge_assets.settings import Telemetry
from hedge_assets.states.compare_summary import compare_summary
from tests.hedge_assets.conditions.scenes import found, said, well
from tests.hedge_assets.pairs import answer, pair, paired


def summary(agreed, differing, *, purpose="entry"):
    yes, no = answer(), answer("cooldown", pipeline="v6")
    pairs = [
        pair(yes, answer(pipeline="v6") if number <= agreed else no, number, purpose=purpose) for number in range(1, agreed + differing + 1)
    ]
    return compare_summary(paired(pairs), Account(), telemetry=Telemetry(), flags=read_flags({}))


def scene(*counts, **given):
    return well(documents={"compare_summary": summary(*counts, **given)})


def test_a_shadow_that_surely_disagrees_is_a_warning_with_its_figures():
    assert said("shadow_diverges", scene(30, 70)) == [("shadow", "warn")]
    assert "agree in 30% of 100 entries, at best 40%; expected are 50%" in found("shadow_diverges", scene(30, 70))[0].reason


@pytest.mark.parametrize("counts", [(45, 55), (2, 20), (0, 0)])
def test_chance_too_few_and_nothing_compared_are_none(counts):
    assert said("shadow_diverges", scene(*counts)) == []


def test_exits_at_other_times_are_none():
    assert said("shadow_diverges", scene(30, 70, purpose="exit")) == []


def test_no_document_is_none():
    assert said("shadow_diverges", well()) == []
