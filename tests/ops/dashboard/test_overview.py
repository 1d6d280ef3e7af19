"""A desk with several accounts in a real browser: who needs somebody, what the desk is worth, and the way to each account."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from executor.clock import WallClock
from hedge_assets.catalog import scan_desk
from hedge_assets.place import places_of, whole_of
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.refreshing.whole_desk import refresh_desk
from tests.browser import PHONE, chromium, opened
from tests.ops.dashboard.desks import ROOT, served, told, wait_until
from tests.runs import FLAGS, NAMES, STATES

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "desk.toml"
    path.write_text("[accounts.alpha]\nseed = 1\n[accounts.beta]\nseed = 2\n[accounts.beta.paper]\nbalance_usd = 5000.0\n")
    return path


@pytest.fixture(scope="module")
def environ(config, tmp_path_factory):
    root = tmp_path_factory.mktemp("desk")
    run = ["run", "--data", str(root), "--config", str(config), "--speed", "max", "--loops", "40", "--metrics-port", "0"]
    for name in ("alpha", "beta"):
        subprocess.run([sys.executable, "-m", "executor", *run, "--account", name], cwd=ROOT, check=True, capture_output=True)
    return {"HEDGE_CONFIG": str(config), "HEDGE_DATA": str(root)}


@pytest.fixture
def places(environ):
    found = places_of(environ)
    for place in found:
        refresh(place, STATES, NAMES, clock=WallClock(), flags=FLAGS)
    states = scan_desk()
    wanted = [state.name for state in states]
    refresh_desk(whole_of(found), states, wanted, accounts=found, states=STATES, clock=WallClock(), flags=FLAGS)
    return found


@pytest.fixture(scope="module")
def page(environ, config):
    with served(Path(environ["HEDGE_DATA"]), "--dagster", "http://127.0.0.1:3000", environ={"HEDGE_CONFIG": str(config)}) as found:
        yield found


@pytest.fixture
def seen(browser, page, places):
    with opened(browser) as found:
        found.page.goto(page.address)
        expect(found.page.locator("html")).to_have_attribute("data-link", "live")
        yield found
        assert found.complaints == []
        assert [each for each in found.addresses if not each.startswith(page.address)] == []


def row(seen, account):
    return seen.page.locator(f"tr[data-account='{account}']")


def test_the_desk_is_worth_its_accounts_and_every_number_says_how_old_it_is(seen, places):
    expect(seen.page.locator("#sums")).to_contain_text("desk_nav.json")
    expect(seen.page.locator("#headline .money")).to_contain_text("alpha: nobody trades")
    expect(seen.page.locator("#sums time").first).to_be_visible()
    expect(row(seen, "alpha")).to_contain_text("USD")
    expect(row(seen, "beta").locator("td[data-label='NAV']")).to_contain_text("USD")


def test_what_is_wrong_with_one_account_is_the_first_line_with_its_name_and_a_cure_that_names_it(seen, places):
    (places[1].state / "nav.json").unlink()
    expect(seen.page.locator("#headline")).to_contain_text("beta: nav is missing")
    expect(seen.page.locator("#headline code")).to_have_text("""dagster asset materialize --select 'key:"beta/nav"'""")
    expect(row(seen, "beta").locator(".state")).to_have_text("ACT")
    expect(row(seen, "beta").locator("td[data-label='NAV']")).to_have_text("—")


def test_each_account_has_its_own_page_which_leads_back_and_to_its_own_assets(seen, page):
    row(seen, "alpha").get_by_role("link").click()
    expect(seen.page).to_have_url(f"{page.address}/accounts/alpha/")
    expect(seen.page.locator("html")).to_have_attribute("data-link", "live")
    expect(seen.page.locator(".root")).to_contain_text("accounts/alpha")
    expect(seen.page.locator("#panel-nav .source a").first).to_have_attribute("href", "http://127.0.0.1:3000/assets/alpha/nav")
    seen.page.get_by_role("link", name="all accounts").click()
    expect(seen.page).to_have_url(f"{page.address}/")


def test_what_a_file_says_is_text(seen, places):
    path = places[0].state / "nav.json"
    told(path, account=EVIL)
    expect(row(seen, "alpha")).to_contain_text("onerror")
    assert seen.page.locator("img").count() == 0


def test_it_fits_a_phone(browser, page, places):
    with opened(browser, viewport=PHONE) as found:
        found.page.goto(page.address)
        expect(found.page.locator("html")).to_have_attribute("data-link", "live")
        assert found.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_programs_are_told_of_every_account(page, places):
    wait_until(lambda: set(page.get("/health.json").json()["accounts"]) == {"alpha", "beta", "desk"})
    assert page.get("/accounts/beta/health.json").json()["files"]
    assert page.get("/accounts/gamma/").status_code == 404


def test_one_account_with_a_name_has_a_page_of_its_own_below_that_of_the_desk(environ, tmp_path):
    (tmp_path / "one.toml").write_text("[accounts.alpha]\nseed = 1\n")
    with served(Path(environ["HEDGE_DATA"]), environ={"HEDGE_CONFIG": str(tmp_path / "one.toml")}) as page:
        assert "data-account='alpha'" in page.get("/").text.replace('"', "'")
        assert page.get("/accounts/alpha/health.json").json()["files"]
