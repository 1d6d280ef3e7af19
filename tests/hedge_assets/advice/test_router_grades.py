"""Grades at their lines, and none before enough is seen."""

import pytest

from hedge_assets.advice.router_grades import Measured, quality_of, regime_of
from hedge_assets.settings import Telemetry

LINES = Telemetry()
N = LINES.min_fills


def seen(value: float | None, n: int = 100) -> Measured:
    return Measured(value, n)


@pytest.mark.parametrize(
    ("slippage_bps", "reject_frac", "word", "measure", "limit"),
    [
        (2.49, 0.0, "good", "slippage_bps_mean", 2.5),
        (2.5, 0.0, "ok", "slippage_bps_mean", 5.0),
        (5.0, 0.0, "degraded", "slippage_bps_mean", 5.0),
        (15.0, 0.0, "broken", "slippage_bps_mean", 15.0),
        (0.0, 0.06, "ok", "reject_frac", 0.1),
        (0.0, 0.1, "degraded", "reject_frac", 0.1),
        (5.0, 0.3, "broken", "reject_frac", 0.3),
    ],
)
def test_the_worse_measure_decides_and_a_line_belongs_to_the_worse_side(*, slippage_bps, reject_frac, word, measure, limit):
    grade = quality_of(seen(slippage_bps), seen(reject_frac), LINES)
    assert (grade.word, grade.measure, grade.limit, grade.n) == (word, measure, limit, 100)


def test_a_measure_speaks_from_min_fills_observations_on():
    assert quality_of(seen(0.0, N), seen(0.0, N), LINES).word == "good"
    grade = quality_of(seen(0.0, N - 1), seen(0.0, N), LINES)
    assert (grade.word, grade.reason) == (None, f"unproven: slippage_bps_mean rests on {N - 1} of {N}")
    assert quality_of(seen(None, 0), seen(None, 0), LINES).reason == (
        f"unproven: slippage_bps_mean rests on 0 of {N}, reject_frac rests on 0 of {N}"
    )


def test_one_measure_is_enough_to_condemn_but_not_to_praise():
    grade = quality_of(seen(None, 0), seen(1.0, N), LINES)
    assert (grade.word, grade.measure, grade.n) == ("broken", "reject_frac", N)
    assert quality_of(seen(None, 0), seen(0.05, N), LINES).word is None


def test_where_good_ends_is_a_setting():
    lines = Telemetry(good_line_frac=0.2)
    assert quality_of(seen(1.0), seen(0.0), lines).word == "ok"


def test_fallbacks_come_before_slippage_before_maker_share():
    good = quality_of(seen(0.0), seen(0.0), LINES)

    def word(fell, slipped, made):
        return regime_of(good, fallbacks=seen(fell), slippage=seen(slipped), makers=seen(made), lines=LINES).word

    assert word(0.5, 3.0, 0.7) == "fallback_heavy"
    assert word(0.4, 3.0, 0.7) == "slippage_hot"
    assert word(None, None, 0.7) == "maker_strong"
    assert word(0.0, 0.0, 0.6) == "balanced"


def test_a_broken_quality_is_a_broken_regime_and_too_little_is_none():
    broken = quality_of(seen(15.0), seen(0.0), LINES)
    few = seen(0.9, N - 1)
    assert regime_of(broken, fallbacks=few, slippage=few, makers=few, lines=LINES) == broken
    good = quality_of(seen(0.0), seen(0.0), LINES)
    grade = regime_of(good, fallbacks=few, slippage=few, makers=few, lines=LINES)
    assert (grade.word, grade.reason) == (None, f"unproven: maker_frac rests on {N - 1} of {N}")
