"""Each folder of a box is neither more open nor more shut than its programs need, and a refusal says the command that makes it right."""

import os
import pwd

import pytest

from executor.errors import SettingsError
from hedge_assets.stack.folders import mode_of, refuse_loose, refuse_open, refuse_wrong

ME, MINE = pwd.getpwuid(os.geteuid()), os.getegid()


def laid(root, name, mode):
    folder = root / name
    folder.mkdir()
    folder.chmod(mode)
    return folder


@pytest.mark.parametrize("name", ["state", "mirror", "starts", "run"])
def test_a_folder_as_the_runbook_makes_it_is_right(tmp_path, name):
    folder = laid(tmp_path, name, int(mode_of(tmp_path / name), 8))
    refuse_wrong(tmp_path, name, ME, MINE)
    refuse_wrong(tmp_path, name, ME, None)
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("name", "mode"),
    [("state", 0o700), ("tables", 0o000), ("mirror", 0o2700), ("starts", 0o2700), ("starts", 0o2770), ("run", 0o2700), ("state", 0o740)],
)
def test_a_folder_that_its_group_cannot_use_is_refused_where_several_users_share_it(tmp_path, name, mode):
    wanted = mode_of(laid(tmp_path, name, mode))
    with pytest.raises(SettingsError, match=rf"mode {mode:04o}; make it right: install -d -o {ME.pw_name} -g hedge -m {wanted} "):
        refuse_wrong(tmp_path, name, ME, MINE)


def test_a_folder_of_another_group_is_refused_where_several_users_share_it(tmp_path):
    laid(tmp_path, "state", 0o750)
    with pytest.raises(SettingsError, match=f"gid {MINE}'s"):
        refuse_wrong(tmp_path, "state", ME, MINE + 1)
    refuse_wrong(tmp_path, "state", ME, None)


def test_the_root_of_all_must_let_the_group_in_and_nobody_move_what_lies_there(tmp_path):
    root = laid(tmp_path, "data", 0o750)
    refuse_loose(root, MINE)
    for mode, gid in ((0o700, MINE), (0o770, MINE), (0o755, MINE), (0o750, MINE + 1)):
        root.chmod(mode)
        with pytest.raises(SettingsError, match=f"install -d -o root -g hedge -m 0750 {root}"):
            refuse_loose(root, gid)


def test_what_roots_supervisor_reads_lies_where_nobody_else_writes(tmp_path):
    refuse_open(tmp_path / "not there yet")
    run = laid(tmp_path, "run", 0o755)
    refuse_open(run)
    for mode in (0o775, 0o757, 0o777):
        run.chmod(mode)
        with pytest.raises(SettingsError, match="root's supervisor reads from there"):
            refuse_open(run)
    run.chmod(0o700)
    (tmp_path / "way").symlink_to(run)
    (tmp_path / "file").write_text("")
    for other in ("way", "file"):
        with pytest.raises(SettingsError, match="install -d"):
            refuse_open(tmp_path / other)
