"""One data directory, one executor."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from executor import lock
from executor.errors import LockError, SettingsError
from executor.lock import OWNER, owner_of, take_lock

HOLD = (
    "import sys; from pathlib import Path; from executor.lock import take_lock;"
    "take_lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_a_second_process_is_refused_while_the_first_lives_and_taken_after_it_died(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(raw)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockError, match=f"pid {holder.pid}") as caught:
            take_lock(raw)
        assert caught.value.exit_code == 75
        (raw / OWNER).unlink()  # a lock file that is removed must not free the lock
        with pytest.raises(LockError, match="unknown"):
            take_lock(raw)
        holder.kill()
    os.close(take_lock(raw))
    assert owner_of(raw) == str(os.getpid())


def test_a_place_that_cannot_be_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="--data"):
        take_lock(tmp_path / "file" / "raw")
    shutil.rmtree(tmp_path)


def test_a_glance_at_the_lock_does_not_keep_an_executor_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    glance = os.open(raw, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(glance, fcntl.LOCK_SH)
    monkeypatch.setattr(lock, "time", SimpleNamespace(sleep=lambda _: os.close(glance)))
    os.close(take_lock(raw))


def test_a_lock_that_cannot_be_signed_still_holds(tmp_path: Path) -> None:
    (tmp_path / "raw" / OWNER).mkdir(parents=True)
    os.close(take_lock(tmp_path / "raw"))
    assert owner_of(tmp_path / "raw") == "unknown"
