"""A report says every number that decides, in two documents that nothing in a name can break."""

import dataclasses
import re

import pytest

from hedge_assets.settings import Place, Telemetry
from hedge_assets.shadow.candidates import PLAIN
from hedge_assets.trials.periods import Period, run_columns
from hedge_assets.trials.rendering import files_of, number, word
from hedge_assets.trials.report import Report, report_of
from tests.hedge_assets.columns import journaled

V5, V6 = PLAIN
HOSTILE = "<script>|`*_["


@pytest.fixture(scope="module")
def report() -> Report:
    shadow = run_columns(Place(root=journaled()), (V5, V6), Period())
    return report_of(shadow, (V5, V6), source="a made market", telemetry=Telemetry(), code_version="0.1.0+abc")


@pytest.fixture(scope="module")
def files(report) -> dict[str, str]:
    return files_of(report)


def test_the_same_report_gives_the_same_bytes(report, files):
    assert files_of(report) == files


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_both_documents_say_the_verdict_its_rule_and_its_evidence(report, files, name):
    said = files[name].replace("&#39;", "'").replace("\\_", "_")
    assert f"Verdict: {report.found.verdict.verdict}" in said
    assert report.found.verdict.rule in said
    assert all(line in said for line in report.found.verdict.evidence)


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_money_stands_with_its_intervals_and_the_models_error(report, files, name):
    money = report.found.overall.money
    for value in (money.diff_usd, money.diff_low_usd, money.diff_high_usd):
        assert number(value, 2, signed=True) in files[name]
    assert files[name].replace("&#39;", "'").count("model's error") >= 6


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_every_group_cause_rule_and_stretch_has_its_row(report, files, name):
    said = files[name].replace("\\_", "_")
    for row in (*report.found.symbols, *report.found.strategies, *report.found.regimes):
        assert row.key in said
    assert all(row.cause in said for row in report.found.causes)
    assert all(row.rule in said for row in report.found.rules)
    assert all(step.first_day in said for step in report.steps)


def test_examples_can_be_asked_for_by_their_ids(report, files):
    worst = next(row.worst[0] for row in report.found.causes if row.worst)
    assert worst.intent_id in files["report.md"]
    assert worst.intent_id in files["report.html"]
    assert "hedge explain ID" in files["report.html"]


def test_nothing_is_fetched_from_anywhere(files):
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", files["report.html"])
    assert "<script" not in files["report.html"]
    named = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", files["report.md"])
    assert sorted(named) == sorted(name for name in files if name.endswith(".svg"))
    assert len(named) >= 3


def test_names_that_are_marks_break_neither_document(report):
    found = report.found
    symbols = (found.symbols[0].model_copy(update={"key": HOSTILE}), *found.symbols[1:])
    files = files_of(dataclasses.replace(report, found=found.model_copy(update={"symbols": symbols}), source=HOSTILE))
    assert "<script>" not in files["report.html"]
    assert "<script>" not in files["report.md"]
    assert all("<script>" not in svg for name, svg in files.items() if name.endswith(".svg"))
    assert word(HOSTILE) in files["report.md"]
    assert "|" not in word(HOSTILE)


def test_a_period_without_intents_says_so(report):
    empty = run_columns(Place(root=journaled(loops=20)), (V5, V6), Period())
    files = files_of(report_of(empty, (V5, V6), source="nothing", telemetry=Telemetry(), code_version="x"))
    for name in ("report.md", "report.html"):
        assert "no intent decided by both yet" in files[name]
        assert "no intent on which either traded is settled yet" in files[name]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (1234.5, "+1,234.50"), (-0.001, "0.00"), (0.0, "0.00"), (-1234.5, "-1,234.50"), (1e9, "+1,000,000,000.00")],
)
def test_numbers_are_written_alike(value, text):
    assert number(value, 2, signed=True) == text
