"""Curves are drawn where there is something to show, and left out where not."""

import dataclasses
from xml.dom import minidom

import pytest

from hedge_assets.trials.charts import charts_of, difference, nav, rules, symbols
from tests.hedge_assets.trials.reports import NO_CURVE, agreement, column, report, rule, standing


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


@pytest.mark.parametrize("name", ["币安人生USDT", "🦊", "a\x01b", "_hidden", "$a_b$", "<script>|", "a" * 300])
def test_a_name_in_any_letters_is_drawn_without_a_warning(name):
    for svg in (symbols((agreement(name),)), rules((rule(name),))):
        minidom.parseString(svg)
        assert "<script>" not in svg
    assert name.isascii() or name in symbols((agreement(name),))


def test_rules_that_moved_most_are_drawn_and_the_others_left_out():
    svg = rules([*(rule(f"small_{number}", 1.0) for number in range(10)), rule("followed", 0.0, -50.0), rule("dear", 90.0)])
    assert ("dear" in svg, "followed" in svg, "small_7" in svg, "small_8" in svg) == (True, True, True, False)


def test_the_live_account_is_a_curve_of_its_own_only_where_it_differs():
    apart = report()
    same = dataclasses.replace(apart, columns={**apart.columns, "account": column("account")})
    unknown = dataclasses.replace(apart, columns={**apart.columns, "account": column("account", curve=NO_CURVE)})
    assert ["live account" in nav(each) for each in (apart, same, unknown)] == [True, False, False]


def test_columns_without_a_curve_are_no_chart():
    bare = report(columns={name: column(name, curve=NO_CURVE) for name in ("account", "v5", "v6")})
    assert set(charts_of(report())) == {"nav", "difference", "symbols", "rules"}
    assert "nav" not in charts_of(bare)
