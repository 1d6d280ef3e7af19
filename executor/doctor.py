"""What must hold before trading, said one by one; and the leave to trade, which rests on it."""

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from executor import accounts
from executor.clock import Clock, WallClock
from executor.configuration import read_table, settings_from
from executor.dialects._chosen import spoken
from executor.errors import HedgeError, SettingsError
from executor.flags import read_flags
from executor.machine import machine
from executor.permission import Facts, Finding, Permit, conditions, permit, refuse
from executor.plain_file import read_plain
from executor.probes import Factory, access_of, probe
from executor.settings import Settings
from executor.wire.redaction import Censor
from executor.wire.secrets import Key, read_key

YESES = ("acknowledgement", "ENV", "ALLOW_PROD_WRITE")
"""What an operator says last. The doctor reads at a venue before: what it finds there is what they rest on."""

MOST_CA_BYTES = 1024 * 1024
CERTIFICATE = re.compile(b"-----BEGIN (?:TRUSTED )?CERTIFICATE-----")


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """How a venue is asked: what speaks to it, the clock it is compared with, and the censor that learns the key's secrets."""

    factory: Factory = spoken
    clock: Clock = msgspec.field(default_factory=WallClock)
    censor: Censor = msgspec.field(default_factory=Censor)


def examine(
    desk: Path,
    config: Path | None,
    environ: Mapping[str, str],
    *,
    account: str | None = None,
    offline: bool = False,
    doors: Doors | None = None,
) -> list[Finding]:
    """Every condition, in the order in which a start would meet them. At a venue only readings are done, with `offline` none.

    `desk` is the data root of the desk, `account` the one of its accounts that is meant.
    """

    def told() -> Settings:
        table = read_table(config)
        return settings_from(accounts.table_of(table, accounts.chosen(table, account, environ)), {})

    def others() -> list[Settings]:
        table = read_table(config)
        return siblings(table, accounts.chosen(table, account, environ))

    found = machine(accounts.root_of(desk, accounts.asked(account, environ)), told, environ)
    try:
        settings, flags = told(), read_flags(environ)
    except HedgeError:
        return found  # said already, by its name
    used = doors or Doors()
    facts = facts_of(settings, environ, used.censor, others())
    before = conditions(settings, flags, facts)
    return [*found, *before, *_venue(settings, facts, [one for one in before if one.condition not in YESES], None if offline else used)]


def admit(
    root: Path, settings: Settings, environ: Mapping[str, str], *, others: Sequence[Settings] = (), doors: Doors | None = None
) -> Permit:
    """Leave to trade with these settings. Nothing is connected to before everything that can be judged here holds.

    `others` are the settings of the desk's other accounts.

    Raises `SettingsError` (exit 78) naming everything that is missing, and `Unproved` (exit 1) where a venue did not answer.
    """
    used, flags = doors or Doors(), read_flags(environ)
    facts = facts_of(settings, environ, used.censor, others)
    refuse(settings.mode, conditions(settings, flags, facts))
    if settings.mode == "paper":
        return permit(settings, flags, facts, ())
    here = machine(root, lambda: settings, environ)
    refuse(settings.mode, here)
    asked = asyncio.run(probe(access_of(settings, facts.key, used.clock), factory=used.factory))
    return permit(settings, flags, facts, [*here, *asked])


def siblings(table: Mapping[str, Any], account: str) -> list[Settings]:
    """The settings of a desk's other accounts; one whose own are refused is passed over, since it will not start."""
    found = []
    for name in accounts.names_of(table):
        with contextlib.suppress(SettingsError):
            found += [settings_from(accounts.table_of(table, name), {})] if name != account else []
    return found


def twin_of(key: Key, settings: Settings, others: Sequence[Settings], environ: Mapping[str, str]) -> str:
    """The account that would trade with the same key at the same venue; empty where none is known.

    A key that this process may not read, or that the process manager hands to each on its own, is passed over.
    """
    for other in others:
        if other.mode == "paper" or other.exchange != settings.exchange or not other.venue.key_file:
            continue
        with contextlib.suppress(SettingsError):
            if read_key(other.venue.key_file, environ).name == key.name:
                return other.account
    return ""


def facts_of(settings: Settings, environ: Mapping[str, str], censor: Censor, others: Sequence[Settings] = ()) -> Facts:
    """The key that these settings name, or why there is none; on paper nothing is read. The censor knows its secrets from here on."""
    authorities = _authorities(settings.venue.ca_file)
    if settings.mode == "paper":
        return Facts(authorities=authorities)
    try:
        key = read_key(settings.venue.key_file, environ)
    except SettingsError as error:
        return Facts(no_key=str(error), authorities=authorities)
    censor.learn(key.texts())
    return Facts(key=key, authorities=authorities, twin=twin_of(key, settings, others, environ))


def _authorities(ca_file: str) -> int:
    """How many certificates a file holds; 0 where it cannot be read."""
    try:
        return len(CERTIFICATE.findall(read_plain(Path(ca_file), MOST_CA_BYTES))) if ca_file else 0
    except (OSError, ValueError):
        return 0


def _venue(settings: Settings, facts: Facts, before: list[Finding], doors: Doors | None) -> list[Finding]:
    """What the venue says, where there is one and everything that leads to it holds."""
    if settings.mode == "paper":
        return []
    if doors is None:
        return [Finding(condition="venue", ok=True, detail="not asked (--offline)")]
    if not all(one.ok for one in before):
        return [Finding(condition="venue", ok=False, detail="not asked; mend what does not hold above first")]
    return asyncio.run(probe(access_of(settings, facts.key, doors.clock), factory=doors.factory))
