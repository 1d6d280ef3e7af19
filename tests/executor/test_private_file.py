"""A secret's file is judged before it is read; what holds of every kind of secret is tried here, of keys in `wire/test_secrets.py`."""

import os
from pathlib import Path

import pytest

from executor.errors import SettingsError
from executor.private_file import Wanted, read_private

WANTED = Wanted("password", 100, "write one there")


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read_private(path, WANTED)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_private_file_is_read_whole_and_refusals_speak_of_what_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x" * 100)
    path.chmod(0o400)
    assert read_private(path, WANTED) == b"x" * 100
    path.chmod(0o644)
    assert "take a new password" in refusal(path)
    assert "the password's file was" in refusal(tmp_path / "nothing")
    assert refusal(tmp_path / "nothing").endswith("; write one there")


def test_a_file_longer_than_any_secret_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    os.truncate(path, 1 << 40)
    assert "at most 100 are read" in refusal(path)
