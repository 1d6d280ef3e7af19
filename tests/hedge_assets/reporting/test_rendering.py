"""One file that asks nobody for anything, the same panels with the same words, and nothing in a name can break it."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.reporting.rendering import html, in_style
from hedge_assets.settings import Place
from hedge_assets.showing.panels import environment, said
from tests.browser import chromium, opened
from tests.hedge_assets.builders import T0, boot, heartbeat
from tests.hedge_assets.health.wrong import incident
from tests.hedge_assets.journals import write
from tests.hedge_assets.reporting.days import PANELS, reported, slept_through
from tests.hedge_assets.tabled import SECOND_DAY, journaled

HOSTILE = '<script>alert(1)</script>"} body { display: none }'
PRINTED = {"width": 695, "height": 1000}  # A4 less its margins, in CSS pixels
TOO_WIDE = "[...document.querySelectorAll('table')].filter(each => each.scrollWidth > each.parentElement.clientWidth + 1).length"
FOLDED = "[...document.querySelectorAll('details')].filter(each => !each.open).length"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return reported(journaled(tmp_path_factory.mktemp("story")), SECOND_DAY)


@pytest.fixture(scope="module")
def text(report):
    return html(report)


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def test_the_same_report_gives_the_same_bytes(report, text):
    assert html(report) == text


def test_nothing_is_run_or_fetched_and_its_own_style_alone_is_allowed(text):
    assert not re.search(r"<script|javascript:|\son\w+=|https?://|@import|url\(", text)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert f"style-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
    assert policy.startswith("default-src &#39;none&#39;")
    assert "style=" not in text.partition("</style>")[2]


def test_panels_come_in_the_pages_order_with_the_pages_words(report, text):
    plain = environment().from_string('{% import "blocks.html" as b %}{{ b.all(blocks, false) }}')
    titles = re.findall(r"<h2>([^<]*)</h2>", text)
    assert titles == [*(panel.title for panel in PANELS), "How to prove it"]
    for panel in PANELS:
        says = re.sub(r' <span class="count">[^<]*</span>', "", plain.render(blocks=said(panel, report.documents)))
        section = text.partition(f'id="{panel.key}">')[2].partition("</section>")[0]
        assert says.replace('class="block">', 'class="block" open>') in section


def test_how_to_prove_it_names_the_records_the_command_and_every_file(report, text):
    assert "hedge rebuild --as-of 2026-01-06T23:59:59.999999Z --out proof" in text
    assert all(f"<dt>{each.name}</dt><dd>{each.version}</dd>" in text for each in report.inputs)
    assert all(each.sha256 in text for each in report.proofs)
    assert text.count(report.code_version) == 2


def test_names_from_anywhere_are_only_words(report, browser, tmp_path):
    hostile = replace(
        report,
        account=HOSTILE,
        boot=boot(exchange=HOSTILE, feed=HOSTILE),
        incidents=(incident(report.wanted.as_of_us - 1, HOSTILE, HOSTILE),),
    )
    path = tmp_path / "report.html"
    path.write_text(html(hostile), "utf-8")
    assert "<script>" not in path.read_text("utf-8")
    with opened(browser) as seen:
        seen.page.goto(path.as_uri())
        assert seen.page.title() == f"{HOSTILE}, 2026-01-06"
        assert seen.page.locator("h1").is_visible()
        assert (seen.complaints, seen.addresses) == ([], [path.as_uri()])


@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_browser_has_nothing_to_say_against_it_asks_nobody_and_shows_all_of_it(browser, text, tmp_path, media):
    path = tmp_path / "report.html"
    path.write_text(text, "utf-8")
    with opened(browser, viewport=PRINTED) as seen:
        seen.page.emulate_media(media=media)
        seen.page.goto(path.as_uri())
        assert seen.page.evaluate("getComputedStyle(document.querySelector('.figures')).display") == "flex"
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PRINTED["width"]
        assert seen.page.evaluate(FOLDED) == 0
        assert media == "screen" or seen.page.evaluate(TOO_WIDE) == 0
        breaks = seen.page.evaluate("[...document.querySelectorAll('.sheet')].map(each => getComputedStyle(each).breakBefore)")
        assert set(breaks) == {"page" if media == "print" else "auto"}
        assert (seen.complaints, seen.addresses) == ([], [path.as_uri()])


def test_a_panel_whose_document_could_not_be_made_says_why(report):
    lacking = {name: report.documents[name] for name in report.documents if name not in ("nav", "risk_snapshot")}
    text = html(
        replace(
            report,
            documents=lacking,
            lacking={"nav": "check parts_add_up: it was <3>", "risk_snapshot": "its input nav could not be built"},
        )
    )
    section = text.partition('id="nav">')[2].partition("</section>")[0]
    assert "It could not be made: check parts_add_up: it was &lt;3&gt;." in section
    assert "risk_snapshot could not be made, what it adds is not shown" in section


def test_a_slept_through_day_has_a_sentence_and_no_panel(tmp_path):
    text = html(reported(slept_through(tmp_path), date(2026, 1, 6)))
    assert "Nothing was recorded on 2026-01-06" in text
    assert re.findall(r"<h2>([^<]*)</h2>", text) == ["How to prove it"]
    assert "hedge journal verify" in text
    assert "None" not in text


def test_a_desk_that_only_booted_is_reported(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), heartbeat(T0 + 1)])
    text = html(reported(Place(root=tmp_path), date(2026, 1, 5)))
    assert not re.search(r">\s*(None|nan|inf)\b", text)
    assert "What the account was worth is not known" in text


@given(st.text())
def test_no_words_end_a_string_in_a_style_sheet(words):
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,.-]|\\[0-9a-f]{6})*", in_style(words))
