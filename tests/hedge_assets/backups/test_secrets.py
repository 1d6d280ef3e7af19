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
    plain = tomllib.loads(text)
    assert plain["alerts"] == {"channels": [HIDDEN, "env:SLACK", "file:/etc/hedge/mail"], "deadman_url": HIDDEN}
    assert plain["page"]["token"] == "file:/etc/hedge/page.token"
    assert plain["account"] == "paper"


def test_a_secret_in_a_line_that_was_taken_out_of_use_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "hedge.toml"
    path.write_text(
        'account = "paper" # TOKEN\n\n[alerts]\n# channels = ["slack://TOKEN"]\nchannels = [\n  # "tgram://TOKEN",\n  "env:SLACK",\n]\n'
    )
    assert "TOKEN" not in settings_text(path)
    assert tomllib.loads(settings_text(path)) == {"account": "paper", "alerts": {"channels": ["env:SLACK"]}}


@pytest.mark.parametrize("who", ["KEY:SECRET", "SECRET", ":SECRET", "KEY:SE/SECRET+x", "KEY:S@SECRET"])
def test_who_signs_in_at_an_address_is_left_out_wherever_it_stands(tmp_path: Path, who: str) -> None:
    path = tmp_path / "hedge.toml"
    path.write_text(
        f'[mirror]\nuri = "s3://{who}@b/p"\n[accounts.alpha.ship]\nuri = "https://{who}@host:9000/b"\n[x]\nlist = [["s3://{who}@b"], {{y = "s3://{who}@c"}}]\n'
    )
    text = settings_text(path)
    assert "SECRET" not in text
    assert tomllib.loads(text) == {
        "mirror": {"uri": f"s3://{HIDDEN}@b/p"},
        "accounts": {"alpha": {"ship": {"uri": f"https://{HIDDEN}@host:9000/b"}}},
        "x": {"list": [[f"s3://{HIDDEN}@b"], {"y": f"s3://{HIDDEN}@c"}]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        (ROOT / "ops" / "paper.toml").read_text("utf-8"),
        'a.b = 1\nc = 2\n"q.r" = "x # y"\n[d]\ne = {f = [1, {g = 1.5}]}\n[[h]]\ni = 1979-05-27T07:32:00Z\n',
    ],
)
def test_settings_without_secrets_set_in_a_backup_what_they_set(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hedge.toml"
    path.write_text(text, "utf-8")
    assert tomllib.loads(settings_text(path)) == tomllib.loads(text)


def test_no_file_is_no_text_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    assert settings_text(None) == settings_text(tmp_path / "nothing") == ""
    (tmp_path / "bad.toml").write_text("[")
    with pytest.raises(SettingsError, match="mend it"):
        settings_text(tmp_path / "bad.toml")
