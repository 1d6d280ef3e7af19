"""`hedge restore`: a backup becomes a data root, here or on another machine."""

import os
import sys
from pathlib import Path

import click

from executor.accounts import asked, root_of
from executor.configuration import data_root
from hedge_assets.backups.restoring import restore as restored
from hedge_assets.backups.shapes import FOLDER


@click.command()
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False), nargs=-1, required=True)
@click.option("--data", type=click.Path(path_type=Path), help="The data root to make, absent or empty; HEDGE_DATA or ./logs by default.")
def restore(files: tuple[Path, ...], data: Path | None) -> None:
    """Restore FILES (a backup, and the earlier ones it builds on where they do not lie beside it)."""
    root = root_of(data_root(data, os.environ), asked(None, os.environ))
    manifest = restored(files, root)
    for name, each in manifest.ranges.items():
        click.echo(f"{name} {each.first_seq}..{each.last_seq}")
    click.echo(f"restored backup {manifest.id} to {root}; settings and flags it ran under are in {root / FOLDER}")
    click.echo(f"next: hedge rebuild --verify --data {root}, then start it; on a venue never while the old one may still trade")
    for fault in manifest.faults:
        click.echo(f"hedge: damaged as it was backed up: {fault}", err=True)
    sys.exit(1 if manifest.faults else 0)
