"""A box as its environment describes it: where it lies, whom it trades for, which programs it has and who runs them."""

import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from executor.accounts import root_of
from executor.errors import HedgeError, SettingsError
from executor.lock import is_held
from hedge_assets.place import account_names
from hedge_assets.stack.asking import as_user
from hedge_assets.stack.posts import GROUP, Post, posts
from hedge_assets.stack.programs import Ports
from hedge_assets.stack.supervision import Control

SOCKET = "supervisor.sock"
LEAST_SHARED = 2


@dataclass(frozen=True)
class Box:
    """A box as its environment describes it."""

    environ: Mapping[str, str]

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """Those that its settings name; none where these cannot be read, which is told where they are asked for."""
        try:
            return account_names(self.environ)
        except HedgeError:
            return ()

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """Its programs, an executor for each account; at which ports is nothing that is asked of them."""
        return posts(self.accounts, Ports(more_executors=(0,) * (len(self.accounts) - 1)))

    def place(self, name: str) -> Path:
        """What a variable names."""
        return Path(self.environ[name])

    @property
    def control(self) -> Control:
        """Its supervisor, if there is one."""
        return Control(self.place("HEDGE_RUN") / SOCKET)

    @property
    def is_running(self) -> bool:
        """Whether its supervisor answers already, or somebody else runs its executors."""
        roots = [root_of(self.place("HEDGE_DATA"), account) for account in self.accounts or ("",)]
        return bool(self.control.processes()) or any(is_held(root / "raw") for root in roots)

    @cached_property
    def gid(self) -> int | None:
        """The group that its programs have in common, null where one user runs them all. Refuses users who have none."""
        users = {post.user: self.uid(post.user) for post in self.posts if self.environ[post.user] != "root"}
        if len({each.pw_uid for each in users.values()}) < LEAST_SHARED:
            return None
        wanted = next(iter(users.values())).pw_gid
        for each in users.values():
            if each.pw_gid != wanted:
                raise SettingsError(
                    f"{each.pw_name} was of group {each.pw_gid}, the others are of {wanted}: they read each other's files by their group; "
                    f"make it theirs: usermod -g {GROUP} {each.pw_name}"
                )
        return wanted

    def uid(self, name: str) -> pwd.struct_passwd:
        """The user that a variable names."""
        user = self.environ[name]
        try:
            return pwd.getpwnam(user)
        except KeyError:
            raise SettingsError(f"{name} was {user!r}, there is no such user; make it: useradd --system --gid hedge {user}") from None

    def ask(self, user: str, words: Sequence[str], also: Mapping[str, str]) -> str:
        """What a program of ours says, run as the user that a variable names."""
        return as_user(self.uid(user), words, folder=self.environ["HEDGE_HOME"], environ={**self.environ, **also})
