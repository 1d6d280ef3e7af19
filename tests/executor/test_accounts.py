import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor import accounts
from executor.configuration import settings_from
from executor.errors import SettingsError

ROOT = Path(__file__).parents[2]
NAMES = st.from_regex(accounts.NAME, fullmatch=True).filter(lambda name: name not in accounts.TAKEN)
TABLE = {
    "feed": "synthetic",
    "limits": {"max_leverage": 3.0, "trade_frac": 0.02},
    "accounts": {"alpha": {}, "beta": {"seed": 9, "limits": {"max_leverage": 1.5}}},
}


def test_a_file_without_accounts_describes_one_whose_root_is_the_desks():
    assert accounts.names_of({"seed": 3}) == ()
    assert accounts.chosen({"seed": 3}, None, {}) == ""
    assert accounts.table_of({"seed": 3}, "") == {"seed": 3}
    assert accounts.root_of(Path("/d"), "") == Path("/d")


def test_what_an_account_says_goes_before_what_the_file_says_of_all_and_tables_are_laid_over_each_other():
    settings = settings_from(accounts.table_of(TABLE, "beta"), {})
    assert (settings.account, settings.seed, settings.feed) == ("beta", 9, "synthetic")
    assert (settings.limits.max_leverage, settings.limits.trade_frac) == (1.5, 0.02)
    assert settings_from(accounts.table_of(TABLE, "alpha"), {}).limits.max_leverage == 3.0
    assert accounts.root_of(Path("/d"), "beta") == Path("/d/accounts/beta")


def test_an_argument_goes_before_the_environment():
    assert accounts.chosen(TABLE, None, {"HEDGE_ACCOUNT": "beta"}) == "beta"
    assert accounts.chosen(TABLE, "alpha", {"HEDGE_ACCOUNT": "beta"}) == "alpha"


@given(
    common=st.dictionaries(st.sampled_from("abc"), st.integers()), own=st.dictionaries(st.sampled_from("abc"), st.integers()), name=NAMES
)
def test_accounts_do_not_see_each_other(common, own, name):
    table = {
        "seed": 1,
        "strategy": {"x": common},
        "accounts": {name: {"strategy": {"x": own}}, f"{name}2"[-32:]: {"strategy": {"x": {"z": 1}}}},
    }
    assert accounts.table_of(table, name)["strategy"]["x"] == {**common, **own}
    assert table["strategy"]["x"] == common


@pytest.mark.parametrize(
    ("table", "asked", "words"),
    [
        (TABLE, None, "no account was named, the settings have alpha, beta; name one with --account"),
        (TABLE, "gamma", "--account was 'gamma', the settings have alpha, beta; name one of these"),
        ({}, "alpha", "--account was 'alpha', the settings name no accounts"),
        (TABLE, "../x", "--account was '../x', must be small letters"),
        ({"accounts": {"Alpha": {}}}, "alpha", "account name was 'Alpha'"),
        ({"accounts": {"raw": {}}}, "raw", "account name was 'raw'"),
        ({"accounts": {"a": 3}}, "a", "accounts.a was 3, must be a table"),
        ({"accounts": 3}, "a", "accounts was 3, must be tables"),
        ({"accounts": {"a": {"account": "b"}}}, "a", "accounts.a.account was 'b'"),
        ({"accounts": {"a": {"page": {}}}}, "a", "accounts.a.page is the desk's"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(table, asked, words):
    with pytest.raises(SettingsError) as refused:
        accounts.chosen(table, asked, {})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def executor(*words: object) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HEDGE_")}
    command = [sys.executable, "-m", "executor", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_each_account_is_traded_by_a_process_of_its_own_into_a_root_of_its_own(tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text("[accounts.alpha]\nseed = 1\n[accounts.beta]\nseed = 2\n")
    for name in ("alpha", "beta"):
        done = executor("run", "--data", tmp_path, "--config", config, "--account", name, "--loops", "3", "--speed", "max")
        assert done.returncode == 0, done.stderr
    boots = {}
    for name in ("alpha", "beta"):
        (segment,) = (tmp_path / "accounts" / name / "raw/orders").glob("*.jsonl*")
        boots[name] = json.loads(segment.read_bytes().splitlines()[0])
    assert {name: (boot["account"], boot["settings"]["seed"]) for name, boot in boots.items()} == {
        "alpha": ("alpha", 1),
        "beta": ("beta", 2),
    }
    refused = executor("run", "--data", tmp_path, "--config", config)
    assert (refused.returncode, refused.stderr.count("\n")) == (78, 1)
    assert "name one with --account" in refused.stderr
    unnamed = executor("run", "--data", tmp_path)
    assert (unnamed.returncode, unnamed.stderr.count("\n")) == (78, 1)
    assert "is a desk with several accounts (alpha, beta); name one with --account" in unnamed.stderr
    assert "alpha, beta" in executor("halt", "--data", tmp_path).stderr
    halted = executor("halt", "--data", tmp_path, "--account", "beta")
    assert halted.returncode == 0
    assert (tmp_path / "accounts/beta/raw").is_dir()
