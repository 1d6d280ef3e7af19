"""`hedge receive`: brings the raw journals of another machine down from object storage, so that everything here works on them."""

import os
import sys
from pathlib import Path

import click

from executor.endings import asked_to_end
from executor.errors import SettingsError
from executor.journal.segments import listed
from executor.received import MOST_SHOWN, source_of
from executor.records.streams import STREAMS
from hedge_assets.cli.ship import DATA, ONCE, URI, objects_of
from hedge_assets.folder_lock import held
from hedge_assets.place import place_of
from hedge_assets.settings import Place
from hedge_assets.shipping.carrying import carry
from hedge_assets.shipping.disk import at_disk
from hedge_assets.shipping.receiver import Received, Receiver
from hedge_assets.store import look, replace

MOST_BYTES = 4096


@click.command()
@DATA
@URI
@ONCE
def receive(data: Path | None, uri: str | None, *, once: bool) -> None:
    """Bring raw journals down until Ctrl-C; the data root is this account's alone."""
    place = place_of(os.environ, data)
    objects = objects_of(place, uri)
    with held(place.root / "receive", f"{place.root} is received by another `hedge receive`; stop that one or name another --data"):
        with at_disk(place.raw):
            claim(place, objects.uri)
        receiver = Receiver(place.raw, objects)
        if once:
            sys.exit(everything(receiver))
        stop = asked_to_end()
        click.echo(f"receiving {objects.uri} into {place.raw}")
        turns = carry(Telling(receiver).turn, stop, every_s=place.ship.every_s, say=click.echo)
        receiver.close()
        click.echo(f"ended after {turns} turns")


def claim(place: Place, uri: str) -> None:
    """Note where this root's journals come from; one that has journals of its own, or of elsewhere, is refused."""
    note = source_of(place.root)
    facts = look(note, MOST_BYTES)
    if facts.content is not None:
        if facts.content.decode("utf-8", "replace") != uri:
            known = facts.content.decode("utf-8", "replace")[:MOST_SHOWN]
            raise SettingsError(f"{place.root} is received from {known!r}, --uri was {uri!r}; name that one, or another --data")
        return
    if any(listed(place.raw / stream) for stream in STREAMS):
        raise SettingsError(f"{place.raw} has journals that were not received; name an empty data root with --data")
    replace(note, uri.encode())


class Telling:
    """Turns a receiver, and says once what it waits for."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._waiting: dict[str, str] = {}

    def turn(self) -> bool:
        """One turn; there is never more to do at once."""
        done = self._receiver.turn()
        for stream, what in done.waiting.items():
            if self._waiting.get(stream) != what:
                click.echo(what)
        self._waiting = done.waiting
        return False


def everything(receiver: Receiver) -> int:
    """Turn until there is nothing new at a second look; the exit code, 1 while something that must come first is not there.

    A second look, for what was sealed there between a look and its fetching is found as a whole by the next.
    """
    total, idle = Received(), 0
    while idle < 2:
        done = receiver.turn()
        total.parts, total.part_bytes = total.parts + done.parts, total.part_bytes + done.part_bytes
        total.sealed, total.pruned = total.sealed + done.sealed, total.pruned + done.pruned
        idle = 0 if done.parts or done.sealed else idle + 1
    receiver.close()
    click.echo(f"received {total.sealed} sealed segments, and {total.part_bytes} bytes of live tails in {total.parts} parts")
    for what in done.waiting.values():
        click.echo(what, err=True)
    return 1 if done.waiting else 0
