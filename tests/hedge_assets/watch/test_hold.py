"""A data root is watched by one watch at a time."""

import pytest

from executor.errors import LockError, SettingsError
from hedge_assets.watch import hold as holding
from hedge_assets.watch.hold import hold


def test_a_second_hold_is_refused_and_a_later_one_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(holding, "TRY_S", 0.001)
    with hold(tmp_path / "watch"), pytest.raises(LockError, match="another `hedge watch`"), hold(tmp_path / "watch"):
        pass
    with hold(tmp_path / "watch") as folder:
        assert folder == tmp_path / "watch"


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "watch").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"), hold(tmp_path / "watch"):
        pass
