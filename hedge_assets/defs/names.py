"""What an account's things are called in Dagster: a desk with one account says their plain names, one with several puts the account before.

nav, raw/ticks, state_files, group account        ·  one account
alpha/nav, alpha/raw/ticks, alpha__state_files, group alpha__account
"""

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class Names:
    """The names of one account's things; `account` is empty where the desk has only one."""

    account: str = ""

    def key(self, name: str) -> dg.AssetKey:
        """`nav` has one part, `raw/ticks` two; the account, where there are several, is the first."""
        return dg.AssetKey([*((self.account,) if self.account else ()), *name.split("/")])

    def word(self, name: str) -> str:
        """A name that has no parts: of a group, an operation, a check."""
        return f"{self.account}__{name}" if self.account else name

    def path(self, name: str) -> str:
        """The key as text, as `nav` or `alpha/nav`."""
        return f"{self.account}/{name}" if self.account else name
