"""`hedge tend`: tells how the programs of a box are, and starts again one that hangs; itself a program of the box."""

import os
import sys
from pathlib import Path

import click

from executor.configuration import data_root
from executor.endings import asked_to_end
from executor.errors import SettingsError
from hedge_assets.place import account_names
from hedge_assets.stack.knocking import Knocks, doors
from hedge_assets.stack.notes import Tally, write_targets
from hedge_assets.stack.ports import ports_from
from hedge_assets.stack.supervision import Control
from hedge_assets.stack.tending import Tending

SOCKET = "unix://"


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def tend(data: Path | None) -> None:
    """Look after the programs beside supervisor; started by it."""
    address = os.environ.get("SUPERVISOR_SERVER_URL", "")
    if not address.startswith(SOCKET):
        raise SettingsError(
            f"SUPERVISOR_SERVER_URL was {address!r}, it must be a unix:// address; let supervisor start this (ops/hedge.conf)"
        )
    run = data_root(data, os.environ) / "run"
    names = account_names(os.environ)
    ports = ports_from(os.environ, len(names))
    write_targets(run, ports, names)
    knocks, end = Knocks(doors(ports, names)), asked_to_end()
    with knocks.going_on():
        sys.exit(Tending(Control(Path(address.removeprefix(SOCKET))), Tally(run), knocks.see, say, end).run())


def say(line: str) -> None:
    """One line of the log, at once."""
    click.echo(line)
    sys.stdout.flush()
