"""Promote, keep watching or reject: each branch of the stated rule, mirrored when the sides are swapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hedge_assets.comparing.blocks import agreement
from hedge_assets.comparing.columns import column
from hedge_assets.comparing.verdict import doubt, judge
from hedge_assets.folds.curve import Curve
from hedge_assets.folds.moments import Moments
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.comparison import GroupTally, Worth
from hedge_assets.shadow.courses import Courses

SURE = Moments(n=40, mean=0.0, m2=0.0)


def overall(**money):
    figures = {"n": 40, "checked": 40, "model_error_usd": 0.0, "diff_usd": 50.0}
    bounds = {"diff_low_usd": 10.0, "diff_high_usd": 90.0, "hour_low_usd": 5.0, "hour_high_usd": 95.0}
    found = agreement("all", GroupTally(n=100, agreed=90), Worth())
    return found.model_copy(update={"money": found.money.model_copy(update={**figures, **bounds, **money})})


def fell(frac):
    return column("x", "v5", (Courses(), Curve()), open_positions=0, error_usd=None, hours_us=1).model_copy(update={"drawdown_frac": frac})


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


BOUNDS = st.tuples(st.integers(-100, 100), st.integers(0, 100)).map(lambda found: (float(found[0]), float(sum(found))))
TURNED = {"promote": "reject", "reject": "promote", "keep watching": "keep watching"}


def bounded(by_intents, by_hours):
    return {"diff_low_usd": by_intents[0], "diff_high_usd": by_intents[1], "hour_low_usd": by_hours[0], "hour_high_usd": by_hours[1]}


@given(BOUNDS, BOUNDS, st.integers(-50, 50), st.integers(0, 50))
def test_the_mirror_image_has_the_mirrored_verdict_when_falls_are_equal(by_intents, by_hours, mean, spread):
    error = Moments(n=40, mean=mean / 40, m2=float(spread))
    there = verdict(**bounded(by_intents, by_hours), error=error)
    back = verdict(**bounded(*((-high, -low) for low, high in (by_intents, by_hours))), error=error)
    assert there.verdict == TURNED[back.verdict]


@given(BOUNDS, BOUNDS)
def test_with_a_sure_model_the_verdict_is_by_zero_alone(by_intents, by_hours):
    low, high = min(by_intents[0], by_hours[0]), max(by_intents[1], by_hours[1])
    said = verdict(**bounded(by_intents, by_hours)).verdict
    assert said == ("promote" if low > 0 else "reject" if high < 0 else "keep watching")


def test_a_sure_loss_is_rejected_however_deep_the_falls_were():
    assert verdict(**negated(10.0, 90.0), falls=(0.1, 0.9)).verdict == "reject"
    assert verdict(**negated(10.0, 90.0), falls=(0.9, 0.1)).verdict == "reject"


def test_too_few_pairs_are_watched_and_the_words_say_how_many_are_missing():
    few = overall().model_copy(update={"n": 25})
    said = judge(few, (fell(0.1), fell(0.1)), SURE, Telemetry())
    assert said.verdict == "keep watching"
    assert "5 more pairs are needed, 25 of 30 are there" in said.evidence


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"checked": 0}, "the model of fills was not held against the live account yet"),
        ({"hour_low_usd": None, "hour_high_usd": None}, "trades of ten different hours are needed"),
        ({"n": 0}, "no intent on which either traded is settled yet"),
        ({"error": Moments(n=40, mean=0.5, m2=0.0), "model_error_usd": 20.0}, "the model's error on 40 of them was +20.00 USD"),
    ],
)
def test_the_evidence_says_what_keeps_it_from_a_verdict(given, words):
    said = verdict(**given)
    assert said.verdict == "keep watching"
    assert any(words in line for line in said.evidence)


def test_without_the_columns_nothing_is_said_of_falls():
    said = judge(overall(), (None, None), SURE, Telemetry())
    assert said.verdict == "promote"
    assert not any("deepest fall" in line for line in said.evidence)


def test_the_doubt_is_students_bound():
    error = Moments()
    for value in (1.0, -2.0, 3.0, 0.5, 1.5, 0.0, 2.0, -1.0):
        error.add(value)
    away = stats.t.ppf(0.975, 7) * (error.variance / 8) ** 0.5
    assert doubt(error, 30) == pytest.approx(30 * (error.mean + away), rel=2e-3)
