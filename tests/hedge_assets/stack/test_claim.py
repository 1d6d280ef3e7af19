"""A data root is run by one `hedge up` at a time."""

import pytest

from executor.errors import LockError, SettingsError
from hedge_assets.stack.claim import claim


def test_a_second_claim_is_refused_and_a_later_one_is_not(tmp_path):
    with claim(tmp_path), pytest.raises(LockError, match="another `hedge up`"), claim(tmp_path):
        pass
    with claim(tmp_path) as folder:
        assert folder == tmp_path / "run"


def test_a_root_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"), claim(tmp_path / "file"):
        pass
