"""Drawings of few letters: whole, within their sheet, and true to what they are drawn from."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.marks import Bin, Interval
from hedge_assets.showing.said import Bar
from hedge_assets.showing.sketches import (
    BLUE,
    FINEST,
    GREEN,
    ORANGE,
    RED,
    SHEET,
    Length,
    small_bars,
    small_curves,
    small_histogram,
    small_intervals,
    small_lengths,
    thinned,
)

VALUES = st.floats(-1e9, 1e9, allow_nan=False)
LINE = st.lists(st.one_of(VALUES, VALUES, VALUES, st.none()), max_size=300)
NUMBERS = re.compile(r"-?\d+")


def curve(values, name="live", role="live", *, below=False) -> Curve:
    return Curve(name, role, tuple(float(place) for place in range(len(values))), tuple(values), below)


def parts(svg: str) -> list[ET.Element]:
    """The pieces of a drawing; fails where it is none."""
    return list(ET.fromstring(svg))


def walked(path: str) -> list[list[tuple[int, int]]]:
    """Where a path of relative steps leads, stretch by stretch."""
    found, pen = [], (0, 0)
    for stretch in path.split("m")[1:]:
        steps = list(map(int, NUMBERS.findall(stretch)))
        places = []
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            pen = (pen[0] + dx, pen[1] + dy)
            places.append(pen)
        found.append(places)
    return found


@given(upper=LINE, lower=LINE, points=st.integers(2, FINEST))
def test_every_point_of_every_curve_lies_on_the_sheet(upper, lower, points):
    svg = small_curves("NAV", Curves((curve(upper), curve(lower, "fall", "fall", below=True)), "usd", "frac")).draw(points)
    if not svg:
        assert not any(len(values) > 1 and any(each is not None for each in values) for values in (upper, lower))
        return
    height = int(ET.fromstring(svg).get("height"))
    for part in parts(svg):
        for places in walked(part.get("d", "")):
            assert all(0 <= x <= SHEET and 0 <= y <= height for x, y in places)
            assert [x for x, _ in places] == sorted(x for x, _ in places)


def test_a_curve_goes_up_and_down_as_its_values_do():
    (path, *texts) = parts(small_curves("", Curves((curve([1.0, 3.0, 2.0]),), "usd")).draw(3))
    ((one, two, three),) = walked(path.get("d"))
    assert two[1] < three[1] < one[1]
    assert (one[0], three[0]) == (0, 300)
    assert [text.text for text in texts] == ["3", "1"]


def test_a_gap_is_no_line():
    (path, *_) = parts(small_curves("", Curves((curve([1.0, 2.0, None, 2.0, 1.0]),), "usd")).draw(5))
    assert [len(places) for places in walked(path.get("d"))] == [2, 2]


def test_a_flat_curve_is_a_line_with_one_value():
    (path, text) = parts(small_curves("", Curves((curve([5.0, 5.0]),), "usd")).draw(4))
    assert len({y for _, y in walked(path.get("d"))[0]}) == 1
    assert text.text == "5"


def test_what_stands_in_the_background_is_left_out_and_nothing_is_drawn_of_nothing():
    assert small_curves("", Curves((curve([1.0, 2.0], role="quiet"),), "usd")).draw(9) == ""
    assert small_curves("", Curves((), "usd")).draw(9) == ""
    assert small_curves("", Curves((curve([1.0]),), "usd")).draw(9) == ""


@given(values=st.lists(st.one_of(VALUES, st.none()), min_size=1, max_size=400), points=st.integers(2, 50))
def test_thinned_values_are_some_of_them_in_order(values, points):
    found = thinned(enumerate(values), (0.0, float(len(values) - 1)), points)
    places = [place for place, _ in found]
    assert places == sorted(set(places))
    assert len(found) <= points
    assert {value for _, value in found} <= set(values)
    assert places[0] == 0
    assert len(values) == 1 or places[-1] == points - 1


@given(place=st.integers(30, 499), points=st.integers(10, 120))
def test_a_spike_is_not_thinned_away(place, points):
    values = [100.0] * 500
    values[place] = 50.0
    assert 50.0 in {value for _, value in thinned(enumerate(values), (0.0, 499.0), points)}


def test_lengths_stand_to_the_right_and_where_some_are_below_nothing_to_both_sides():
    (bar, text) = parts(small_lengths("", [Length("a 1", 0.5)]).draw(8))
    assert (bar.get("d"), bar.get("stroke"), text.text) == ("M160,6h100", BLUE, "a 1")
    long, short = parts(small_lengths("", [Length("a", 1.0, GREEN), Length("b", -0.5, RED)]).draw(8))[:2]
    assert (long.get("d"), short.get("d")) == ("M260,6h100", "M260,20h-50")


@given(st.lists(st.floats(-5, 5), max_size=12))
def test_no_length_leaves_the_sheet(shares):
    svg = small_lengths("", [Length("x", each) for each in shares]).draw(8)
    for bar in parts(svg) if svg else ():
        for zero, long in re.findall(r"M(\d+),\d+h(-?\d+)", bar.get("d", "")):
            assert 0 <= int(zero) + int(long) <= SHEET


def test_bars_wear_their_meaning_and_unknown_ones_are_left_out():
    bars = [Bar("gross", "5 USD", "9 USD", 0.5), Bar("daily loss", "?", "5 %", None), Bar("drawdown", "19 %", "20 %", 0.95, "warn")]
    found = parts(small_bars("", bars).draw(8))
    assert [each.get("stroke") for each in found] == [BLUE, ORANGE, None, None]
    assert [each.text for each in found[2:]] == ["gross 5 USD", "drawdown 19 %"]


def test_intervals_are_green_above_red_below_and_blue_where_nobody_can_tell():
    rows = [Interval(name, (low + high) / 2, low, high, "") for name, low, high in (("a", 1.0, 2.0), ("b", -2.0, -1.0), ("c", -1.0, 1.0))]
    found = parts(small_intervals("", rows).draw(8))
    assert [each.get("stroke") for each in found[1:7:2]] == [GREEN, RED, BLUE]
    assert [each.text for each in found[7:]] == ["a +1.5", "b -1.5", "c +0"]
    assert small_intervals("", []).draw(8) == ""


def test_a_histogram_puts_neighbours_together_where_room_is_scarce():
    bins = [Bin(None, 0.0, 1), *(Bin(float(low), low + 1.0, 2) for low in range(6)), Bin(6.0, None, 0, 3)]
    sketch = small_histogram("", bins, "bps")
    whole, halved = (parts(sketch.draw(points)) for points in (sketch.most, 4))
    assert [len(re.findall("v-", each[0].get("d"))) for each in (whole, halved)] == [8, 4]
    assert [text.text for text in whole[1:]] == ["below 0 bps", "above 6 bps"]
    assert small_histogram("", [Bin(None, 0.0, 0), Bin(0.0, None, 0)], "bps").draw(9) == ""
    assert small_histogram("", [], "bps").draw(9) == ""


@pytest.mark.parametrize("words", ["<script>", "a & b", "x\u202ey\x00z", "]]>", "'\""])
def test_words_from_anywhere_stay_words(words):
    (_, text) = parts(small_lengths("", [Length(words, 1.0)]).draw(1))
    assert text.text == "".join(each if each.isprintable() else " " for each in words)
