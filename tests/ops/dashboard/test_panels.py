"""What an operator sees of the panels, by a real browser: five states each, curves that can be read, nobody left out."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hedge_assets.catalog import scan
from hedge_assets.showing.panels import scan as panels
from hedge_assets.store import replace
from tests.browser import PHONE, Seen, chromium, hide, opened
from tests.ops.dashboard.desks import desk, freshen, served, told, wait_until
from tests.ops.dashboard.test_page import live

FILES = {state.name: state.spec.file for state in scan()}
PANELS = panels()
PAST = "2026-01-01T00:00:00.000000Z"
HIDDEN = "hidden => Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return desk(tmp_path_factory.mktemp("desk"), loops=1_500)


@pytest.fixture(scope="module")
def page(root):
    with served(root) as found:
        yield found


@pytest.fixture(params=["dark"])
def seen(browser, page, root, request) -> Iterator[Seen]:
    freshen(root)
    with opened(browser, color_scheme=request.param) as found:
        found.page.goto(page.address)
        live(found)
        yield found
        assert found.complaints == []
        assert not [each for each in found.addresses if "/picture/" in each]
        assert [each for each in found.addresses if not each.startswith(page.address)] == []
    freshen(root)


def spoiled(root, name, kind):
    """Make one state file what an operator may meet."""
    path = root / "state" / FILES[name]
    if kind == "missing":
        path.unlink()
    elif kind == "invalid":
        replace(path, path.read_bytes()[:-40], durable=False)
    elif kind == "stale":
        told(path, written_ts=PAST)
    elif kind == "empty":
        told(path, status="empty", reason="a quiet weekend")


def head(seen, key):
    return seen.page.locator(f"#head-{key}")


def body(seen, key):
    return seen.page.locator(f"#body-{key}")


def block(seen, key, caption):
    """One block of a panel by its name, open or closed."""
    return body(seen, key).locator("details").filter(has=seen.page.locator("summary", has_text=caption))


def close(found):
    """As a reader does."""
    found.locator("summary").click()
    expect(found).not_to_have_attribute("open", "")


@pytest.mark.parametrize("kind", ["empty", "stale", "missing", "invalid"])
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_a_panel_shows_at_once_what_became_of_its_file_and_its_numbers_never_look_fresh(seen, root, panel, kind):
    expect(head(seen, panel.key).locator(".state").first).to_have_text(re.compile("OK|EMPTY"))
    spoiled(root, panel.states[0], kind)
    expect(head(seen, panel.key).locator(".state").first).to_have_text(kind.upper())
    expect(seen.page.locator(f"#tour a[href='#panel-{panel.key}'] + .state")).to_have_text(kind.upper())
    shown = body(seen, panel.key)
    if kind == "stale":
        expect(head(seen, panel.key)).to_contain_text("OLD NUMBERS")
        expect(shown).to_have_css("filter", re.compile("grayscale"))
    if kind in ("missing", "invalid"):
        assert shown.inner_text().strip() == ""
    if kind != "empty":
        expect(head(seen, panel.key)).to_contain_text("materialize --select")
        expect(seen.page.locator("#headline")).to_have_attribute("data-level", "error")
    else:
        expect(head(seen, panel.key)).to_contain_text("a quiet weekend")


def test_a_number_that_changes_in_a_file_changes_on_the_open_page(seen, root):
    path = root / "state" / "risk_snapshot.json"
    expect(body(seen, "risk")).not_to_contain_text("7.77 x")
    told(path, leverage=7.77)
    expect(body(seen, "risk")).to_contain_text("7.77 x")


def test_curves_are_drawn_read_by_the_mouse_and_by_keyboard_and_keep_their_range(seen):
    chart = seen.page.locator("[data-chart='nav']")
    expect(chart.locator("canvas")).to_have_count(2)
    seen.page.get_by_label("1 h", exact=True).check()
    chart.focus()
    seen.page.keyboard.press("ArrowLeft")
    readout = chart.locator(".u-legend").first
    expect(readout).to_contain_text(re.compile(r"live:?\s*[\d,]+\.\d\d USD"))
    expect(readout).to_contain_text("UTC")
    before = readout.inner_text()
    for _ in range(10):
        seen.page.keyboard.press("ArrowLeft")
    assert readout.inner_text() != before
    seen.page.keyboard.press("+")
    seen.page.keyboard.press("0")
    seen.page.reload()
    live(seen)
    expect(seen.page.get_by_label("1 h", exact=True)).to_be_checked()
    expect(seen.page.locator("[data-chart='nav'] canvas")).to_have_count(2)


def test_what_a_reader_closed_stays_closed_when_its_numbers_change(seen, root):
    close(block(seen, "risk", "Vetoes by rule"))
    told(root / "state" / "risk_snapshot.json", leverage=6.66)
    expect(body(seen, "risk")).to_contain_text("6.66 x")
    expect(block(seen, "risk", "Vetoes by rule")).not_to_have_attribute("open", "")


def test_what_a_reader_closed_stays_closed_when_its_file_was_gone_and_came_back(seen, root):
    close(block(seen, "risk", "Vetoes by rule"))
    spoiled(root, "risk_snapshot", "invalid")
    expect(block(seen, "risk", "Vetoes by rule")).to_have_count(0)
    freshen(root)
    expect(block(seen, "risk", "Vetoes by rule")).not_to_have_attribute("open", "")
    expect(block(seen, "risk", "Exposure against limits")).to_have_attribute("open", "")


def test_what_a_reader_closed_stays_closed_when_another_block_comes_before_it(seen, root):
    close(block(seen, "suggestions", "What was applied"))
    (root / "state" / FILES["allocator_suggestions"]).unlink()
    expect(block(seen, "suggestions", "Weights")).to_have_count(0)
    expect(block(seen, "suggestions", "What was applied")).not_to_have_attribute("open", "")
    freshen(root)
    expect(block(seen, "suggestions", "Weights")).to_have_count(1)
    expect(block(seen, "suggestions", "What was applied")).not_to_have_attribute("open", "")


def test_a_chart_keeps_its_place_when_its_panel_is_pushed_anew(seen, root):
    canvas = seen.page.locator("[data-chart='nav'] canvas").first
    expect(canvas).to_be_visible()
    canvas.evaluate("node => { node.dataset.mine = 'yes'; }")
    path = root / "state" / "nav.json"
    told(path, margin_usd=1.0, available_usd=2.0, wallet_usd=4242.42)
    expect(body(seen, "nav")).to_contain_text("4,242.42 USD")
    expect(canvas).to_have_attribute("data-mine", "yes")


def asked_for(canvas, version):
    """Ask for the curves of a chart as if the server had said that there are others; the picture there is, by a mark of ours."""
    canvas.evaluate("node => { node.dataset.mine = 'yes'; }")
    canvas.evaluate("(node, version) => { node.closest('.plot').dataset.version = version; Charts.refresh(Date.now() / 1000); }", version)


def test_a_late_answer_to_an_older_question_draws_over_no_newer_curve(seen):
    canvas, late = seen.page.locator("[data-chart='nav'] canvas").first, []
    expect(canvas).to_be_visible()
    seen.page.route(re.compile("v=older"), lambda route: late.append(route))  # noqa: PLW0108 - playwright wants a function
    asked_for(canvas, "older")
    asked_for(canvas, "newer")
    expect(canvas).not_to_have_attribute("data-mine", "yes")
    canvas.evaluate("node => { node.dataset.mine = 'yes'; }")
    with seen.page.expect_response(re.compile("v=older")) as answer:
        late[0].continue_()
    answer.value.finished()
    seen.page.wait_for_timeout(500)
    expect(canvas).to_have_attribute("data-mine", "yes")


def audited(seen) -> list[str]:
    """Whom the page as it stands shuts out; while that is asked, which takes long, it neither loses its server nor finds it again."""
    was_hidden = seen.page.evaluate("document.hidden")
    seen.page.evaluate(HIDDEN, True)  # its clock stands still
    found = Axe().run(seen.page, options=RULES).response["violations"]
    seen.page.evaluate(HIDDEN, was_hidden)
    return [f"{each['id']}: {node['target']} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("seen", ["dark", "light"], indirect=True)
def test_an_audit_finds_nobody_shut_out_when_all_is_well_when_much_is_not_and_when_nothing_is_heard(seen, root):
    expect(seen.page.locator("[data-chart='nav'] canvas").first).to_be_visible()
    assert audited(seen) == []
    for name, kind in (("nav", "stale"), ("positions", "missing"), ("risk_snapshot", "invalid"), ("expectancy", "empty")):
        spoiled(root, name, kind)
    expect(head(seen, "risk").locator(".state").first).to_have_text("INVALID")
    assert audited(seen) == []
    hide(seen, hidden=True)
    expect(seen.page.locator("#lost")).to_be_visible()
    assert audited(seen) == []


def test_on_a_phone_nothing_is_scrolled_sideways_and_the_line_comes_first(browser, page):
    with opened(browser, viewport=PHONE, is_mobile=True, has_touch=True) as seen:
        seen.page.goto(page.address)
        live(seen)
        expect(seen.page.locator("[data-chart='nav'] canvas").first).to_be_visible()
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        wait_until(lambda: seen.page.locator("#headline").bounding_box()["y"] < 120)
        assert audited(seen) == []


def test_everything_is_reached_by_tab_in_the_order_of_reading(seen):
    seen.page.keyboard.press("Tab")
    places = []
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        places.append(seen.page.evaluate("(e => [e.tagName, Math.round(e.getBoundingClientRect().top + scrollY)])(document.activeElement)"))
    names = [name for name, _ in places]
    assert {"A", "INPUT", "SUMMARY", "DIV"} <= set(names)
    chart = seen.page.locator("[data-chart='nav']")
    assert chart.get_attribute("tabindex") == "0"
