"""The real watch, from a fault to a phone: a process, a webhook that takes it, one that refuses it, and somebody who misses its pings."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets.builders import SECOND, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write
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


def noted(tmp_path):
    """What the watch says of itself."""
    return json.loads((tmp_path / "logs" / "watch" / "pulse.json").read_bytes())


def test_a_fault_reaches_a_channel_though_another_forbids_it_and_no_address_is_shown_anywhere(watch, hooks, tmp_path):
    good, bad, dead = hooks
    path = tmp_path / "hook"
    path.write_text(f"json://u:{CANARY}@127.0.0.1:{bad.port}/{CANARY}")
    path.chmod(0o600)
    lines = f"gather_s = 0.2\ntimeout_s = 60.0\nchannels = ['file:{path}', 'env:HOOK']\ndeadman_url = 'env:PING'"
    urls = {"HOOK": f"json://127.0.0.1:{good.port}/{CANARY}", "PING": f"http://127.0.0.1:{dead.port}/{CANARY}"}
    process = watch(f"[health]\n{ILL}\n[alerts]\n{lines}\n", **urls)
    assert until(lambda: good.got and len(bad.paths) >= 2 and noted(tmp_path)["note"]["alerts_sent"])
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert good.got[0]["title"].startswith("ERROR disk_full (disk) since ")
    note = noted(tmp_path)["note"]
    assert note["alerts_sent"] >= 1
    assert note["alerts_error"].startswith("1 JSON (file:")
    assert dead.paths == []
    kept = "".join(each.read_text() for each in (tmp_path / "logs").rglob("*") if each.is_file())
    assert CANARY not in out + err + kept


@pytest.mark.parametrize("line", ["channels = ['env:HOOK']", "deadman_url = 'env:HOOK'", "quiet_hours = 'night'", "gather_s = -1.0"])
def test_a_watch_that_could_not_tell_does_not_start(watch, line):
    process = watch(f"[alerts]\n{line}\n", HOOK=CANARY)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 78
    assert len(err.splitlines()) == 1
    assert CANARY not in out + err


def well_desk(root):
    """A desk that is well now and for minutes: the facts of a replay do not grow old."""
    now_us = WallClock().now_us() - 5 * SECOND
    write(root, [boot(now_us, time="feed"), quote(now_us + SECOND), account(now_us + 2 * SECOND), heartbeat(now_us + 2 * SECOND, loop=9)])
    states = scan()
    refresh(Place(root=root), states, [state.name for state in states], clock=WallClock(), flags=read_flags({}))


def looked(tmp_path, times):
    """Wait until the watch has looked so often again."""
    upto = noted(tmp_path)["turns"] + times
    assert until(lambda: noted(tmp_path)["turns"] >= upto)


def test_pings_go_out_while_all_is_well_stop_with_a_missing_file_and_come_back_with_it(watch, hooks, tmp_path):
    dead = hooks[2]
    well_desk(tmp_path / "logs")
    watch(f"[alerts]\ndeadman_url = 'http://127.0.0.1:{dead.port}/'\ndeadman_every_s = 1.0\ntimeout_s = 60.0\n")
    assert until(lambda: len(dead.paths) >= 2)
    path = tmp_path / "logs" / "state" / "nav.json"
    aside = path.rename(tmp_path / "nav.json")
    assert until(lambda: noted(tmp_path)["note"]["open_incidents"])
    looked(tmp_path, 4)  # a ping under way may arrive
    before = len(dead.paths)
    looked(tmp_path, 6)
    assert len(dead.paths) == before
    aside.rename(path)
    assert until(lambda: len(dead.paths) > before)
