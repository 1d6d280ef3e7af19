"""The operator's command, `hedge`. One command is one file of this folder, exporting a function of the same name.

Commands are imported when they are called, so that `hedge status` waits for nothing it does not need.
"""

import gc
import importlib
import os
import pkgutil
import sys

import click

from executor.accounts import VARIABLE
from executor.configuration import umask_of
from executor.errors import HedgeError

SELDOM = 50_000
"""A start makes many objects and no garbage: looking for some at every 700 new ones took a sixth of `hedge status`."""


OF_THE_DESK = frozenset({"up", "watch", "tend", "run"})
"""Commands that are about all accounts, whichever is meant (`run` is the mirror's)."""


def meant(_: click.Context, __: click.Parameter, value: str | None) -> None:
    """Note the account that is meant where every door looks for it: the argument goes before the environment."""
    if value:
        os.environ[VARIABLE] = value


def with_account(command: click.Command) -> click.Command:
    """A command that looks at a data root can be told which account's, in the same words everywhere."""
    for each in command.commands.values() if isinstance(command, click.Group) else (command,):
        names = {parameter.name for parameter in each.params}
        if "data" in names and "account" not in names and each.name not in OF_THE_DESK:
            each.params.append(
                click.Option(
                    ["--account"],
                    expose_value=False,
                    callback=meant,
                    is_eager=True,
                    help="Which account of a desk with several (default: HEDGE_ACCOUNT).",
                )
            )
    return command


class Commands(click.Group):
    """The commands of this folder, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it in
        """Every file of this folder."""
        return sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command a file exports; null for names that are no file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return with_account(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def hedge() -> None:
    """Look after a trading desk: its files, its journals, its processes."""


def main() -> None:
    """Run `hedge`; what was refused is said in one line, with the right exit code."""
    gc.set_threshold(SELDOM)
    try:
        os.umask(umask_of(os.environ))  # what is written, by this process and by what it starts, is its owner's alone
        hedge()
    except HedgeError as error:
        click.echo(f"hedge: {error}", err=True)
        sys.exit(error.exit_code)
