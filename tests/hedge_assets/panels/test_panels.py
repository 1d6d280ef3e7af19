"""Every panel speaks of a desk that traded, of an idle one and of one that never began: true numbers, healthy sentences, no holes."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from executor.settings import Settings
from hedge_assets.document import Document
from hedge_assets.health.parsing import parse
from hedge_assets.panels import execution, expectancy, nav, positions, risk, scores, shadow, suggestions, trades
from hedge_assets.showing.panels import environment, said
from hedge_assets.showing.said import Chart, Figures, Table
from tests.runs import STATES, ran, refreshed

PANELS = [module.PANEL for module in (nav, positions, risk, execution, trades, expectancy, scores, suggestions, shadow)]
PLAIN = environment().from_string('{% import "blocks.html" as b %}{{ b.all(blocks, false) }}')


def documents(root: Path) -> Mapping[str, Document]:
    return {state.name: parse((root / "state" / state.spec.file).read_bytes(), state.shape).document for state in STATES}


@pytest.fixture(scope="module")
def traded(tmp_path_factory) -> Mapping[str, Document]:
    root = tmp_path_factory.mktemp("traded")
    ran(root, Settings(feed="synthetic"), loops=1_500)
    refreshed(root)
    return documents(root)


@pytest.fixture(scope="module")
def idle(tmp_path_factory) -> Mapping[str, Document]:
    root = tmp_path_factory.mktemp("idle")
    ran(root, Settings(feed="synthetic", strategies=()), loops=20)
    refreshed(root)
    return documents(root)


@pytest.fixture(scope="module")
def never(tmp_path_factory) -> Mapping[str, Document]:
    root = tmp_path_factory.mktemp("never")
    refreshed(root)
    return documents(root)


def figures(panel, found) -> dict[str, str]:
    return {each.label: each.value.text for block in said(panel, found) for each in getattr(block, "figures", ())}


def tables(panel, found) -> dict[str, Table]:
    return {block.caption: block for block in said(panel, found) if isinstance(block, Table)}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
@pytest.mark.parametrize("desk", ["traded", "idle", "never"])
def test_no_panel_shows_a_hole_or_a_number_that_is_none(panel, desk, request):
    blocks = said(panel, request.getfixturevalue(desk))
    text = re.sub(r"<[^>]*>", " ", PLAIN.render(blocks=blocks))
    assert not re.search(r"\b(None|nan|inf|NaN|Infinity)\b", text), text
    for block in blocks:
        if isinstance(block, Table):
            assert block.rows or block.none
            assert all(len(row) == len(block.columns) for row in block.rows)
        if isinstance(block, Chart):
            assert not block.curves.is_empty or block.curves.none


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_a_panel_needs_only_the_document_that_it_is_about(panel, traded):
    alone = said(panel, {panel.states[0]: traded[panel.states[0]]})
    assert alone
    assert PLAIN.render(blocks=alone)


def test_the_account_is_what_its_document_says(traded):
    found = traded["nav"]
    shown = figures(nav.PANEL, traded)
    assert shown["NAV"].replace(",", "") == f"{found.nav_usd:.0f} USD"
    assert shown["drawdown"] == f"{100 * found.drawdown_frac:.2f} %"
    assert shown["risk mode"] == traded["risk_snapshot"].mode.upper()
    (chart,) = (block for block in said(nav.PANEL, traded) if isinstance(block, Chart))
    live = next(curve for curve in chart.curves.curves if curve.role == "live")
    assert [value for value in live.values if value is not None] == [*found.days.nav_usd, *found.hours.nav_usd, *found.minutes.nav_usd]
    assert {curve.role for curve in chart.curves.curves} == {"live", "shadow", "fall"}
    assert [mark.text.split()[1] for mark in chart.curves.marks] == [each.symbol for each in traded["trades"].trades]
    assert [mark.is_good for mark in chart.curves.marks] == [each.net_usd > 0 for each in traded["trades"].trades]


def test_every_fill_is_in_its_column_once(traded):
    found = traded["router_health"]
    whole = found.distributions[0]
    counted = [sum(each.n for each in execution.bins(one)) for one in (whole.slippage, *(each.histogram for each in whole.markouts))]
    assert counted == [whole.slippage.n, *(each.histogram.n for each in whole.markouts)]
    assert whole.slippage.n > 0


def test_a_stretch_that_nobody_vouched_for_is_a_gap_in_the_curve(traded):
    found = traded["nav"]
    half = len(found.minutes.ts) // 2
    gap = {"from_ts": found.minutes.ts[half - 1], "until_ts": found.minutes.ts[half]}
    broken = type(found).model_validate({**found.model_dump(), "gaps": [gap]})
    (chart,) = (block for block in said(nav.PANEL, {**traded, "nav": broken}) if isinstance(block, Chart))
    assert [curve.values.count(None) for curve in chart.curves.curves if curve.role in ("live", "fall")] == [1, 1]


def test_the_newest_trade_stands_first_with_the_words_that_explain_it(traded):
    (table,) = tables(trades.PANEL, traded).values()
    newest = traded["trades"].trades[0]
    assert (table.rows[0][0].text, table.rows[0][-1].text) == (newest.symbol, f"hedge explain {newest.intent_id}")
    assert len(table.rows) + table.left_out == traded["trades"].n


def test_every_position_and_order_is_a_row(traded):
    found = traded["positions"]
    shown = tables(positions.PANEL, traded)
    assert [row[0].text for row in shown["Open positions"].rows] == [each.symbol for each in found.positions]
    assert [row[-1].text for row in shown["Open orders"].rows] == [each.client_id for each in found.orders]


def test_a_flat_book_is_a_healthy_sentence(idle):
    assert tables(positions.PANEL, idle)["Open positions"].none == "Flat: no position is open, and that is well."


def test_a_position_that_the_venue_does_not_know_is_said_first(traded):
    found = traded["positions"]
    wrong = type(found).model_validate(
        {
            **found.model_dump(),
            "agree": False,
            "mismatches": [{"symbol": "BTCUSDT", "journal_qty": 1.0, "venue_qty": 0.0, "difference_qty": 1.0}],
        }
    )
    blocks = said(positions.PANEL, {"positions": wrong})
    assert blocks[0].text == "BTCUSDT: fills add up to 1, the venue holds 0 (difference +1)"
    assert figures(positions.PANEL, {"positions": wrong})["journal and venue"] == "DISAGREE"


def test_a_halt_is_told_in_place_of_the_mode(traded):
    found = traded["risk_snapshot"]
    halted = found.model_copy(update={"halted": True, "halted_reason": "operator: fire drill"})
    cell = next(
        each
        for block in said(nav.PANEL, {**traded, "risk_snapshot": halted})
        if isinstance(block, Figures)
        for each in block.figures
        if each.label == "risk mode"
    )
    assert (cell.value.text, cell.note) == ("HALTED", "operator: fire drill")


def test_limits_of_the_account_come_first_and_near_ones_are_marked(traded):
    rooms = traded["risk_snapshot"].rooms
    near = rooms[0].model_copy(update={"used_frac": 0.9})
    full = rooms[1].model_copy(update={"used_frac": 1.0})
    changed = traded["risk_snapshot"].model_copy(update={"rooms": (near, full, *rooms[2:])})
    bars = next(block for block in said(risk.PANEL, {"risk_snapshot": changed}) if block.kind == "bars").bars
    assert [bar.tone for bar in bars[:2]] == ["bad", "warn"]
    account = [room for room in rooms if not room.subject]
    assert [" " in bar.label and bar.label.split(" ")[-1].isupper() for bar in bars[: len(account)]] == [False] * len(account)


def test_the_matrix_counts_every_pair_once(traded):
    found = traded["compare_summary"]
    matrix = next(table for caption, table in tables(shadow.PANEL, traded).items() if caption.startswith("Divergence"))
    counted = sum(int(cell.text.replace(",", "")) for row in matrix.rows for cell in row[1:] if cell.text != "·") + matrix.left_out
    assert counted == sum(pair.n for pair in found.matrix) == found.n > 0


def test_the_best_expectancy_stands_first(traded):
    rows = tables(expectancy.PANEL, traded)["By symbol"].rows
    longest = max(traded["expectancy"].windows, key=lambda window: window.overall.n)
    by_value = sorted(longest.symbols, key=lambda each: -each.shrunk_bps)
    assert [row[0].text for row in rows] == [each.key for each in by_value]


def test_scores_are_as_dark_as_they_are_high(traded):
    (table,) = tables(scores.PANEL, traded).values()
    assert [row[2].heat_frac for row in table.rows] == [each.score for each in traded["symbol_scores"].symbols]
