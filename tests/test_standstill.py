"""The suite on a machine that stands still: who is stopped goes on, and how the suite ended is handed on."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.boxes import until
from tests.standstill import standing

ROOT = Path(__file__).parents[1]
NO_TESTS = 5


@pytest.fixture
def sleeper() -> Iterator[psutil.Popen]:
    with psutil.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_who_was_stopped_goes_on(sleeper: psutil.Popen) -> None:
    with standing([sleeper]):
        assert until(lambda: sleeper.status() == psutil.STATUS_STOPPED)
    assert until(lambda: sleeper.status() != psutil.STATUS_STOPPED)


def test_who_was_stopped_before_stays_stopped_and_who_is_gone_is_no_matter(sleeper: psutil.Popen) -> None:
    sleeper.send_signal(signal.SIGSTOP)
    assert until(lambda: sleeper.status() == psutil.STATUS_STOPPED)
    gone = psutil.Popen([sys.executable, "-c", ""])
    gone.wait()
    with standing([gone, sleeper]):
        pass
    assert sleeper.status() == psutil.STATUS_STOPPED


def test_how_the_suite_ended_is_handed_on() -> None:
    words = ("-n", "1", "-p", "no:cacheprovider", "tests/test_ports.py", "-k", "no_such_test", "--seed", "3")
    done = subprocess.run([sys.executable, "-m", "tests.standstill", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == NO_TESTS, done.stderr
