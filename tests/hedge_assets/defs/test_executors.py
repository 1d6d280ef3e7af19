"""Where steps of runs are worked: here, unless a broker is named, whose address is refused in words that hold no password."""

import os
import subprocess
import sys

import dagster as dg
import pytest

from executor.errors import SettingsError
from hedge_assets.defs.executors import broker_of, executor_of
from hedge_assets.defs.handing_out import TrackingExecutor


def test_without_a_broker_a_run_works_its_steps_itself():
    assert executor_of({}) is dg.in_process_executor
    assert executor_of({"HEDGE_BROKER": ""}) is dg.in_process_executor


def test_with_a_broker_steps_are_handed_out_and_what_is_agreed_on_is_the_same_for_workers():
    made = executor_of({"HEDGE_BROKER": "redis+socket:///run/hedge-redis/redis.sock"})
    assert made.name == "celery"
    agreed = TrackingExecutor("redis+socket:///run/hedge-redis/redis.sock").app_args()["config_source"]
    assert (agreed.worker_prefetch_multiplier, agreed.task_acks_late, agreed.worker_redirect_stdouts) == (1, True, False)
    assert agreed.broker_transport_options["visibility_timeout"] > 6 * 3600


@pytest.mark.parametrize("address", ["redis.sock", "http://:secret-word@127.0.0.1:6379/0", "redis://", "redis+socket://"])
def test_what_is_no_address_of_a_broker_is_refused_without_its_password(address):
    with pytest.raises(SettingsError, match=r"HEDGE_BROKER was .*, must be .*; name one like") as refused:
        broker_of({"HEDGE_BROKER": address})
    assert "secret-word" not in str(refused.value)


def test_nobody_loads_celery_who_has_no_broker():
    asked = "import sys; from hedge_assets.defs.executors import executor_of; executor_of({}); sys.exit('celery' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_broker_without_celery_is_refused_with_what_to_install():
    asked = (
        "import sys; sys.modules['celery'] = None\n"
        "from executor.errors import SettingsError\n"
        "from hedge_assets.defs.executors import executor_of\n"
        "try:\n    executor_of({'HEDGE_BROKER': 'redis://127.0.0.1'})\n"
        "except SettingsError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout
    assert said == "HEDGE_BROKER was set, and celery is not installed; install requirements-cluster.lock, or leave it out\n"


@pytest.mark.parametrize(
    ("broker", "words"), [("", "HEDGE_BROKER was not set"), ("amqp://guest@localhost", "HEDGE_BROKER was an address of amqp")]
)
def test_a_worker_without_a_broker_is_refused_in_a_line(broker, words):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import hedge_assets.defs.celery_worker"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HEDGE_BROKER": broker},
    )
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert done.stderr.startswith(words)
