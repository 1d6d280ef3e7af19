"""A box of two accounts under a real supervisord: an executor and a data root each, everything else once, and one that falls alone."""

import json
import os
import re
import signal

import pytest
import requests

from tests.boxes import Box, until
from tests.postgres import postgres

ACCOUNTS = ("alpha", "beta")
PROGRAMS = {"tend", "code", "web", "daemon", "page", "watch", "executor_alpha", "executor_beta"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with postgres() as database:
        made = Box(tmp_path_factory.mktemp("box"), database.environ, accounts=ACCOUNTS)
        made.lay()
        yield made
        made.stop()


def is_green(box: Box) -> bool:
    """Every program up, and every file of every account and of the desk as it must be."""
    up = {name for name, process in box.processes().items() if process.state == "RUNNING"}
    return up >= PROGRAMS and all(each["healthy"] for each in box.status()["accounts"].values())


def test_from_nothing_to_green_in_every_account_and_the_desk_over_them(box):
    box.start()
    assert until(lambda: is_green(box)), (box.folder / "said").read_text() + str(box.processes()) + str(box.status())
    assert {*box.status()["accounts"]} == {*ACCOUNTS, "desk"}
    targets = json.loads((box.data / "run/prometheus_targets.json").read_bytes())
    found = {each["labels"].get("account"): each["targets"] for each in targets if each["labels"]["job"] == "hedge_executor"}
    assert {*found} == {*ACCOUNTS}
    for (address,) in found.values():
        assert requests.get(f"http://{address}/metrics", timeout=60).status_code == 200
    for account in ACCOUNTS:
        assert f"accounts/{account}/" in requests.get(f"http://127.0.0.1:{box.ports['page']}/", timeout=60).text


def test_one_executor_that_is_killed_comes_back_and_the_other_trades_on(box):
    before, other = box.running("executor_beta"), box.running("executor_alpha")
    os.kill(before.pid, signal.SIGKILL)
    assert until(lambda: box.running("executor_beta").pid != before.pid)
    assert until(lambda: box.has_fallen("executor_beta"))
    assert box.running("executor_alpha").pid == other.pid
    assert until(lambda: is_green(box)), box.status()


def test_both_executors_stop_after_the_watch_and_before_who_reads_them(box):
    box.stop()
    log = (box.data / "run" / "supervisord.log").read_text()
    stopped = re.findall(r"stopped: (\w+) ", log[log.rindex("received SIGTERM") :])
    order = [name for name in stopped if name != "mirror"]
    assert order == ["watch", "executor_beta", "executor_alpha", "page", "daemon", "web", "code", "tend"]
    assert until(lambda: box.left() == [], 60), box.left()
    for account in ACCOUNTS:
        assert "loops" in (box.data / "run" / f"executor_{account}.log").read_text().splitlines()[-1]
