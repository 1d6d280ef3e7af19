"""`hedge upgrade --check`: what starting this version on a data root would do."""

import os
import sys
from pathlib import Path

import click

from executor.accounts import TABLE, asked, root_of
from executor.configuration import data_root
from executor.errors import HedgeError, SettingsError
from hedge_assets.backups.upgrading import steps


@click.command()
@click.option("--check", is_flag=True, required=True, help="Say what an upgrade would do, and do nothing: starting is what upgrades.")
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
def upgrade(data: Path | None, *, check: bool) -> None:  # noqa: ARG001  there is nothing but the check
    """Exit 0 where this version may be started, 1 where something wants looking at first, 78 where it would be refused."""
    root = root_of(data_root(data, os.environ), asked(None, os.environ))
    homes = [home for home in (root, *sorted((root / TABLE).glob("*"))) if (home / "raw").is_dir()]
    if not homes:
        raise HedgeError(f"no journals at {root / 'raw'}; name another data root with --data")
    found = [(home, step) for home in homes for step in steps(home)]
    for home, step in found:
        click.echo(f"{step.word:8}{'' if home == root else f'{home.name}: '}{step.about}: {step.said}")
    words = {step.word for _, step in found}
    sys.exit(SettingsError.exit_code if "refused" in words else int("look" in words))
