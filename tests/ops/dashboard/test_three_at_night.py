"""Three in the morning: what is wrong, since when, and what to do stand in the first line, whatever broke."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from executor.clock import FixedClock, WallClock
from executor.pulse import Pulse, write_pulse
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.browser import Seen, chromium, opened
from tests.ops.dashboard.desks import ROOT, desk, freshen, served, told
from tests.ops.dashboard.test_page import live
from tests.runs import FLAGS, NAMES, STATES

SECOND = 1_000_000


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@contextmanager
def looked_at(browser, root: Path, environ: dict[str, str] | None = None) -> Iterator[Seen]:
    with served(root, environ=environ) as page, opened(browser) as seen:
        seen.page.goto(page.address)
        live(seen)
        yield seen
        assert seen.complaints == []


def answered(seen: Seen, *, what: str, do: str, since: bool = True) -> None:
    """The first line says what is wrong, since when and what to do."""
    line = seen.page.locator("#headline")
    expect(line).to_have_attribute("data-level", "error")
    expect(line.locator("strong")).to_contain_text(what)
    expect(line.locator("code")).to_contain_text(do)
    if since:
        expect(line.locator(".fact").first).to_contain_text("since")


@contextmanager
def trading(root: Path, *arguments: str) -> Iterator[subprocess.Popen]:
    """An executor in real time, ended with the block."""
    command = [sys.executable, "-m", "executor", "run", "--data", str(root), "--feed", "synthetic", "--metrics-port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_the_executor_was_killed(browser, tmp_path):
    with trading(tmp_path) as executor:
        freshen(tmp_path)
        with looked_at(browser, tmp_path) as seen:
            expect(seen.page.locator("#services article").first).to_contain_text("LOOPING", ignore_case=True)
            os.kill(executor.pid, signal.SIGKILL)
            executor.wait(120)
            answered(seen, what="executor dead (executor): nobody holds its lock", do="start it: hedge up")
            expect(seen.page.locator("#services article").first).to_contain_text("EXECUTOR DEAD", ignore_case=True)


def test_somebody_halted_it_and_no_line_says_that_all_is_well(browser, tmp_path):
    with trading(tmp_path):
        freshen(tmp_path)
        asked = [sys.executable, "-m", "executor", "halt", "--data", str(tmp_path), "--reason", "venue maintenance"]
        subprocess.run(asked, cwd=ROOT, check=True, capture_output=True)
        with looked_at(browser, tmp_path) as seen:
            line = seen.page.locator("#headline")
            expect(line.locator("strong")).to_contain_text("trading halted (executor): no new risk is taken, operator: venue maintenance")
            expect(line).to_have_attribute("data-level", "warn")
            expect(line.locator("code")).to_contain_text("executor resume")


def test_dagster_died_an_hour_ago_and_every_number_of_it_is_called_old(browser, tmp_path):
    an_hour_ago = WallClock().now_us() - 3_600 * SECOND
    with trading(tmp_path):
        refresh(Place(root=tmp_path), STATES, NAMES, clock=FixedClock(an_hour_ago), flags=FLAGS)
        pulse = Pulse(service="dagster", pid=2**22, at_us=an_hour_ago, started_us=an_hour_ago - SECOND, turned_us=an_hour_ago)
        write_pulse(Place(root=tmp_path).tables, pulse)
        os.utime(Place(root=tmp_path).tables / "pulse.json", (an_hour_ago / 1e6, an_hour_ago / 1e6))
        with looked_at(browser, tmp_path) as seen:
            answered(seen, what="daemon silent (dagster)", do="hedge up", since=True)
            for key in ("nav", "risk", "execution"):
                expect(seen.page.locator(f"#head-{key}")).to_contain_text("OLD NUMBERS")


def test_the_disk_is_full(browser, tmp_path):
    desk(tmp_path / "logs")
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[health]\ndisk_fail_bytes = {1 << 49}\ndisk_warn_bytes = {1 << 50}\n")
    with looked_at(browser, tmp_path / "logs", {"HEDGE_CONFIG": str(settings)}) as seen:
        answered(seen, what="disk full (disk)", do="free space under the data root")


def test_one_file_is_corrupt_and_the_others_still_speak(browser, tmp_path):
    desk(tmp_path)
    path = tmp_path / "state" / "risk_snapshot.json"
    path.write_bytes(path.read_bytes()[:200] + b"\x00" + path.read_bytes()[201:])
    with looked_at(browser, tmp_path) as seen:
        answered(seen, what="risk_snapshot is invalid", do="dagster asset materialize --select risk_snapshot")
        expect(seen.page.locator("#head-nav")).to_contain_text("risk_snapshot is invalid: what it adds here is not shown")
        expect(seen.page.locator("#body-nav")).to_contain_text("100,000 USD")
        expect(seen.page.locator("#body-risk")).to_be_empty()


def test_the_market_crashed_and_the_numbers_say_what_it_cost(browser, tmp_path):
    run = ["run", "--data", str(tmp_path), "--feed", "synthetic", "--scenario", "flash_crash", "--speed", "max", "--loops", "1500"]
    subprocess.run([sys.executable, "-m", "executor", *run, "--metrics-port", "0"], cwd=ROOT, check=True, capture_output=True)
    freshen(tmp_path)
    nav = json.loads((tmp_path / "state" / "nav.json").read_text())
    assert nav["max_drawdown_frac"] > 0
    with looked_at(browser, tmp_path) as seen:
        expect(seen.page.locator("#body-nav")).to_contain_text(f"worst ever {100 * nav['max_drawdown_frac']:.1f} %")
        expect(seen.page.locator("#body-risk")).to_contain_text("drawdown")


def test_thirty_symbols_fit_and_none_is_lost(browser, tmp_path):
    desk(tmp_path, loops=300)
    path = tmp_path / "state" / "positions.json"
    price = dict.fromkeys(("entry_price", "mark_price", "liquidation_price", "notional_usd"), 100.5)
    unknown = dict.fromkeys(("opened_ts", "age_s", "strategy", "entry_reason", "fees_usd", "funding_usd", "fills"))
    shares = {"unrealised_usd": 1.5, "unrealised_frac": 0.01, "liquidation_distance_frac": 0.2}
    held = {"side": "long", "qty": 1.5, "leverage": 5, **price, **unknown, **shares}
    rows = [{**held, "symbol": f"COIN{number:02d}USDT"} for number in range(30)]
    told(path, status="ok", n=30, reason=None, positions=rows)
    with looked_at(browser, tmp_path) as seen:
        table = seen.page.locator("#body-positions table").first
        expect(table.locator("tbody tr")).to_have_count(30)
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
