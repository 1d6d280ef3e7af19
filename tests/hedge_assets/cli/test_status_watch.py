"""`hedge status --watch` as an operator's real terminal and a program's real pipe meet it."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from hedge_assets.store import replace
from tests.hedge_assets.builders import DAY
from tests.hedge_assets.cli.test_status import desk

HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()"]
PATIENCE_S = 120.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def started():
    """Starts `hedge status --watch` with more words; whatever still runs at the end is ended."""
    running = []

    def start(root, *words, out=subprocess.PIPE, **environ):
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        process = subprocess.Popen(
            [*HEDGE, "status", "--watch", "--data", str(root), *words], stdout=out, text=out == subprocess.PIPE, env=plain | environ
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def replayed(root):
    """A desk that is well for minutes: facts of the wall's time grow old while a process begins to look at them."""
    return desk(root, time="feed", before_us=DAY)


def line_with(process, words):
    for line in process.stdout:
        if words in line:
            return line
    return ""


def test_a_program_sees_a_file_go_and_come_back_line_by_line(tmp_path, started):
    nav = replayed(tmp_path) / "state" / "nav.json"
    content = nav.read_bytes()
    process = started(tmp_path, "--json")
    assert json.loads(process.stdout.readline())["healthy"]
    nav.unlink()
    ill = json.loads(line_with(process, '"missing"'))
    again = json.loads(process.stdout.readline())
    since = [next(row for row in look["files"] if row["name"] == "nav")["since_us"] for look in (ill, again)]
    assert since == [ill["at_us"]] * 2
    assert again["at_us"] > ill["at_us"]
    replace(nav, content, durable=False)
    assert line_with(process, '"healthy":true')
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0


def test_a_pipe_hears_of_changes_only_and_ctrl_c_ends_with_the_last_looks_code(tmp_path, started):
    nav = replayed(tmp_path) / "state" / "nav.json"
    process = started(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\d+) of \1 files are well\n", process.stdout.readline())
    replace(nav, b"{", durable=False)
    line = next(line for line in process.stdout if "empty" not in line)
    assert re.search(r"Z nav invalid: not JSON", line)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 1
    assert "nav" not in process.stdout.read()


def shown(process, handle, words):
    """What came over the terminal until a word was there."""
    text = ""
    until_s = time.monotonic() + PATIENCE_S
    while words not in ESCAPES.sub("", text) and time.monotonic() < until_s and process.poll() is None:
        if select.select([handle], [], [], 0.5)[0]:
            text += os.read(handle, 65_536).decode()
    return text


@pytest.mark.parametrize(("environ", "red"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_is_drawn_over_in_colour_unless_none_is_wanted(tmp_path, started, environ, red):
    root = replayed(tmp_path)
    ours, theirs = pty.openpty()
    try:
        process = started(root, out=theirs, TERM="xterm-256color", COLUMNS="150", LINES="60", **environ)
        assert "files are well" in ESCAPES.sub("", shown(process, ours, "files are well"))
        (root / "state" / "nav.json").unlink()
        text = shown(process, ours, "missing")
        assert "missing" in ESCAPES.sub("", text)
        assert "\x1b[1A" in text
        assert ("\x1b[31m" in text) == red
        process.send_signal(signal.SIGINT)
        shown(process, ours, "\0")  # what it draws until it ends: nobody ends who is not listened to
        assert process.wait(PATIENCE_S) == 1
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_short_terminal_shows_what_is_ill_and_counts_the_rest(tmp_path, started):
    root = replayed(tmp_path)
    (root / "state" / "nav.json").unlink()
    ours, theirs = pty.openpty()
    try:
        process = started(root, out=theirs, TERM="xterm", COLUMNS="150", LINES="16")
        text = ESCAPES.sub("", shown(process, ours, "files are well"))
        assert "no file state/nav.json" in text
        assert "router_health" not in text
    finally:
        os.close(ours)
        os.close(theirs)
