"""No executor trades on journals that are another machine's."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from executor.__main__ import main_group
from executor.doctor import examine
from executor.errors import SettingsError
from executor.received import refuse_received, source_of


@pytest.fixture
def received(tmp_path):
    source_of(tmp_path).parent.mkdir()
    source_of(tmp_path).write_text("s3://desk/alpha")
    return tmp_path


def test_a_run_on_a_received_root_ends_with_78_and_writes_nothing(received):
    command = [sys.executable, "-m", "executor", "run", "--data", str(received), "--loops", "1", "--speed", "max"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("HEDGE_", "ENV"))}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (78, "", 1)
    assert "are received from 's3://desk/alpha'" in ended.stderr
    assert [path.name for path in received.iterdir()] == ["receive"]


def test_it_is_refused_before_the_lock_that_a_receiver_may_hold_is_asked(received):
    result = CliRunner().invoke(main_group, ["run", "--data", str(received), "--loops", "1"])
    assert isinstance(result.exception, SettingsError)


def test_the_doctor_says_so(received):
    (said,) = [found for found in examine(received, None, {}, offline=True) if found.condition == "data directory"]
    assert not said.ok
    assert "are received from" in said.detail


def test_a_root_of_ones_own_is_no_matter_and_a_note_that_cannot_be_read_is(tmp_path):
    refuse_received(tmp_path)
    (tmp_path / "receive").mkdir()
    refuse_received(tmp_path)  # `hedge receive` was refused here: nothing came
    source_of(tmp_path).mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        refuse_received(tmp_path)
