"""What an operator sees, by a real browser."""

import re
import signal

import pytest
from playwright.sync_api import expect

from executor.clock import WallClock
from hedge_assets.health.incidents import Incident
from tests.browser import PHONE, chromium, hide, opened
from tests.ops.dashboard.desks import desk, freshen, keep_incidents, served, told, wait_until
from tests.ops.dashboard.slow_link import slow_link

HOSTILE = "<img src=x onerror=alert(1)>"
SECOND = 1_000_000


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def page(root):
    with served(root) as found:
        yield found


@pytest.fixture
def seen(browser, page, root):
    freshen(root)
    with opened(browser) as found:
        found.page.goto(page.address)
        live(found)
        yield found
        assert found.complaints == []
        assert [each for each in found.addresses if not each.startswith(page.address)] == []
    freshen(root)


def live(seen):
    expect(seen.page.locator("html")).to_have_attribute("data-link", "live")


def state(seen, name):
    return seen.page.locator(f"tr[data-file='{name}'] .state")


def words(seen):
    return set(seen.page.locator("main .state").all_inner_texts())


def test_a_well_desk_is_one_calm_line(seen):
    expect(seen.page.locator("#headline")).to_have_attribute("data-level", "ok")
    expect(seen.page.locator("#headline strong")).to_contain_text(re.compile(r"\d+ of \d+ files"))
    expect(seen.page.locator("#headline")).to_contain_text("replayed data", ignore_case=True)
    expect(seen.page.locator("#attention")).to_be_hidden()
    expect(seen.page.locator("#lost")).to_be_hidden()
    wait_until(lambda: words(seen) <= {"OK", "EMPTY", "WELL", "ENDED", "NOT SEEN"})
    expect(seen.page.locator("meter").first).to_be_visible()


def test_a_file_that_goes_and_comes_back_is_seen_without_a_reload(seen, root):
    seen.page.evaluate("window.same = true")
    expect(state(seen, "nav")).to_have_text("OK")
    (root / "state" / "nav.json").unlink()
    expect(state(seen, "nav")).to_have_text("MISSING")
    expect(seen.page.locator("#attention")).to_contain_text("dagster asset materialize --select nav")
    expect(seen.page.locator("#headline strong")).to_contain_text("nav is missing")
    expect(seen.page).to_have_title("✕ hedge")
    freshen(root)
    expect(state(seen, "nav")).to_have_text("OK")
    expect(seen.page.locator("#attention")).to_be_hidden()
    assert seen.page.evaluate("window.same") is True


def spoil(root, kind):
    path = root / "state" / "universe.json"
    if kind == "missing":
        path.unlink()
    elif kind == "invalid":
        told(path, schema={"name": HOSTILE, "version": 1})
    elif kind == "stale":
        told(path, written_ts="2026-01-01T00:00:00.000000Z")
    elif kind == "empty":
        told(path, status="empty", reason=HOSTILE)


@pytest.mark.parametrize("kind", ["ok", "empty", "stale", "missing", "invalid"])
def test_a_tile_has_five_states_each_with_a_word_and_a_sign_of_its_own(seen, root, kind):
    spoil(root, kind)
    expect(state(seen, "universe")).to_have_text(kind.upper())
    expect(state(seen, "universe")).to_have_attribute("data-state", kind)
    signs = {
        each: seen.page.evaluate(
            "name => { const made = document.createElement('span'); made.className = 'state'; made.dataset.state = name;"
            " document.body.append(made); const sign = getComputedStyle(made, '::before').content; made.remove(); return sign; }",
            each,
        )
        for each in ("ok", "empty", "stale", "missing", "invalid", "unknown", "late")
    }
    assert len(set(signs.values())) == len(signs)


@pytest.mark.parametrize("kind", ["invalid", "empty"])
def test_what_a_file_says_is_text_and_never_markup(seen, root, kind):
    spoil(root, kind)
    expect(seen.page.locator("tr[data-file='universe']")).to_contain_text(HOSTILE)
    assert seen.page.locator("img").count() == 0


