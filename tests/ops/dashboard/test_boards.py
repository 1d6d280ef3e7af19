"""A panel is drawn anew when its documents change, and above it stands whether they may be believed."""

import json
from dataclasses import replace

import pytest

from executor.clock import FixedClock
from hedge_assets.catalog import scan
from hedge_assets.health.manifest import manifest
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.showing.panels import scan as scan_panels
from ops.dashboard.boards import Boards, charts_of
from ops.dashboard.drawing import drawn
from tests.runs import NOW_US, refreshed

ROWS = manifest(scan())
SECOND = 1_000_000


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    root = tmp_path_factory.mktemp("idle")
    refreshed(root)
    return root


def surveyed(root, now_us=NOW_US + SECOND):
    return survey(Place(root=root), ROWS, FixedClock(now_us).now_us())


def board_of(root, key="nav", now_us=NOW_US + SECOND):
    boards = Boards(scan_panels(), ROWS).of(surveyed(root, now_us))
    return next(board for board in boards if board.panel.key == key)


def test_every_panel_is_on_the_page_in_its_order(idle):
    boards = Boards(scan_panels(), ROWS).of(surveyed(idle))
    assert [board.panel for board in boards] == list(scan_panels())
    assert set(charts_of(boards)) >= {"nav"}


def test_an_unchanged_desk_is_drawn_once(idle):
    boards = Boards(scan_panels(), ROWS)
    first, second = boards.of(surveyed(idle)), boards.of(surveyed(idle, NOW_US + 2 * SECOND))
    assert all(one.body is two.body for one, two in zip(first, second, strict=True))


def test_a_document_that_changed_is_drawn_anew(idle, tmp_path):
    (tmp_path / "state").mkdir()
    for path in (idle / "state").glob("*.json"):
        (tmp_path / "state" / path.name).write_bytes(path.read_bytes())
    boards = Boards(scan_panels(), ROWS)
    before = {board.panel.key: board.body for board in boards.of(surveyed(tmp_path))}
    path = tmp_path / "state" / "positions.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "long_usd": 4321.0, "short_usd": 0.0}))
    after = {board.panel.key: board.body for board in boards.of(surveyed(tmp_path))}
    assert "4,321.00 USD" in after["positions"]
    assert {key for key in before if before[key] is not after[key]} == {"positions"}


def test_old_numbers_are_called_old_with_why_and_what_to_do(idle):
    head = drawn("head.html", board=board_of(idle, now_us=NOW_US + 3_600 * SECOND), dagster=None)
    assert 'data-state="stale"' in head
    assert "OLD NUMBERS" in head
    assert "materialize --select nav" in head


@pytest.mark.parametrize(("content", "word"), [(None, "MISSING"), (b"{", "INVALID"), (b"\xff\xfe", "INVALID")])
def test_what_cannot_be_shown_says_so_with_the_cure(tmp_path, content, word):
    if content is not None:
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "nav.json").write_bytes(content)
    board = board_of(tmp_path)
    head = drawn("head.html", board=board, dagster=None, account="")
    assert (board.says, board.body.strip()) == (None, '<div id="body-nav" class="body">\n</div>')
    assert f"<strong>{word}</strong>" in head
    assert "materialize --select nav" in head


def test_what_a_panel_lacks_beside_its_own_file_is_named(idle, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "nav.json").write_bytes((idle / "state" / "nav.json").read_bytes())
    board = board_of(tmp_path)
    assert [each.name for each in board.lacking] == ["compare_summary", "risk_snapshot", "trades"]
    assert "compare_summary is missing: what it adds here is not shown" in drawn("head.html", board=board, dagster=None, account="")


def test_a_panel_leads_to_its_asset_in_dagster(idle):
    board = board_of(idle)
    assert 'href="http://127.0.0.1:3000/assets/nav"' in drawn("head.html", board=board, dagster="http://127.0.0.1:3000", account="")
    assert "href" not in drawn("head.html", board=board, dagster=None, account="")


def test_a_reason_from_a_file_is_text(idle):
    board = board_of(idle)
    evil = replace(board.verdict, condition="stale", reason="<img src=x onerror=y>", cure="<b>", path='"><script>')
    head = drawn("head.html", board=replace(board, verdict=evil), dagster="http://127.0.0.1:3000", account="")
    assert "<img" not in head
    assert "<script" not in head
    assert "<b>" not in head
