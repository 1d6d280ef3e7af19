"""`hedge upgrade --check` says beforehand what a start would do, and is right."""

import json
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from executor.checkpoint import NAME as CHECKPOINT
from executor.journal.form import FORM, NAME
from executor.lock import take_lock
from hedge_assets.cli import hedge
from tests.old_desks import LOOPS, SETTINGS, old_desk
from tests.runs import ran, refreshed


def checked(root: Path) -> Result:
    return CliRunner().invoke(hedge, ["upgrade", "--check", "--data", str(root)])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_desk(1, tmp_path / "desk")


def test_an_old_desk_that_was_stopped_in_peace_may_be_upgraded_and_is_told_how(old: Path) -> None:
    found = checked(old)
    assert found.exit_code == 0, found.output
    assert f"change  journals: form 1 is read as it lies, new records are written in form {FORM}" in found.output
    assert "it reaches the journals' end" in found.output
    assert "nav.json 1 to 2" in found.output


def test_one_of_today_has_nothing_to_change(old: Path) -> None:
    ran(old, SETTINGS, LOOPS + 5)
    refreshed(old)
    found = checked(old)
    assert found.exit_code == 0
    assert {line.split()[0] for line in found.output.splitlines()} == {"ok"}


def test_records_behind_the_checkpoint_a_lost_one_and_a_running_executor_want_looking_at(old: Path) -> None:
    path = old / "raw" / CHECKPOINT
    plain = json.loads(path.read_bytes().partition(b"\n")[2])
    body = json.dumps({**plain, "seqs": {**plain["seqs"], "orders": 1}, "settings": {**plain["settings"], "gone": 1}}).encode()
    path.write_bytes(b"%08x\n%b" % (zlib.crc32(body), body))
    found = checked(old)
    assert found.exit_code == 1
    assert "of orders): if this version decides one otherwise it refuses (78)" in found.output
    assert "settings that this version does not know are left out: gone" in found.output
    path.unlink()
    assert "look    checkpoint: there is none" in checked(old).output
    take_lock(old / "raw")
    assert "look    executor: it runs" in checked(old).output


def test_what_would_be_refused_is_78(old: Path) -> None:
    (old / "raw" / NAME).write_text(f'{{"form":{FORM + 1}}}')
    found = checked(old)
    assert found.exit_code == 78
    assert f"refused journals: they have form {FORM + 1}" in found.output
    (old / "raw" / NAME).write_text("?")
    assert checked(old).exit_code == 78


def test_each_account_of_a_desk_is_looked_at(tmp_path: Path) -> None:
    old_desk(1, tmp_path / "accounts" / "alpha")
    old_desk(5, tmp_path / "accounts" / "beta")
    (tmp_path / "accounts" / "beta" / "raw" / CHECKPOINT).unlink()
    found = checked(tmp_path)
    assert found.exit_code == 1
    assert "change  alpha: journals: form 1" in found.output
    assert "look    beta: checkpoint: there is none" in found.output


def test_a_place_without_journals_is_1(tmp_path: Path) -> None:
    assert checked(tmp_path).exit_code == 1
