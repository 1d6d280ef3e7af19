"""`hedge ship`: brings the raw journals of this machine up to object storage, sealed segments and the live tail."""

import os
from pathlib import Path

import click

from executor.endings import asked_to_end
from executor.errors import HedgeError, SettingsError
from executor.flags import read_flags
from hedge_assets.folder_lock import held
from hedge_assets.mirror.permission import refuse_without_leave
from hedge_assets.object_store import Objects
from hedge_assets.place import place_of
from hedge_assets.settings import Place
from hedge_assets.shipping.carrying import carry
from hedge_assets.shipping.disk import at_disk
from hedge_assets.shipping.shipper import Shipper

DATA = click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
URI = click.option(
    "--uri",
    help="The account's own prefix, s3://BUCKET/PREFIX or file:///FOLDER; ship.uri by default, and there what the account is called.",
)
ONCE = click.option("--once", is_flag=True, help="All there is now, then end.")


@click.command()
@DATA
@URI
@ONCE
def ship(data: Path | None, uri: str | None, *, once: bool) -> None:
    """Bring raw journals up until Ctrl-C; they are only read."""
    place = place_of(os.environ, data)
    objects = objects_of(place, uri)
    refuse_without_leave(read_flags(os.environ), f"be shipped to {objects.uri}", "do not ship")
    with at_disk(place.raw):
        is_there = place.raw.is_dir()
    if not is_there:
        raise HedgeError(f"no journals at {place.raw}; start the executor, or name another data root with --data")
    with held(place.root / "ship", f"{place.root} is shipped by another `hedge ship`; stop that one or name another --data"):
        shipper = Shipper(place.raw, objects, part_bytes=place.ship.part_bytes, account=place.account)
        if once:
            click.echo(everything(shipper))
            return
        stop = asked_to_end()
        click.echo(f"shipping {place.raw} to {objects.uri}")
        turns = carry(lambda: shipper.turn().more, stop, every_s=place.ship.every_s, say=click.echo)
        click.echo(f"ended after {turns} turns")


def objects_of(place: Place, uri: str | None) -> Objects:
    """The prefix that is named, and in that of the settings the account's own; refuses to guess one."""
    named = uri or own(place.ship.uri, place.account)
    if not named:
        raise SettingsError("ship.uri was empty; name s3://BUCKET/PREFIX or file:///FOLDER there, or with --uri")
    return Objects(named, deadline_s=place.ship.deadline_s)


def own(uri: str, account: str) -> str:
    """What an account has of a prefix that is named for all; all of it where the settings name no accounts."""
    return f"{uri.removesuffix('/')}/{account}" if uri and account else uri


def everything(shipper: Shipper) -> str:
    """Turn until there is nothing new: a second look at a journal that stands still brings up its last lines."""
    parts = part_bytes = sealed = mended = idle = 0
    while idle < 2:
        done = shipper.turn()
        parts, part_bytes, sealed = parts + done.parts, part_bytes + done.part_bytes, sealed + done.sealed
        mended += done.mended
        idle = 0 if done.parts or done.sealed else idle + 1
    again = f"; {mended} damaged objects there were put again" if mended else ""
    return f"shipped {sealed} sealed segments, and {part_bytes} bytes of live tails in {parts} parts{again}"
