"""Settings come from TOML and arguments, and senseless ones are refused by name."""

from pathlib import Path

import pytest

from executor.configuration import data_root, read_table, settings_from, settings_hash, umask_of
from executor.errors import SettingsError
from executor.settings import Settings


def test_nothing_given_is_all_defaults() -> None:
    assert settings_from(read_table(None), {}) == Settings()


def test_arguments_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('seed = 3\nfeed = "synthetic"\n[limits]\nmax_positions = 2\n[telemetry]\nmin_fills = 3\n')
    settings = settings_from(read_table(path), {"seed": 9, "exchange": None})
    assert (settings.seed, settings.limits.max_positions, settings.exchange) == (9, 2, "paper")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sed = 3", "sed"),
        ("[limits]\nmax_position = 1", "max_position"),
        ('seed = "three"', "seed"),
        ("[limits]\nmax_drawdown_frac = 20", "limits.max_drawdown_frac was 20"),
        ("[loop]\nperiod_s = nan", "loop.period_s was nan"),
        ("strategies = []", "strategies was empty"),
        ('[synthetic]\nscenario = "storm"', "scenario"),
        ("seed = ", "not TOML"),
        ("[paper]\nlatency_ms = nan", "paper.latency_ms was nan"),
        ("[features]\nvol_half_life_min = 0.0", "features.vol_half_life_min was 0.0"),
        ("[features]\nbar_s = nan", "features.bar_s was nan"),
        ("[router]\noffset_bps = inf", "router.offset_bps was inf"),
        ("[limits]\ntier_cap_frac = { major = nan }", "limits.tier_cap_frac.major was nan"),
        ("[journal]\nmax_days = 5", "journal.keep_days was 31, journal.max_days 5 is less"),
        ("metrics_port = 65536", "metrics_port was 65536"),
        ("[limits]\nmax_positions = -1", "limits.max_positions was -1"),
        ('account = " "', "account was ' '"),
        ('account = "a\\nb"', "must be a name on one line"),
    ],
)
def test_a_senseless_setting_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings_from(read_table(path), {})
    assert words in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_table(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"seed = \xff")
    with pytest.raises(SettingsError, match="not UTF-8 at byte 7"):
        read_table(tmp_path / "bytes.toml")


def test_equal_settings_have_equal_hashes_and_others_do_not() -> None:
    assert settings_hash(Settings()) == settings_hash(Settings())
    assert settings_hash(Settings()) != settings_hash(Settings(seed=8))


def test_the_data_root_is_the_argument_else_the_environment_else_logs(tmp_path: Path) -> None:
    assert data_root(tmp_path, {"HEDGE_DATA": "/elsewhere"}) == tmp_path
    assert data_root(None, {"HEDGE_DATA": str(tmp_path)}) == tmp_path
    assert data_root(None, {}) == Path("logs").absolute()


@pytest.mark.parametrize(("text", "umask"), [("", 0o077), ("077", 0o077), ("027", 0o027)])
def test_what_is_written_is_its_owners_alone_unless_the_group_is_let_in(text, umask):
    assert umask_of({"HEDGE_UMASK": text} if text else {}) == umask


@pytest.mark.parametrize("text", ["022", "000", "27", "0o27", "077 "])
def test_no_other_mask_is_taken(text):
    with pytest.raises(SettingsError, match=f"HEDGE_UMASK was '{text}', allowed are 077 and 027"):
        umask_of({"HEDGE_UMASK": text})
