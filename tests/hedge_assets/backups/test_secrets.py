"""No secret of the settings file lies in a backup, and nothing else of it is missing there."""

import tomllib
from pathlib import Path

import pytest

from executor.errors import SettingsError
from hedge_assets.backups.secrets import HIDDEN, settings_text

ROOT = Path(__file__).parents[3]

TOLD = """
# the desk's own
account = "paper"

[alerts]
channels = ["tgram://123:TOKEN/chat", "env:SLACK", "file:/etc/hedge/mail"] # who is told
deadman_url = "https://ping.example/UUID"

[page]
token = "file:/etc/hedge/page.token"
"""


def test_addresses_are_left_out_and_places_of_secrets_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "hedge.toml"
    path.write_text(TOLD)
    text = settings_text(path)
    assert "TOKEN" not in text
    assert "UUID" not in text
    assert "# the desk's own" in text
    plain = tomllib.loads(text)
    assert plain["alerts"] == {"channels": [HIDDEN, "env:SLACK", "file:/etc/hedge/mail"], "deadman_url": HIDDEN}
    assert plain["page"]["token"] == "file:/etc/hedge/page.token"
    assert plain["account"] == "paper"


def test_settings_without_secrets_are_kept_to_the_letter() -> None:
    path = ROOT / "ops" / "paper.toml"
    assert settings_text(path) == path.read_text("utf-8")


def test_no_file_is_no_text_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    assert settings_text(None) == settings_text(tmp_path / "nothing") == ""
    (tmp_path / "bad.toml").write_text("[")
    with pytest.raises(SettingsError, match="mend it"):
        settings_text(tmp_path / "bad.toml")
