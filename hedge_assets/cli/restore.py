"""`hedge restore`: a backup becomes a data root, here or on another machine."""

import os
import sys
from pathlib import Path

import click

from executor.accounts import asked, root_of
from executor.configuration import data_root
from executor.received import source_of
from hedge_assets.backups.restoring import restore as restored
from hedge_assets.backups.shapes import FOLDER, Manifest


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
    for line in what_next(root, manifest):
        click.echo(line)
    for path in manifest.left_out:
        click.echo(f"left out when it was taken: {path}")
    for fault in manifest.faults:
        click.echo(f"hedge: damaged as it was backed up: {fault}", err=True)
    for path in manifest.missed:
        click.echo(f"hedge: missing, it could not be backed up: {path}", err=True)
    sys.exit(1 if manifest.faults or manifest.missed else 0)


def what_next(root: Path, manifest: Manifest) -> list[str]:
    """What is to be done with a desk that was just restored: journals that came from elsewhere are not traded on."""
    files = {part.path for part in manifest.parts}
    homes = sorted({Path(name).parent.parent for name in manifest.ranges})
    received = [home for home in homes if str(source_of(home)) in files]
    verify = f"next: hedge rebuild --verify --data {root}"
    start = f"{verify}, then start it; on a venue never while the old one may still trade"
    lines = [verify if received and len(received) == len(homes) else start]
    return lines + [f"{root / home} is received from another machine: no executor trades on it, hedge receive goes on" for home in received]
