"""A folder is held by one process of a kind at a time."""

import threading

import pytest

from executor.errors import LockError, SettingsError
from hedge_assets import folder_lock
from hedge_assets.folder_lock import held


def test_a_second_hold_is_refused_in_its_own_words_and_a_later_one_is_not(tmp_path):
    with held(tmp_path / "run", "first"), pytest.raises(LockError, match=r"^run by another$"), held(tmp_path / "run", "run by another"):
        pass
    with held(tmp_path / "run", "third") as folder:
        assert folder == tmp_path / "run"


def test_one_that_is_just_ending_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "TRY_S", 0.01)
    taken, release = threading.Event(), threading.Event()

    def other():
        with held(tmp_path, "other"):
            taken.set()
            release.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    assert taken.wait(60)
    threading.Timer(0.05, release.set).start()
    with held(tmp_path, "held by another", tries=6_000) as folder:
        assert folder == tmp_path
    thread.join(60)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"), held(tmp_path / "file" / "run", "never"):
        pass
