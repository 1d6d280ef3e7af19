"""What stands in `ops/celery` is what a box has, and workers besides; `tests/test_spread.py` starts the broker and workers by it."""

import configparser
from pathlib import Path

import pytest
import yaml
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema

ROOT = Path(__file__).parents[2]
CELERY = ROOT / "ops/celery"


def told(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8"))


def validated(settings: dict) -> list:
    return list(validate_config(dagster_instance_config_schema(), settings).errors or [])


def conf(path: Path) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read(path)
    return read


def test_dagster_is_told_what_a_box_tells_it_and_that_broken_off_runs_are_taken_up():
    box, spread = told(ROOT / "ops/dagster.yaml"), told(CELERY / "dagster.yaml")
    assert spread.pop("run_retries") == {"enabled": True, "max_retries": 0, "retry_on_asset_or_op_failure": False}
    assert spread == box


def test_the_instance_is_one_by_dagsters_own_shape():
    settings = told(CELERY / "dagster.yaml")
    assert validated(settings) == []
    assert validated(settings | {"run_retires": {}}) != []


@pytest.mark.parametrize("queue", ["dagster", "tables"])
def test_a_worker_is_started_alike_under_supervisor_and_systemd(queue):
    program = conf(CELERY / "workers.conf")[f"program:worker-{queue}"]
    unit = conf(CELERY / "hedge-worker@.service")["Service"]
    here = program["command"].replace("%(ENV_HEDGE_HOME)s", "/opt/hedge").replace("%(ENV_HEDGE_SECRETS)s", "${HEDGE_SECRETS}")
    assert here == unit["ExecStart"].replace("%i", queue)
    assert program["stopwaitsecs"] == unit["TimeoutStopSec"]
    assert float(unit["TimeoutStopSec"]) > 300, "a worker that is told to stop finishes its step: health.run_limit_s"
    assert program["user"] == "%(ENV_HEDGE_DAGSTER_USER)s"


def test_the_unit_of_a_worker_is_shut_in_as_that_of_the_code_server():
    ours, theirs = (dict(conf(path)["Service"]) for path in (CELERY / "hedge-worker@.service", ROOT / "ops/systemd/hedge-code.service"))
    own = {"ExecStart", "KillMode", "TimeoutStopSec", "MemoryMax", "RestartPreventExitStatus", "ReadWritePaths"}
    assert {name: value for name, value in ours.items() if name not in own} == {
        name: value for name, value in theirs.items() if name not in own
    }


def test_the_broker_listens_on_a_socket_of_its_group_alone_and_keeps_nothing():
    lines = [line for line in (CELERY / "redis.conf").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert {"port 0", "unixsocketperm 770", 'save ""', "appendonly no"} <= set(lines)
