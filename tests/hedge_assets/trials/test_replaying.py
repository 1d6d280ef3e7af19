"""A recording is traded by an executor of its own, and what that refuses is said in its words."""

import os
import time

import pytest

from executor.errors import HedgeError
from hedge_assets.trials.replaying import refuse_failed, started


def test_what_the_executor_refuses_is_said_in_its_words(tmp_path):
    (tmp_path / "empty").mkdir()
    with (
        started(tmp_path / "empty", tmp_path / "data", config=None, environ=os.environ, live="v5") as process,
        pytest.raises(HedgeError, match=r"the executor did not go through .*empty: "),
    ):
        refuse_failed(process, tmp_path / "empty")


def test_an_executor_that_nobody_waits_for_any_more_is_ended(tmp_path, shared):
    recording = shared / "data/klines_1m"
    with started(recording, tmp_path / "data", config=None, environ=os.environ, live="v6") as process:
        until_s = time.monotonic() + 60
        while not (tmp_path / "data/raw/orders").is_dir() and process.poll() is None and time.monotonic() < until_s:
            time.sleep(0.05)
        assert process.poll() is None
    assert process.poll() is not None
