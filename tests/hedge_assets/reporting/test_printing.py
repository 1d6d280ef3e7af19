"""A PDF is whole or is not there; what prints it is ended, and nothing of it is left."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from hedge_assets.reporting.printing import NAMES, Unprinted, browser, dated, pdf
from hedge_assets.reporting.rendering import html
from tests.browser import NAMES as TRIED
from tests.hedge_assets.builders import T0
from tests.hedge_assets.reporting.days import reported
from tests.hedge_assets.tabled import FIRST, journaled

PAGE = re.compile(rb"/Type /Page\b(?!s)")


def program(folder, body: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return str(path)


def test_a_day_is_printed_a_panel_a_page_and_the_same_again(tmp_path):
    found = browser()
    if found is None:
        pytest.skip("no chromium here; apt-get install -y --no-install-recommends chromium")
    path = tmp_path / "a day.html"
    path.write_text(html(reported(journaled(tmp_path / "desk"), FIRST)), "utf-8")
    content = pdf(path, program=found, dated_us=T0)
    assert content == pdf(path, program=found, dated_us=T0)
    assert (content[:5], content.rstrip()[-5:]) == (b"%PDF-", b"%%EOF")
    assert len(PAGE.findall(content)) >= 10  # the paragraph, eight panels, the proof
    assert content.count(b"(D:20260105000000") == 2
    if shutil.which("pdftotext"):
        (tmp_path / "a.pdf").write_bytes(content)
        text = subprocess.run(["pdftotext", str(tmp_path / "a.pdf"), "-"], capture_output=True, text=True, check=True).stdout
        assert "It earned 45.83 USD" in " ".join(text.split())


def test_a_browser_that_makes_nothing_is_quoted(tmp_path):
    with pytest.raises(Unprinted, match=r"made no PDF of page.html: no room\? for me"):
        pdf(tmp_path / "page.html", program=program(tmp_path, "echo 'no room? for me'; exit 3"), dated_us=T0)


def test_what_is_cut_off_is_no_pdf(tmp_path):
    torn = program(tmp_path, 'for each in "$@"; do case $each in --print-to-pdf=*) printf "%%PDF-1.4 half" > "${each#*=}";; esac; done')
    with pytest.raises(Unprinted, match="it said nothing"):
        pdf(tmp_path / "page.html", program=torn, dated_us=T0)


def test_what_cannot_be_started_is_said(tmp_path):
    with pytest.raises(Unprinted, match="cannot be started: No such file or directory"):
        pdf(tmp_path / "page.html", program=str(tmp_path / "nothing"), dated_us=T0)


def test_a_browser_that_hangs_is_ended_with_all_it_started(tmp_path):
    pids = tmp_path / "pids"
    slow = program(tmp_path, f"sleep 300 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; wait")
    for timeout_s in (1, 10, 60):  # on a busy machine a second is over before anything was started
        with pytest.raises(Unprinted, match=f"was not done within {timeout_s} s and was ended"):
            pdf(tmp_path / "page.html", program=slow, dated_us=T0, timeout_s=timeout_s)
        if pids.is_file():
            break
    until = time.monotonic() + 60
    while any(is_running(int(pid)) for pid in pids.read_text().split()):
        assert time.monotonic() < until
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_date_takes_the_place_of_another_and_moves_nothing():
    before = b"<< /CreationDate (D:20261128163000+00'00')\n/ModDate (D:20261128163000+00'00')>>"
    after = dated(before, T0)
    assert after == b"<< /CreationDate (D:20260105000000+00'00')\n/ModDate (D:20260105000000+00'00')>>"
    assert len(after) == len(before)


def test_it_is_looked_for_under_the_names_that_tests_know():
    assert set(NAMES) == set(TRIED)
