"""A report says every number that decides, in two documents that nothing in a name can break."""

import dataclasses
import re
from collections import Counter

import pytest

from hedge_assets.settings import Place, Telemetry
from hedge_assets.shadow.candidates import PLAIN
from hedge_assets.trials.periods import Period, run_columns
from hedge_assets.trials.rendering import between, files_of, is_own_model, number, word
from hedge_assets.trials.report import Report, report_of
from tests.browser import chromium, opened
from tests.hedge_assets.columns import journaled
from tests.hedge_assets.trials import reports

V5, V6 = PLAIN
HOSTILE = "<script>|`*_["
DOCUMENTS = ("report.md", "report.html")


@pytest.fixture(scope="module")
def report() -> Report:
    shadow = run_columns(Place(root=journaled()), (V5, V6), Period())
    return report_of(shadow, (V5, V6), source="a made market", telemetry=Telemetry(), code_version="0.1.0+abc")


@pytest.fixture(scope="module")
def files(report) -> dict[str, str]:
    return files_of(report)


def test_the_same_report_gives_the_same_bytes(report, files):
    assert files_of(report) == files


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_documents_say_the_verdict_its_rule_and_its_evidence(report, files, name):
    said = files[name].replace("&#39;", "'").replace("\\_", "_")
    assert f"Verdict: {report.found.verdict.verdict}" in said
    assert report.found.verdict.rule in said
    assert all(line in said for line in report.found.verdict.evidence)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_money_stands_with_its_intervals_and_the_models_error(report, files, name):
    money = report.found.overall.money
    for value in (money.diff_usd, money.diff_low_usd, money.diff_high_usd):
        assert number(value, 2, signed=True) in files[name]
    assert files[name].replace("&#39;", "'").count("model's error") >= 6


@pytest.mark.parametrize("name", DOCUMENTS)
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
    for name in DOCUMENTS:
        assert "no intent decided by both yet" in files[name]
        assert "no intent on which either traded is settled yet" in files[name]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (1234.5, "+1,234.50"), (-0.001, "0.00"), (0.0, "0.00"), (-1234.5, "-1,234.50"), (1e9, "+1,000,000,000.00")],
)
def test_numbers_are_written_alike(value, text):
    assert number(value, 2, signed=True) == text


def said_of(report: Report) -> list[str]:
    files = files_of(report)
    return [files[name].replace("&#39;", "'").replace("\\_", "_") for name in DOCUMENTS]


def test_a_column_that_failed_is_told_of_with_its_reason():
    whole = reports.report()
    failed = dataclasses.replace(whole, columns={**whole.columns, "v6": reports.column("v6", reason="stopped at <noon>")})
    assert not any("stopped at" in said for said in said_of(whole))
    assert all("stopped at &lt;noon&gt;" in said for said in said_of(failed))


def test_what_is_not_known_is_a_dash_with_its_reason():
    few = reports.agreement("ETHUSDT", money=reports.money(diff_low_usd=None, diff_high_usd=None, reason="needs ten"))
    for said in said_of(reports.report(found=reports.found(symbols=(few,)))):
        assert "– (needs ten)" in said
        assert "– (no mid 5 s later)" in said
        assert "– to –" not in said
    assert (between(None, None), between(-1.0, 1234.5)) == ("–", "-1.00 to +1,234.50")


def test_an_account_filled_as_the_model_fills_proves_nothing_about_an_exchange():
    none = reports.bps(0.0, low_bps=0.0, high_bps=0.0)
    paper = reports.model(flattery_bps=none, fee_bps=none, away_p95_bps=0.0, filled_by_account_only=0, filled_by_model_only=0)
    assert (is_own_model(paper), is_own_model(reports.model())) == (True, False)
    assert not is_own_model(paper.model_copy(update={"filled_by_both": 0}))
    warning = "says nothing here about a real exchange"
    assert all(warning in said for said in said_of(reports.report(model=paper)))
    assert not any(warning in said for said in said_of(reports.report()))


def test_an_unknown_error_of_the_model_is_no_number():
    whole = reports.report()
    unknown = {name: each.model_copy(update={"model_error_usd": None}) for name, each in whole.columns.items()}
    for said in said_of(dataclasses.replace(whole, columns=unknown)):
        assert "How far the model is from the account is not known." in said


def test_money_that_may_not_be_added_says_so():
    for said in said_of(reports.report()):
        assert "rows of causes do not add up" in said
        assert "may not be added to the direct difference" in said
        assert "the model's error and the deepest fall are left out" in said


def test_no_two_parts_of_the_page_have_one_id_and_every_reference_has_its_part(files):
    ids = Counter(re.findall(r' id="([^"]+)"', files["report.html"]))
    assert ids
    assert set(ids.values()) == {1}
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', files["report.html"])) <= set(ids)


def test_a_mark_before_which_a_backslash_stands_stays_a_letter():
    assert word("a\\*b") == "a&#92;\\*b"


def test_a_period_without_intents_has_no_empty_tables():
    nothing = reports.agreement(n=0, agree_frac=None, agree_frac_low=None, agree_frac_high=None, reason="nothing yet")
    bare = reports.found(
        overall=nothing, purposes=(), symbols=(), strategies=(), regimes=(), matrix=(), routes=(), rules=(), causes=(), standings=()
    )
    for said in said_of(reports.report(found=bare, steps=())):
        assert "No rule parted them." in said
        assert "nothing yet" in said
        assert "– to –" not in said
        assert "By symbol" not in said
        assert "No day to walk through." in said


def test_a_browser_has_nothing_to_say_against_it_and_asks_nobody(files, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(files["report.html"], "utf-8")
    with chromium() as browser, opened(browser) as seen:
        seen.page.goto(path.as_uri())
        assert seen.page.locator("h1").inner_text() == "v6 against v5"
        assert seen.page.evaluate("getComputedStyle(document.querySelector('.verdict')).borderLeftWidth") == "6px"
        assert (seen.complaints, seen.addresses) == ([], [path.as_uri()])
