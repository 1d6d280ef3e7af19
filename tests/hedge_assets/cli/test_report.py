"""`hedge report`: a file beside which nothing half-written lies, refusals in one line, and the documented exit codes."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from executor.clock import WallClock
from executor.errors import HedgeError
from hedge_assets.cli.report import Day, report
from hedge_assets.reporting.rendering import html
from hedge_assets.tables.days import day_of
from tests.browser import installed
from tests.hedge_assets.builders import DAY, HOUR, SECOND, T0, account, boot, heartbeat
from tests.hedge_assets.journals import write
from tests.hedge_assets.reporting.days import reported
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled


def run(*words, path=None):
    done = CliRunner().invoke(report, [str(word) for word in words], env={} if path is None else {"PATH": str(path)})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return journaled(tmp_path_factory.mktemp("story"))


def test_a_day_is_one_file_named_after_account_and_day(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("--day", FIRST, "--no-pdf", "--data", place.root)
    assert (done.exit_code, done.output) == (0, "report: hedge-paper-2026-01-05.html\n")
    assert [path.name for path in tmp_path.iterdir()] == ["hedge-paper-2026-01-05.html"]
    assert (tmp_path / "hedge-paper-2026-01-05.html").read_text("utf-8") == html(reported(place, FIRST))


def test_the_account_in_a_files_name_is_plain(tmp_path, monkeypatch):
    write(tmp_path, [boot(T0, account="../my account", time="wall"), account(T0), heartbeat(T0 + 1)])
    monkeypatch.chdir(tmp_path)
    assert run("--day", FIRST, "--no-pdf", "--data", tmp_path).output == "report: hedge-my-account-2026-01-05.html\n"


def test_a_pdf_lies_beside_it_where_there_is_a_chromium(place, tmp_path):
    if installed() is None:
        pytest.skip("no chromium here; apt-get install -y --no-install-recommends chromium")
    done = run("--day", FIRST, "--panel", "nav", "--out", tmp_path / "out" / "a.html", "--data", place.root)
    assert done.output.splitlines() == [f"report: {tmp_path}/out/a.html", f"pdf: {tmp_path}/out/a.pdf"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.html", "a.pdf"]
    assert (tmp_path / "out" / "a.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(("asked", "code"), [((), 0), (("--pdf",), 1)])
def test_without_a_chromium_the_file_stands_and_a_line_says_so(place, tmp_path, asked, code):
    done = run("--day", FIRST, "--panel", "nav", "--out", tmp_path / "a.html", "--data", place.root, *asked, path=tmp_path)
    assert done.exit_code == code
    assert "no PDF: none of chromium, chromium-browser, google-chrome is on the path" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize(("asked", "code"), [((), 0), (("--pdf",), 1)])
def test_when_printing_fails_the_file_stands_and_a_line_says_why(place, tmp_path, asked, code):
    broken = tmp_path / "bin" / "chromium"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho out of paper\nexit 1\n")
    broken.chmod(0o700)
    done = run("--day", FIRST, "--panel", "nav", "--out", tmp_path / "a.html", "--data", place.root, *asked, path=broken.parent)
    assert done.exit_code == code
    assert "made no PDF of a.html: out of paper" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "bin"]


def test_one_panel_alone_can_be_asked_for(place, tmp_path):
    assert run("--day", SECOND_DAY, "--panel", "risk", "--no-pdf", "--out", tmp_path / "a.html", "--data", place.root).exit_code == 0
    text = (tmp_path / "a.html").read_text("utf-8")
    assert 'id="risk"' in text
    assert 'id="nav"' not in text


def test_a_moment_of_the_day_may_be_its_end(place, tmp_path):
    words = ("--day", FIRST, "--as-of", "2026-01-05T00:12:10Z", "--no-pdf", "--out", tmp_path / "a.html", "--data", place.root)
    assert run(*words).exit_code == 0
    assert (tmp_path / "a.html").read_text("utf-8") == html(reported(place, FIRST, as_of_us=T0 + 730 * SECOND))


def test_today_goes_up_to_now(tmp_path, monkeypatch):
    now_us = WallClock().now_us()
    monkeypatch.setattr(WallClock, "now_us", lambda _: now_us)  # midnight is no matter here
    write(
        tmp_path, [boot(now_us - HOUR, time="wall"), account(now_us - HOUR), heartbeat(now_us - HOUR), account(now_us), heartbeat(now_us)]
    )
    done = run("--day", day_of(now_us), "--no-pdf", "--out", tmp_path / "a.html", "--data", tmp_path)
    assert done.exit_code == 0
    assert "The day is not over: this is as of" in (tmp_path / "a.html").read_text("utf-8")


def test_words_for_days(monkeypatch):
    monkeypatch.setattr(WallClock, "now_us", lambda _: T0)
    assert Day().convert("today", None, None) == FIRST
    assert Day().convert("yesterday", None, None) == FIRST - timedelta(days=1)
    assert Day().convert("2026-01-05", None, None) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--day", "noon"), "'noon' is not a day; write it like 2026-01-05, or today, or yesterday"),
        ((), "Missing option '--day'"),
        (("--day", FIRST, "--panel", "moon"), "--panel was 'moon', known are nav, "),
        (("--day", FIRST, "--as-of", "2026-01-06T00:00:00Z"), "--as-of must be a moment of 2026-01-05 that is not ahead"),
    ],
)
def test_wrong_usage_ends_with_2(place, words, said):
    done = run(*words, "--data", place.root)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-01-04", "2026-01-04 is before the journals' first day, 2026-01-05; name a day from"),
        ("2999-01-01", "2999-01-01 has not begun"),
    ],
)
def test_a_day_outside_the_journals_is_refused_in_a_line_and_writes_nothing(place, tmp_path, day, said):
    with pytest.raises(HedgeError, match=said) as refused:
        run("--day", day, "--out", tmp_path / "a.html", "--data", place.root)
    assert refused.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_without_journals_is_refused(tmp_path):
    with pytest.raises(HedgeError, match="no journals at"):
        run("--day", FIRST, "--data", tmp_path)


def test_a_report_with_a_hole_says_so_and_ends_with_1(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), account(T0, "-5"), heartbeat(T0 + 1), account(T0 + DAY), heartbeat(T0 + DAY)])
    done = run("--day", FIRST, "--no-pdf", "--out", tmp_path / "a.html", "--data", tmp_path)
    assert done.exit_code == 1
    assert "nav is not in it: check nav_above_zero: nav_usd was -5.0" in done.output
    assert "It could not be made: check nav_above_zero" in (tmp_path / "a.html").read_text("utf-8")
