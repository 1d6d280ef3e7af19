"""Curves as the page's script asks for them, and as a drawing for a browser without one."""

import json

import pytest

from tests.ops.dashboard.desks import desk, served


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(desk(tmp_path_factory.mktemp("desk"), loops=300)) as running:
        yield running


def test_the_values_of_a_chart_are_those_of_its_document(page):
    found = page.get("/series/nav.json").json()
    document = json.loads((page.root / "state" / "nav.json").read_text())
    live = next(curve for curve in found["curves"] if curve["role"] == "live")
    assert [value for value in live["values"] if value is not None] == pytest.approx(
        [*document["days"]["nav_usd"], *document["hours"]["nav_usd"], *document["minutes"]["nav_usd"]]
    )
    assert found["unit"] == "usd"


def test_a_drawing_is_an_image_with_nothing_in_it_that_runs(page):
    answer = page.get("/picture/nav.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.startswith("<svg")
    assert "<script" not in answer.text


def test_a_chart_that_is_not_there_is_nothing_to_draw_and_no_picture(page):
    assert (page.get("/series/none.json").status_code, page.get("/series/none.json").content) == (204, b"")
    answer = page.get("/picture/none.svg")
    assert (answer.status_code, answer.text) == (404, "no such chart now\n")
