"""The watch's round over several accounts: one process looks at each in turn, and takes no more than its share of a core for it."""

import threading
import time
from collections.abc import Sequence

import msgspec

from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.watch.keeper import Keeper

BUSY_FRAC = 0.25
"""The share of one core that looking may take, however many accounts there are."""


def look_around(keepers: Sequence[Keeper], stop: threading.Event) -> None:
    """Look at one after the other, again and again, until told to stop; who has many accounts looks at each less often."""
    if len(keepers) == 1:
        keepers[0].run(stop)
        return
    for keeper in keepers:
        keeper.begin()
    while not stop.is_set():
        began_s = time.monotonic()
        for keeper in keepers:
            if not stop.is_set():
                keeper.try_to_look()
        took_s = time.monotonic() - began_s
        turn_s = max(keepers[0].place.health.look_every_s, took_s / BUSY_FRAC)
        for keeper in keepers:
            keeper.turn_s = turn_s
        stop.wait(max(turn_s - took_s, 0.01))
    for keeper in keepers:
        keeper.end()


def named(incident: Incident, account: str) -> Incident:
    """An incident that says whose it is, where there are several accounts."""
    if not account:
        return incident
    return msgspec.structs.replace(incident, id=f"{account} {incident.id}", subject=f"{account}: {incident.subject}")


def told_of(entries: Sequence[Entry], account: str) -> list[Entry]:
    """Entries that say whose they are."""
    return [msgspec.structs.replace(each, incident=named(each.incident, account)) for each in entries]


def open_in(keepers: Sequence[Keeper]) -> list[Incident]:
    """The incidents of all accounts that are not over."""
    return [named(incident, keeper.place.account) for keeper in keepers for incident in keeper.open]
