"""Drawings are sound XML whatever the words in them are, keep inside their frame, and leave gaps open."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing.curves import Curve, Curves, Mark, curve
from hedge_assets.showing.letters import MOST_LETTERS
from hedge_assets.showing.marks import Bin, Interval, as_image, curves, histogram, intervals, standalone, strip

START = datetime(2026, 1, 1, tzinfo=UTC)
EVIL = "\"><script>alert(1)</script>&'<img src=x onerror=y>"
SVG = "{http://www.w3.org/2000/svg}"
AMOUNTS = st.floats(-1e6, 1e6)


def read(svg: str) -> ET.Element:
    return ET.fromstring(standalone(svg))


def names(root: ET.Element) -> set[str]:
    return {element.tag.removeprefix(SVG) for element in root.iter()}


def lived(values, **more):
    live = curve(EVIL, "live", [(START + timedelta(minutes=i), value) for i, value in enumerate(values)])
    marks = (Mark(live.times_s[0], values[0] or 0.0, EVIL, is_good=True),) if values else ()
    fall = Curve("drawdown", "fall", live.times_s, tuple(None if value is None else -0.1 for value in live.values), below=True)
    return Curves((live, fall), "usd", "frac", marks, **more)


def test_evil_words_stay_words():
    bins = [Bin(None, -1, 2), Bin(-1, 0, 3), Bin(0, 1, 5), Bin(1, None, 0)]
    for svg in (
        curves(lived([1.0, 2.0, 1.5]), EVIL),
        histogram(bins, EVIL, EVIL),
        intervals([Interval(EVIL, 1, -1, 2, EVIL)], EVIL, EVIL),
    ):
        root = read(svg)
        assert names(root) <= {"svg", "style", "rect", "line", "circle", "path", "text", "title", "g"}
        assert all(not name.startswith("on") for element in root.iter() for name in element.attrib)
        assert root.attrib["aria-label"] == EVIL


@given(st.lists(st.one_of(st.none(), st.floats(0.01, 1e9)), max_size=50))
def test_a_curve_is_one_path_a_stretch(values):
    drawn = lived(values)
    svg = curves(drawn, "NAV")
    if drawn.is_empty:
        assert svg == ""
        return
    paths = [element.attrib["d"] for element in read(svg).iter(f"{SVG}path") if "live" in element.attrib["class"]]
    stretches = "".join("1" if value is not None else " " for value in values).split()
    if stretches:
        assert [path.count("M") for path in paths] == [len(stretches)]
        assert [path.count("L") for path in paths] == [sum(len(stretch) - 1 for stretch in stretches)]


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=40))
def test_columns_are_as_high_as_their_counts(counts):
    edges = list(range(len(counts) - 1))
    bins = [
        Bin(None, 0, counts[0]),
        *(Bin(edge, edge + 1, n) for edge, n in zip(edges, counts[1:-1], strict=False)),
        Bin(edges[-1], None, counts[-1]),
    ]
    svg = histogram(bins, "slippage", "bps")
    if not any(counts):
        assert svg == ""
        return
    drawn = [float(element.attrib["height"]) for element in read(svg).iter(f"{SVG}rect") if element.attrib.get("class") == "live"]
    assert len(drawn) == len(bins)
    for bin_, height in zip(bins, drawn, strict=True):
        assert height == pytest.approx(max(drawn) * bin_.n / max(each.n for each in bins), abs=0.06)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS).map(sorted), min_size=1, max_size=40))
def test_an_interval_lies_inside_the_frame_and_takes_the_colour_of_its_side_of_zero(bounds):
    rows = [Interval(str(i), value, low, high, "words") for i, (low, value, high) in enumerate(bounds)]
    root = read(intervals(rows, "expectancy", "bps"))
    lines = [element for element in root.iter(f"{SVG}line") if "line" in element.attrib["class"].split()]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert 91 <= float(line.attrib["x1"]) <= float(line.attrib["x2"]) <= 393
        assert line.attrib["class"].split()[0] == ("good" if row.low > 0 else "bad" if row.high < 0 else "quiet")


def test_the_worse_a_stretch_of_a_day_the_taller_it_stands():
    words = ["unwatched", "ok", "late", "stale", "invalid", "missing"]
    root = read(strip([(word, i / 6, (i + 1) / 6, EVIL) for i, word in enumerate(words)], EVIL))
    heights = [float(element.attrib["height"]) for element in root.iter(f"{SVG}rect") if "class" in element.attrib]
    assert heights == sorted(heights)
    assert len(set(heights)) == len(words)
    assert names(root) == {"svg", "style", "rect", "title"}


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\u202e", "\u2028", "\ud800", "\ufffe"])
def test_a_drawing_holds_no_letter_that_breaks_it_and_no_more_words_than_somebody_reads(letter):
    svg = strip([("missing", 0.0, 1.0, f"{letter}{EVIL * 1000}")], f"{letter}{EVIL * 1000}")
    assert letter not in svg
    assert [len(each.text or "") for each in read(svg).iter(f"{SVG}title")] == [MOST_LETTERS]


def test_nothing_is_drawn_of_nothing():
    assert (histogram([], "a", "bps"), intervals([], "a", "bps"), curves(lived([]), "a")) == ("", "", "")


def test_an_image_carries_its_colours_with_it():
    assert as_image(curves(lived([1.0, 2.0]), "NAV")).startswith("data:image/svg+xml;base64,")
