"""Follows a flattening in the journals until nothing is held: what is left, and why where it does not get less."""

import time
from collections.abc import Callable
from pathlib import Path

from executor.journal.reader import tail
from executor.records.account import Account
from executor.records.base import Record
from executor.records.orders import Fault, Halt, Reject, Unknown

LOOK_S = 0.25
WORDS = 200


def is_flat_within(root: Path, within_s: float, say: Callable[[str], None]) -> bool:
    """Say what is held whenever that changes, until nothing is (true), or after `within_s` the newest trouble (false)."""
    until_s, said = time.monotonic() + within_s, ""
    while True:
        account = newest(root)
        held = "" if account is None else ", ".join(f"{each.symbol} {each.qty}" for each in account.positions)
        if account is not None and not held:
            say("flat: nothing is held")
            return True
        if held != said:
            said = held
            say(f"held: {held}")
        if time.monotonic() >= until_s:
            say(f"not flat after {within_s:g} s: {trouble(root)}")
            return False
        time.sleep(LOOK_S)


def newest(root: Path) -> Account | None:
    """The newest account in the journal; null where there is none."""
    return next((record for _, record in reversed(tail(root / "raw", "positions", 4)) if isinstance(record, Account)), None)


def trouble(root: Path) -> str:
    """The newest record of the orders journal that says why something does not happen."""
    for _, record in reversed(tail(root / "raw", "orders", WORDS)):
        if (words := told(record)) is not None:
            return words
    return "no refusal and no fault is journaled; look at the newest quotes and at hedge status"


def told(record: Record) -> str | None:
    """A record's trouble in words, null where it tells of none."""
    match record:
        case Reject():
            return f"{record.symbol}: the venue refused {record.client_id}, {record.code}: {record.detail}"
        case Unknown():
            return f"{record.symbol}: the fate of {record.client_id} is unknown, {record.reason}"
        case Fault():
            return f"{record.where}: {record.detail}"
        case Halt() if record.rule != "operator":
            return f"halted by {record.rule}: {record.detail}"
    return None
