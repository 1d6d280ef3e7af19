"""Curves are drawn where there is something to show, and left out where not."""

from datetime import UTC, datetime

import pytest

from hedge_assets.comparing.shapes import Standing
from hedge_assets.trials.charts import difference, rules, symbols


def standing(day: int, diff_usd: float, low_usd: float | None = None, high_usd: float | None = None) -> Standing:
    said = {"n": day, "money_n": day, "diff_usd": diff_usd, "low_usd": low_usd, "high_usd": high_usd, "day_diff_usd": 0.0}
    return Standing(day=datetime(2026, 1, day, tzinfo=UTC).date().isoformat(), **said)


def test_a_difference_of_days_is_a_curve_with_a_band_once_that_is_known():
    plain = difference([standing(1, 0.0), standing(2, 5.0)])
    banded = difference([standing(1, 0.0), standing(2, 5.0, 1.0, 9.0), standing(3, 6.0, 2.0, 9.0)])
    assert plain.startswith("<svg")
    assert ("opacity: 0.15" in plain, "opacity: 0.15" in banded) == (False, True)


@pytest.mark.parametrize("rows", [[], [standing(1, 1.0)]])
def test_less_than_two_days_are_no_curve(rows):
    assert difference(rows) is None


def test_nothing_traded_and_nothing_parted_are_no_charts():
    assert symbols(()) is None
    assert rules(()) is None
