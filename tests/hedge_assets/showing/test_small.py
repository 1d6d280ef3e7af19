"""What a panel says in a line of Markdown: never longer than it may be, as fine as fits, and drawn by a real browser."""

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import dagster_webserver
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_assets.showing.amounts import text
from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.said import Bar, Bars, Chart, Figure, Figures, Panel, Sketch, Words
from hedge_assets.showing.sketches import SHEET, Length, small_curves, small_lengths
from hedge_assets.showing.small import LARGE, LETTERS, address, inline, shortened, sketch_of, small_figures
from tests.browser import chromium, opened

SHOWN_WHERE_IT_STANDS = 1_000


def drawing(markdown: str) -> str:
    """The SVG that Markdown carries."""
    (found,) = re.findall(r"!\[\]\(data:image/svg\+xml,([^)\s]*)\)", markdown)
    return unquote(found)


def walk(number: int, seed: int = 1) -> list[float]:
    return [100_000 + 50 * ((place * 7919 * seed) % 13) - place % 97 for place in range(number)]


def curves(*lines: list[float]) -> Curves:
    roles = ("live", "shadow", "fall")
    return Curves(
        tuple(
            Curve(role, role, tuple(map(float, range(len(line)))), tuple(line), role == "fall")
            for role, line in zip(roles, lines, strict=False)
        ),
        "usd",
        "frac",
    )


@settings(max_examples=60)
@given(lines=st.lists(st.lists(st.floats(-1e12, 1e12), max_size=250), max_size=3), caption=st.text(max_size=200), is_large=st.booleans())
def test_no_curve_is_longer_than_it_may_be(lines, caption, is_large):
    told = inline(small_curves(caption, curves(*lines), is_large=is_large))
    assert len(told) <= (LARGE if is_large else LETTERS) < SHOWN_WHERE_IT_STANDS
    if told:
        ET.fromstring(drawing(told))


def test_a_curve_that_moves_by_the_least_there_is_has_its_ends_at_the_edges():
    told = drawing(inline(small_curves("least", curves([0.0, 1.1e-308]))))
    assert "NaN" not in told
    assert "inf" not in told


@given(st.lists(st.tuples(st.text(max_size=40), st.floats(-1, 1)), max_size=20))
def test_no_rows_are_longer_than_they_may_be(rows):
    told = inline(small_lengths("rows", [Length(words, part) for words, part in rows]))
    assert len(told) <= LETTERS
    if told:
        ET.fromstring(drawing(told))


def test_room_is_used_for_as_many_points_as_fit():
    told = inline(small_curves("NAV", curves(walk(1_440), walk(1_440, 3), walk(1_440, 5)), is_large=True))
    assert len(told) > 0.93 * LARGE


def test_a_drawing_that_cannot_be_small_is_left_out():
    assert inline(Sketch("too much", lambda points: "<svg>" + "x" * 400 * points + "</svg>", 9)) == ""
    assert inline(Sketch("nothing", lambda _: "", 9)) == ""


@given(st.text())
def test_an_address_has_nothing_that_ends_it_and_carries_every_letter(svg):
    told = address(svg)
    assert not re.search(r"""[\s()<>"\\]""", told)
    assert unquote(told.removeprefix("data:image/svg+xml,")) == svg


def test_a_caption_ends_with_a_clause_or_a_word():
    assert (
        shortened("NAV in today's money, the shadow's beside it, closed trades, and more") == "NAV in today's money, the shadow's beside it"
    )
    assert shortened("word " * 20) == ("word " * 12).strip()
    assert shortened("short") == "short"
    assert len(shortened("x" * 99)) == 60


def panel(**given) -> Panel:
    return Panel(key="x", title="X", place=1, states=("x",), say=lambda _: (), **given)


def test_a_panels_own_sketch_comes_first_then_its_first_chart_or_bars():
    own = Sketch("own", lambda _: "<svg/>", 1)
    bars, chart = Bars("bars", (Bar("a", "1", "2", 0.5),), "none"), Chart("c", "chart", curves([1.0, 2.0]))
    assert sketch_of(panel(sketch=lambda _: own), {}, (bars,)) is own
    assert [sketch_of(panel(), {}, blocks).caption for blocks in ((Words("a"), bars, chart), (chart, bars))] == ["bars", "chart"]
    assert sketch_of(panel(), {}, (Words("a"),)) is None


def test_figures_are_a_table_of_one_row():
    found = small_figures((Words("first"), Figures((Figure("NAV", text("1 USD")), Figure("risk | mode", text("*OK*"))))))
    assert found == "| NAV | risk &#124; mode |\n| --- | --- |\n| 1 USD | \\*OK\\* |"
    assert small_figures((Words("none"),)) == ""


def test_figures_that_do_not_fit_are_left_out_from_the_end():
    many = Figures(tuple(Figure(f"figure {place}", text("x" * 90)) for place in range(9)))
    assert small_figures((many,)).count("figure") == 5


def test_a_browser_draws_it():
    told = inline(small_curves("NAV", curves(walk(300), walk(300, 3), walk(300, 5)), is_large=True))
    with chromium() as browser, opened(browser) as seen:
        seen.page.set_content(f'<img src="data:image/svg+xml,{told.partition("svg+xml,")[2].rstrip(")")}">')
        seen.page.wait_for_function("document.images[0].complete")
        assert seen.page.evaluate("document.images[0].naturalWidth") == SHEET
        assert seen.complaints == []


def test_this_dagster_shows_markdown_of_less_than_a_thousand_letters_where_it_stands():
    """What all of this rests on: looked up in the pages that this version of Dagster serves, and seen in a browser."""
    scripts = (Path(dagster_webserver.__file__).parent / "webapp" / "build").rglob("*.js")
    assert any(
        re.search(r'case"MarkdownMetadataEntry":return \w+&&\w+\.mdStr\.length<1e3\?', each.read_text("utf-8", "ignore"))
        for each in scripts
    )
