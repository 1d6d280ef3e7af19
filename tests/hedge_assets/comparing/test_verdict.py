"""Promote, keep watching or reject: each branch of the stated rule, mirrored when the sides are swapped."""

import pytest

from hedge_assets.comparing.blocks import agreement
from hedge_assets.comparing.columns import column
from hedge_assets.comparing.verdict import doubt, judge
from hedge_assets.folds.moments import Moments
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.comparison import GroupTally, Worth
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.curve import Curve

SURE = Moments(n=40, mean=0.0, m2=0.0)


def overall(**money):
    figures = {"n": 40, "checked": 40, "model_error_usd": 0.0, "diff_usd": 50.0}
    bounds = {"diff_low_usd": 10.0, "diff_high_usd": 90.0, "hour_low_usd": 5.0, "hour_high_usd": 95.0}
    found = agreement("all", GroupTally(n=100, agreed=90), Worth())
    return found.model_copy(update={"money": found.money.model_copy(update={**figures, **bounds, **money})})


def fell(frac):
    return column("x", "v5", (Courses(), Curve()), open_positions=0, error_usd=None, points=1).model_copy(update={"drawdown_frac": frac})


def verdict(*, falls=(0.1, 0.1), error=SURE, **money):
    return judge(overall(**money), (fell(falls[0]), fell(falls[1])), error, Telemetry())


def negated(low, high):
    return {"diff_low_usd": -high, "diff_high_usd": -low, "hour_low_usd": -95.0, "hour_high_usd": -5.0, "diff_usd": -50.0}


def test_a_sure_gain_is_promoted_and_its_mirror_image_rejected():
    assert verdict().verdict == "promote"
    assert verdict(**negated(10.0, 90.0)).verdict == "reject"


@pytest.mark.parametrize(
    "given",
    [
        {"diff_low_usd": -1.0},
        {"hour_low_usd": -1.0},
        {"hour_low_usd": None},
        {"n": 29},
        {"falls": (0.1, 0.126)},
        {"error": Moments(n=40, mean=0.2, m2=0.0)},
        {"error": Moments(n=40, mean=0.0, m2=40.0)},
        {"error": Moments(n=1, mean=0.0, m2=0.0)},
    ],
)
def test_anything_that_is_not_sure_is_watched(given):
    assert verdict(**given).verdict == "keep watching"


def test_a_fall_a_quarter_deeper_is_borne():
    assert verdict(falls=(0.1, 0.125)).verdict == "promote"


def test_the_models_error_must_not_explain_a_loss_either():
    assert verdict(**{**negated(10.0, 90.0), "hour_high_usd": -5.0}, error=Moments(n=40, mean=0.2, m2=0.0)).verdict == "keep watching"


def test_the_rule_and_the_evidence_say_their_numbers():
    said = verdict(n=29)
    assert "30 traded intents" in said.rule
    assert "1 more settled intents with a trade are needed, 29 of 30 are there" in said.evidence
    assert any("difference +50.00 USD, by intents +10.00 to +90.00" in line for line in said.evidence)
    assert any("deepest fall of NAV: the shadow's 10.00%, the live pipeline's 10.00%" in line for line in said.evidence)


def test_the_doubt_is_the_larger_bound_of_the_mean_error_times_the_number():
    assert doubt(Moments(n=5, mean=-0.5, m2=0.0), 10) == 5.0
    assert doubt(Moments(n=1, mean=0.0, m2=0.0), 10) is None
