"""The real watch, from a fault to a phone: a process, a webhook that takes it, one that refuses it, and somebody who misses its pings."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hedge_assets.watch.receivers import Webhook, until

ROOT = Path(__file__).parents[3]
HEDGE = [sys.executable, "-c", "from hedge_assets.cli import main; main()", "watch", "--port", "0"]
CANARY = "c4n4rySecr3t"
ILL = "disk_warn_bytes = 1_000_000_000_000_000\ndisk_fail_bytes = 1_000_000_000_000_000"


@pytest.fixture
def hooks():
    """One that takes everything, one that forbids everything, one that is pinged."""
    started = Webhook(), Webhook(status=403), Webhook()
    yield started
    for each in started:
        each.stop()


@pytest.fixture
def watch(tmp_path):
    """Starts a watch with these settings; it is ended when the test is."""
    started = []

    def start(settings, **environ):
        path = tmp_path / "desk.toml"
        path.write_text(settings)
        (tmp_path / "logs").mkdir(exist_ok=True)
        told = {**os.environ, "HEDGE_CONFIG": str(path), **environ}
        command = [*HEDGE, "--data", str(tmp_path / "logs")]
        process = subprocess.Popen(command, cwd=ROOT, env=told, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_fault_reaches_a_channel_though_another_forbids_it_and_no_address_is_shown_anywhere(watch, hooks, tmp_path):
    good, bad, dead = hooks
    path = tmp_path / "hook"
    path.write_text(f"json://u:{CANARY}@127.0.0.1:{bad.port}/{CANARY}")
    path.chmod(0o600)
    lines = f"gather_s = 0.2\nchannels = ['file:{path}', 'env:HOOK']\ndeadman_url = 'env:PING'"
    urls = {"HOOK": f"json://127.0.0.1:{good.port}/{CANARY}", "PING": f"http://127.0.0.1:{dead.port}/{CANARY}"}
    process = watch(f"[health]\n{ILL}\n[alerts]\n{lines}\n", **urls)
    assert until(lambda: good.got and len(bad.paths) >= 2)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert good.got[0]["title"].startswith("ERROR disk_full (disk) since ")
    pulse = json.loads((tmp_path / "logs" / "watch" / "pulse.json").read_bytes())
    assert pulse["note"]["alerts_sent"] >= 1
    assert pulse["note"]["alerts_error"].startswith("1 JSON (file:")
    assert dead.paths == []
    kept = "".join(each.read_text() for each in (tmp_path / "logs").rglob("*") if each.is_file())
    assert CANARY not in out + err + kept


@pytest.mark.parametrize("line", ["channels = ['env:HOOK']", "deadman_url = 'env:HOOK'", "quiet_hours = 'night'", "gather_s = -1.0"])
def test_a_watch_that_could_not_tell_does_not_start(watch, line):
    process = watch(f"[alerts]\n{line}\n", HOOK=CANARY)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 78
    assert len(err.splitlines()) == 1
    assert CANARY not in out + err
