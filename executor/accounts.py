"""Several accounts of one desk: each is a name in the settings with what is different about it, and has a data root of its own.

    [accounts.alpha]                     everything else as in the rest of the file
    exchange = "ccxt:binanceusdm"        <root>/accounts/alpha/{raw,state,tables,watch,run}
    [accounts.alpha.limits]
    max_leverage = 2.0

A file without such tables describes one account, whose data root is the desk's.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from executor.errors import SettingsError

TABLE = "accounts"
VARIABLE = "HEDGE_ACCOUNT"
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
TAKEN = frozenset({"desk", "raw", "tables", "accounts", "state", "mirror"})
"""Words that stand for something else where an account's name stands."""

DESK_WIDE = frozenset({"alerts", "page", "mirror", TABLE})
"""Tables that are the desk's, and no account's."""


def names_of(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The accounts that a settings file names, in its order; none where it describes one only. Refuses what cannot be a name."""
    accounts = table.get(TABLE, {})
    if not isinstance(accounts, Mapping):
        raise SettingsError(f"accounts was {accounts!r}, must be tables; write [accounts.NAME] with what is different about it")
    for name, own in accounts.items():
        if not NAME.fullmatch(name) or name in TAKEN:
            raise SettingsError(
                f"account name was {name!r}, must be up to 32 small letters, digits and _, a letter first, and none of "
                f"{', '.join(sorted(TAKEN))}; rename [accounts.{name}]"
            )
        _refuse_foreign(name, own)
    return tuple(accounts)


def asked(account: str | None, environ: Mapping[str, str]) -> str:
    """The account that was asked for, by an argument, else by the environment; empty where none was. Refuses what cannot be a name."""
    name = account or environ.get(VARIABLE) or ""
    if name and not NAME.fullmatch(name):
        raise SettingsError(f"--account was {name!r}, must be small letters, digits and _, a letter first; name one of the settings")
    return name


def chosen(table: Mapping[str, Any], account: str | None, environ: Mapping[str, str]) -> str:
    """The account that is meant: the one asked for, else `HEDGE_ACCOUNT`'s; empty where the file describes one account only."""
    names, wanted = names_of(table), asked(account, environ)
    if not names and not wanted:
        return ""
    if wanted in names:
        return wanted
    if not names:
        raise SettingsError(f"--account was {wanted!r}, the settings name no accounts; leave it out, or add [accounts.{wanted}]")
    if not wanted:
        raise SettingsError(f"no account was named, the settings have {', '.join(names)}; name one with --account")
    raise SettingsError(f"--account was {wanted!r}, the settings have {', '.join(names)}; name one of these")


def table_of(table: Mapping[str, Any], account: str) -> dict[str, Any]:
    """The settings of one account as a file of its own: what it says itself before what the file says of all."""
    common = {name: value for name, value in table.items() if name != TABLE}
    return common if not account else {**_over(common, table[TABLE][account]), "account": account}


def root_of(desk: Path, account: str) -> Path:
    """The data root of one account under the desk's."""
    return desk / TABLE / account if account else desk


def refuse_a_desk(root: Path, account: str) -> None:
    """Refuse to take a desk with several accounts for a data root of one, where no account was named."""
    folder = root / TABLE
    if account or not folder.is_dir():
        return
    names = ", ".join(sorted(each.name for each in folder.iterdir() if each.is_dir())) or "none yet"
    raise SettingsError(f"{root} is a desk with several accounts ({names}); name one with --account, and its settings with --config")


def _over(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over each other, everything else is replaced."""
    found = dict(common)
    for name, value in own.items():
        below = found.get(name)
        found[name] = _over(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return found


def _refuse_foreign(name: str, own: object) -> None:
    if not isinstance(own, Mapping):
        raise SettingsError(f"accounts.{name} was {own!r}, must be a table; write [accounts.{name}] and its settings below")
    if "account" in own:
        raise SettingsError(f"accounts.{name}.account was {own['account']!r}, an account is called what its table is; remove that line")
    if foreign := sorted(DESK_WIDE & set(own)):
        raise SettingsError(f"accounts.{name}.{foreign[0]} is the desk's, not an account's; move it to [{foreign[0]}]")
