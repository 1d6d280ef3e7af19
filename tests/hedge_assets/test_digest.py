from hedge_assets.digest import ROWS, digest, scalars, table_rows
from hedge_assets.document import Document, Shape


class Point(Shape):
    ts: str
    nav: float | None


class Curve(Document):
    total: float
    name: str
    unknown: float | None
    minutes: tuple[Point, ...]


def curve(*navs):
    points = tuple(Point(ts=str(number), nav=nav) for number, nav in enumerate(navs))
    return Curve(status="ok", n=1, reason=None, event_us=None, total=1.5, name="x" * 100, unknown=None, minutes=points)


def test_a_page_gets_numbers_and_the_top_of_tables():
    found = digest(curve(*range(100)))
    assert found.numbers == {"total": 1.5, "name": "x" * 100}
    assert len(found.tables["minutes"]) == ROWS


def test_an_unknown_number_is_a_dash_in_a_table_and_no_number_elsewhere():
    found = digest(curve(None, 1.0))
    assert found.tables["minutes"][0] == {"ts": "0", "nav": "-"}
    assert "unknown" not in found.numbers


def test_figures_of_a_part_are_shown_under_its_name_and_deeper_ones_are_not():
    assert scalars({"day": {"change_usd": 1.0, "flow_usd": None, "more": {"x": 1}}, "mode": "ok"}) == {"day.change_usd": 1.0, "mode": "ok"}


def test_a_page_shows_as_many_digits_as_one_reads():
    assert scalars({"drawdown_frac": 0.00024400445360461858, "nav_usd": 99994.48840928}) == {
        "drawdown_frac": 0.00024400445,
        "nav_usd": 99994.488,
    }


def test_rows_of_which_some_have_a_part_and_others_none_share_their_columns():
    rows = [{"name": "a", "part": None, "n": 1}, {"name": "b", "part": {"x": 1}, "n": None}]
    assert table_rows(rows) == [{"name": "a", "n": 1}, {"name": "b", "n": "-"}]
