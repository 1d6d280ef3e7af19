import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hedge_assets.watch.receivers import Webhook

ROOT = Path(__file__).parents[3]
CANARY = "c4n4rySecr3t"


@pytest.fixture
def hook():
    started = Webhook()
    yield started
    started.stop()


@pytest.fixture
def hedge(tmp_path):
    """The real command with these lines as `[alerts]`; its code and everything it said."""

    def run(words, *lines, **environ):
        path = tmp_path / "desk.toml"
        path.write_text("\n".join(["[alerts]", "timeout_s = 60.0", *lines]))
        done = subprocess.run(
            [sys.executable, "-c", "from hedge_assets.cli import main; main()", "alerts", *words],
            cwd=ROOT,
            env={**os.environ, "HEDGE_CONFIG": str(path), **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_every_channel_is_tried_and_named_and_one_that_fails_is_enough_to_fail(hedge, hook):
    ill = f"json://127.0.0.1:1/{CANARY}"
    code, said = hedge(["test"], f"channels = ['env:GOOD', '{ill}']", GOOD=f"{hook.address}{CANARY}")
    good, bad = said.splitlines()
    assert code == 1
    assert good.startswith("1 JSON (env:GOOD): sent in ")
    assert bad.startswith("2 JSON (settings): failed: A Connection error")
    assert CANARY not in said
    assert [got["title"] for got in hook.got] == ["hedge: a test"]


def test_one_channel_alone_can_be_tried(hedge, hook):
    code, said = hedge(["test", "--channel", "2"], f"channels = ['json://127.0.0.1:1/', '{hook.address}']")
    assert code == 0
    assert said.startswith("2 JSON (settings): sent in ")
    assert hedge(["test", "--channel", "3"], f"channels = ['{hook.address}']")[0] == 2


def test_without_channels_one_line_says_what_to_do(hedge):
    code, said = hedge(["test"])
    assert code == 78
    assert said.startswith("hedge: alerts.channels is empty")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("address", [f"slak://{CANARY}", CANARY, f"slack://{CANARY}"])
def test_a_channel_that_cannot_be_used_is_one_line_that_does_not_show_it(hedge, address):
    code, said = hedge(["test"], "channels = ['env:HOOK']", HOOK=address)
    assert code == 78
    assert said.startswith("hedge: alerts.channels[1] ")
    assert len(said.splitlines()) == 1
    assert CANARY not in said


def test_the_policy_is_said_in_words_without_addresses(hedge, hook):
    lines = [f"channels = ['{hook.address}{CANARY}']", "quiet_hours = '22:00-07:00'", "least = 'warn'", "deadman_url = 'env:PING'"]
    code, said = hedge(["show"], *lines, PING=f"https://ping.example.org/{CANARY}")
    assert code == 0
    assert said.splitlines() == [
        "channel 1 JSON (settings)",
        "Warnings and errors are told.",
        "What opens or closes within 5 s is one message, and an hour has at most 20 of them.",
        "What stays open is told again every 60 min.",
        "From 22:00 to 07:00 UTC only errors are told; the rest at their end, if still open.",
        "While all is well, a dead-man's ping is sent every 60 s.",
    ]
    assert hook.got == []
