"""Grades at their lines."""

import pytest

from hedge_assets.advice.router_grades import quality_of, regime_of, ungraded
from hedge_assets.settings import Telemetry

LINES = Telemetry()


@pytest.mark.parametrize(
    ("slippage_bps", "reject_frac", "word", "measure", "limit"),
    [
        (2.49, 0.0, "good", "slippage_bps_mean", 2.5),
        (2.5, 0.0, "ok", "slippage_bps_mean", 5.0),
        (5.0, 0.0, "degraded", "slippage_bps_mean", 5.0),
        (15.0, 0.0, "broken", "slippage_bps_mean", 15.0),
        (0.0, 0.1, "degraded", "reject_frac", 0.1),
        (5.0, 0.3, "broken", "reject_frac", 0.3),
        (None, 0.0, "good", "reject_frac", 0.05),
    ],
)
def test_the_worse_measure_decides_and_a_line_belongs_to_the_worse_side(*, slippage_bps, reject_frac, word, measure, limit):
    grade = quality_of(slippage_bps, reject_frac, LINES)
    assert (grade.word, grade.measure, grade.limit) == (word, measure, limit)


def test_nothing_known_is_no_grade():
    grade = quality_of(None, None, LINES)
    assert (grade.word, grade.reason) == (None, "neither slippage nor refusals are known")
    assert regime_of(ungraded("unproven"), fallback_frac=0.9, slippage_bps=9.0, maker_frac=0.9, lines=LINES).word is None


def test_fallbacks_come_before_slippage_before_maker_share():
    good = quality_of(0.0, 0.0, LINES)
    assert regime_of(good, fallback_frac=0.5, slippage_bps=3.0, maker_frac=0.7, lines=LINES).word == "fallback_heavy"
    assert regime_of(good, fallback_frac=0.4, slippage_bps=3.0, maker_frac=0.7, lines=LINES).word == "slippage_hot"
    assert regime_of(good, fallback_frac=None, slippage_bps=None, maker_frac=0.7, lines=LINES).word == "maker_strong"
    assert regime_of(good, fallback_frac=0.0, slippage_bps=0.0, maker_frac=0.6, lines=LINES).word == "balanced"
