"""A box as its environment describes it: its accounts, its programs, and the group that its users have in common."""

import itertools
import pwd

import pytest

from executor.errors import SettingsError
from hedge_assets.stack.installed import Box
from hedge_assets.stack.posts import posts

USERS = sorted({post.user for post in posts()} - {"HEDGE_TEND_USER"})
PEOPLE = [each for each in pwd.getpwall() if each.pw_uid]


def described(tmp_path, *names):
    """A box whose programs are run by these users in turn, and whose supervisor is root's."""
    users = dict(zip(USERS, itertools.cycle(names), strict=False))
    places = {"HEDGE_CONFIG": str(tmp_path / "hedge.toml"), "HEDGE_DATA": str(tmp_path), "HEDGE_RUN": str(tmp_path / "run")}
    return Box({**places, **users, "HEDGE_TEND_USER": "root"})


def pair(*, of_one_group):
    return next((one, two) for one, two in itertools.combinations(PEOPLE, 2) if (one.pw_gid == two.pw_gid) == of_one_group)


def test_users_of_one_group_share_it_and_one_user_needs_none(tmp_path):
    one, two = pair(of_one_group=True)
    assert described(tmp_path, one.pw_name, two.pw_name).gid == one.pw_gid
    assert described(tmp_path, one.pw_name).gid is None


def test_a_user_of_another_group_is_refused_with_the_command_that_makes_it_theirs(tmp_path):
    one, two = pair(of_one_group=False)
    with pytest.raises(SettingsError, match=r"usermod -g hedge \S+$"):
        assert described(tmp_path, one.pw_name, two.pw_name).gid


def test_each_account_of_the_settings_has_a_program_and_settings_that_cannot_be_read_have_none(tmp_path):
    (tmp_path / "hedge.toml").write_text("[accounts.alpha]\n[accounts.beta]\n")
    made = described(tmp_path, PEOPLE[0].pw_name)
    assert made.accounts == ("alpha", "beta")
    assert [post.name for post in made.posts if post.name.startswith("executor")] == ["executor_alpha", "executor_beta"]
    (tmp_path / "hedge.toml").write_text("[accounts")
    assert described(tmp_path, PEOPLE[0].pw_name).accounts == ()
    assert not described(tmp_path, PEOPLE[0].pw_name).is_running