def test_incidents_are_open_first_then_closed_with_how_long_and_what_healed_them(seen, root):
    now_us = WallClock().now_us()
    told = {"severity": "error", "seen_by": "watch", "reason": HOSTILE}
    ended = {"closed_us": now_us - 500 * SECOND, "healed_by": "a rebuild"}
    closed = Incident(id="a", cause="missing", subject="nav", opened_us=now_us - 540 * SECOND, **told, **ended)
    keep_incidents(root, [Incident(id="b", cause="disk_full", subject="disk", opened_us=now_us - 7300 * SECOND, **told), closed])
    rows = seen.page.locator("#incidents tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("OPEN")
    expect(rows.nth(0)).to_contain_text("2 h")
    expect(rows.nth(1)).to_contain_text("40 s")
    expect(rows.nth(1)).to_contain_text("a rebuild")
    assert seen.page.locator("img").count() == 0


def test_ages_are_counted_in_the_page(seen):
    written = seen.page.locator("tr[data-file='nav'] td[data-label='written']")
    before = written.inner_text()
    assert re.fullmatch(r"\d+ s", before)
    expect(written).not_to_have_text(before)


def test_a_narrow_screen_is_never_scrolled_sideways(browser, page):
    (page.root / "state" / "nav.json").unlink()
    with opened(browser, viewport=PHONE, color_scheme="light") as found:
        found.page.goto(page.address)
        live(found)
        expect(state(found, "nav")).to_be_visible()
        assert found.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    freshen(page.root)


def test_a_page_without_script_asks_again_by_itself_and_shows_moments_not_ages(browser, page):
    with opened(browser, java_script_enabled=False) as found:
        found.page.goto(page.address)
        assert "UTC" in found.page.locator("tr[data-file='nav'] td[data-label='written']").inner_text()
        with found.page.expect_navigation():
            pass


def test_a_hidden_page_hears_nothing_and_knows_nothing_until_it_is_seen_again(seen):
    hide(seen, hidden=True)
    assert words(seen) == {"UNKNOWN"}
    asked = len(seen.addresses)
    seen.page.wait_for_timeout(1_500)
    assert len(seen.addresses) == asked
    assert words(seen) == {"UNKNOWN"}
    hide(seen, hidden=False)
    live(seen)
    expect(state(seen, "nav")).to_have_text("OK")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_server_that_is_gone_or_stands_still_leaves_nothing_that_looks_true(browser, root, end):
    with opened(browser) as found, served(root) as page:
        found.page.goto(page.address)
        live(found)
        page.process.send_signal(end)
        expect(found.page.locator("#lost")).to_be_visible()
        expect(found.page.locator("#lost")).to_contain_text("LOST")
        assert found.page.locator("main #lost").count() == 0
        wait_until(lambda: words(found) == {"UNKNOWN"})
        expect(found.page.locator("#title-nav")).to_be_visible()
        expect(found.page).to_have_title("LOST · hedge")
        expect(found.page.locator("#headline strong")).to_have_text(re.compile("^Last heard: (?!Last heard)"))
        if end == signal.SIGSTOP:
            page.process.send_signal(signal.SIGCONT)
            back(found, root)
            return
        page.process.wait(120)
        with served(root, port=page.port):
            back(found, root)


def test_a_server_that_answers_late_is_waited_for_instead_of_asked_anew_for_ever(browser, page):
    """A first answer takes longer than a broken line is left alone; each question anew would begin the waiting anew."""
    with opened(browser) as found, slow_link(page.port) as link:
        found.page.goto(link.address)
        live(found)
        link.slow_s = 3.0
        link.cut()
        expect(found.page.locator("#lost")).to_be_visible()
        back(found, page.root)


def back(seen, root):
    freshen(root)  # what was written before somebody stood still may be late by now
    live(seen)
    expect(seen.page.locator("#lost")).to_be_hidden()
    expect(state(seen, "nav")).to_have_text("OK")
