import pytest

from hedge_assets.states.compare_summary import Agreement, CompareSummary, Sizes, Verdict
from tests.hedge_assets.conditions.scenes import found, said, well


def summary(*, n=100, frac=0.3, high=0.4, missing=0):
    sizes = Sizes(**{**dict.fromkeys(Sizes.model_fields), "n": 0})
    counts = dict.fromkeys(("agreed", "live_only", "shadow_only", "both_approved", "both_vetoed", "route_differs"), 0)
    fracs = {"agree_frac": frac, "agree_frac_low": None, "agree_frac_high": high, "identical_frac": None}
    overall = Agreement(key="all", n=n, sizes=sizes, reason=None, **counts, **fracs)
    lists = dict.fromkeys(("matrix", "routes", "causes", "symbols", "strategies"), ())
    verdict = Verdict(verdict="keep watching", rule="r", evidence=())
    head = {"status": "ok", "n": n, "reason": None, "event_us": None, "live_pipeline": "v5", "shadow_pipeline": "v6"}
    return CompareSummary(**head, warmup_missing=missing, unpaired=0, repeated=0, other_way=0, overall=overall, verdict=verdict, **lists)


def scene(**given):
    return well(documents={"compare_summary": summary(**given)})


def test_a_shadow_that_surely_disagrees_is_a_warning_with_its_figures():
    assert said("shadow_diverges", scene()) == [("shadow", "warn")]
    assert "agree in 30% of 100 decisions, at best 40%; expected are 50%" in found("shadow_diverges", scene())[0].reason


@pytest.mark.parametrize("given", [{"high": 0.5}, {"missing": 1}, {"frac": None, "high": None, "n": 0}])
def test_chance_too_few_and_nothing_compared_are_none(given):
    assert said("shadow_diverges", scene(**given)) == []


def test_no_document_is_none():
    assert said("shadow_diverges", well()) == []
