import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import SettingsError
from hedge_assets.watch.secrets import HIDDEN, Redactor, origin, resolve

ADDRESS = "slack://tokenA/tokenB"


def private(tmp_path, text=ADDRESS + "\n", mode=0o600):
    path = tmp_path / "hook"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_an_address_is_found_where_the_settings_say(tmp_path):
    path = private(tmp_path)
    assert resolve(ADDRESS, "x", {}) == ADDRESS
    assert resolve("env:HOOK", "x", {"HOOK": f" {ADDRESS}\n"}) == ADDRESS
    assert resolve(f"file:{path}", "x", {}) == ADDRESS


def test_a_mounted_secret_may_be_a_link(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(private(tmp_path))
    assert resolve(f"file:{link}", "x", {}) == ADDRESS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o777])
def test_a_file_that_others_may_open_is_refused(tmp_path, mode):
    with pytest.raises(SettingsError, match="lets others in"):
        resolve(f"file:{private(tmp_path, mode=mode)}", "x", {})


@pytest.mark.parametrize("text", ["", "a\nb", "a b", "x" * 5000])
def test_a_file_that_is_not_one_address_is_refused_unshown(tmp_path, text):
    with pytest.raises(SettingsError, match="x ") as refused:
        resolve(f"file:{private(tmp_path, text)}", "x", {})
    assert "xxxx" not in str(refused.value)


def test_what_is_no_plain_file_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", "", "none", "no\0name"):
        with pytest.raises(SettingsError, match=r"^x names "):
            resolve(f"file:{tmp_path}/{name}", "x", {})


@pytest.mark.parametrize("environ", [{}, {"HOOK": ""}, {"HOOK": "  "}])
def test_a_variable_that_is_not_set_is_refused_by_name(environ):
    with pytest.raises(SettingsError, match="'HOOK', which is not set"):
        resolve("env:HOOK", "alerts.channels[1]", environ)


def test_where_an_address_comes_from_can_be_said():
    assert [origin(each) for each in (ADDRESS, "env:HOOK", "file:/a", "file:///a")] == ["settings", "env:HOOK", "file:/a", "settings"]


PARTS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-%.~", min_size=4, max_size=30)


@given(st.lists(PARTS, min_size=4, max_size=4), st.text(max_size=20))
def test_no_part_of_an_address_gets_through(parts, around):
    user, password, host, path = parts
    redactor = Redactor(f"json://{user}:{password}@{host}/{path}?token={path}")
    for part in (user, password, host, path, password.upper()):
        shown = redactor.hide(f"{around} {part} {around}")
        assert part not in shown.replace(HIDDEN, "")
