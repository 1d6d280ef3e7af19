"""`hedge backup`: everything of a desk that cannot be made again, in one file, while it goes on trading."""

import contextlib
import os
import sys
from pathlib import Path

import click

from executor.accounts import asked, root_of
from executor.clock import WallClock
from executor.configuration import data_root
from hedge_assets.backups.archive import checked
from hedge_assets.backups.secrets import settings_text
from hedge_assets.backups.shapes import Manifest
from hedge_assets.backups.taking import Earlier, take
from hedge_assets.place import SETTINGS
from hedge_assets.settings import Place

FILE = click.Path(path_type=Path, dir_okay=False)
GENTLE = 10
"""A backup gives way to whoever trades on this machine."""


@click.command()
@click.argument("file", type=FILE)
@click.option("--since", type=FILE, help="An earlier backup: what is the same in it is only named, and both are needed to restore.")
@click.option("--verify", is_flag=True, help="Write nothing: read FILE through, and say whether it holds.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def backup(file: Path, since: Path | None, *, verify: bool, data: Path | None) -> None:
    """Back the desk up into FILE, all its accounts or the one that is named, and verify it; exit 1 for damage and what is missing."""
    if verify:
        if since is not None or data is not None:
            raise click.UsageError("--verify reads FILE alone; leave out the other options")
        manifest = checked(file)
    else:
        with contextlib.suppress(OSError):
            os.nice(GENTLE)
        root = root_of(data_root(data, os.environ), asked(None, os.environ))
        earlier = None if since is None else Earlier(checked(since), since.name)
        text = settings_text(Path(os.environ.get("HEDGE_CONFIG") or SETTINGS))
        manifest = take(Place(root=root), file, settings=text, earlier=earlier, now_us=WallClock().now_us())
    for line in told(file, manifest):
        click.echo(line)
    for fault in manifest.faults:
        click.echo(f"hedge: damaged as it was found: {fault}", err=True)
    for each in manifest.missed:
        click.echo(f"hedge: missing in the backup: {each}", err=True)
    sys.exit(1 if manifest.faults or manifest.missed else 0)


def told(file: Path, manifest: Manifest) -> list[str]:
    """What a backup holds, in a few lines."""
    own = manifest.own()
    size = file.stat().st_size
    lines = [f"{file}: holds, backup {manifest.id}, {len(manifest.parts)} files, {manifest.bytes} bytes of them, {size} packed"]
    if len(own) < len(manifest.parts):
        bases = ", ".join(f"{base.name} ({base.id})" for base in manifest.needed())
        lines.append(f"{len(manifest.parts) - len(own)} of the files are in {bases}, which is needed to restore")
    lines += [f"{name} {each.first_seq}..{each.last_seq}" for name, each in manifest.ranges.items()]
    return [*lines, *(f"left out: {each}" for each in manifest.left_out)]
