"""A panel is one file; what it says becomes the same HTML on the page and in a report."""

import sys
from types import ModuleType

import pytest

from executor.errors import SettingsError
from hedge_assets.showing.curves import Curves
from hedge_assets.showing.panels import charts, environment, said, scan
from hedge_assets.showing.said import Bar, Bars, Cell, Chart, Figure, Figures, Panel, Picture, Table, Words
from tests.hedge_assets.showing.test_marks import EVIL, lived

ALL = '{% import "blocks.html" as b %}{{ b.all(blocks, live) }}'


def html(*blocks, live=False) -> str:
    return environment().from_string(ALL).render(blocks=blocks, live=live)


def test_panels_come_in_the_pages_order_each_under_a_key_of_its_own():
    panels = scan()
    keys = [panel.key for panel in panels]
    assert keys == [
        "nav",
        "positions",
        "risk",
        "execution",
        "trades",
        "expectancy",
        "scores",
        "suggestions",
        "shadow",
    ]
    assert all(panel.states for panel in panels)


def test_a_file_without_a_panel_is_refused_by_name(monkeypatch, tmp_path):
    (tmp_path / "lost.py").write_text("")
    package = ModuleType("a_package")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "a_package", package)
    with pytest.raises(SettingsError, match=r"a_package\.lost has no PANEL"):
        scan(package)


def test_without_the_document_that_it_is_about_a_panel_says_nothing():
    panel = Panel("one", "One", 1, ("nav",), lambda _: (Words("there"),))
    assert said(panel, {}) is None
    assert said(panel, {"nav": object()}) == (Words("there"),)


def test_every_kind_of_block_is_text_whatever_it_says():
    cell = Cell(EVIL, "bad", EVIL, is_number=True, heat_frac=0.5)
    drawn = html(
        Figures((Figure(EVIL, cell, EVIL),)),
        Table(EVIL, (EVIL, EVIL + "#"), ((cell, cell),), EVIL, left_out=3),
        Table(EVIL, (EVIL,), (), EVIL),
        Bars(EVIL, (Bar(EVIL, EVIL, EVIL, 0.9, "warn"), Bar(EVIL, EVIL, EVIL, None)), EVIL),
        Picture(EVIL, "", EVIL),
        Chart(EVIL, EVIL, lived([1.0, 2.0])),
        Chart(EVIL, EVIL, Curves((), "usd", none=EVIL)),
        Words(EVIL, "warn"),
        live=True,
    )
    assert "<script" not in drawn
    assert "<img src=x" not in drawn
    assert drawn.count("&lt;script") > 15


def test_a_chart_is_a_place_for_the_script_on_the_page_and_a_drawing_in_a_report():
    chart = Chart("nav", "NAV", lived([1.0, 2.0]))
    assert f'data-chart="nav" data-version="{chart.version}"' in html(chart, live=True)
    assert "<svg" in html(chart)
    assert charts({"nav": (chart,), "gone": None}) == {"nav": chart}


def test_a_charts_version_is_another_when_its_curves_are():
    one, two = (Chart("nav", "NAV", lived(values)) for values in ([1.0, 2.0], [1.0, 3.0]))
    assert one.version != two.version == Chart("nav", "NAV", lived([1.0, 3.0])).version


@pytest.mark.parametrize(("filled", "words"), [(0.5, "50 %)"), (0.85, "85 %, near)"), (1.2, "120 %, FULL)")])
def test_how_full_a_limit_is_stands_there_in_words(filled, words):
    assert words in html(Bars("limits", (Bar("gross", "1 USD", "2 USD", filled),), "none"))


def test_what_is_not_shown_is_counted():
    assert "and 1,234 more" in html(Table("t", ("a",), ((Cell("x"),),), "none", left_out=1234))
