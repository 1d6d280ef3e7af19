"""`hedge launch`: begins one program of a box and becomes it; supervisor and systemd start every program through here."""

import os
import time
from pathlib import Path

import click

from executor.configuration import data_root
from executor.errors import SettingsError


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--secrets", type=click.Path(path_type=Path), help="File of NAME=VALUE lines, of this user, mode 0400.")
@click.option(
    "--after", "after", multiple=True, type=click.Choice(["postgres", "code"]), help="Wait until it is there; may be given again."
)
@click.option(
    "--rest", "most_rest_s", type=click.FloatRange(0, 3600), default=30.0, show_default=True, help="Longest rest between falls, in s."
)
def launch(name: str, command: tuple[str, ...], *, secrets: Path | None, after: tuple[str, ...], most_rest_s: float) -> None:
    """Begin the program NAME of a box, which COMMAND is; used by supervisor and systemd."""
    from hedge_assets.stack import launching  # noqa: PLC0415  what is launched seldom needs it

    environ = {**os.environ, **launching.own_names()}
    if secrets is not None:
        environ |= launching.secrets_in(secrets)
    rest_s = launching.rest(data_root(None, environ) / launching.STARTS, name, most_rest_s, time.time_ns() // 1_000)
    if rest_s:
        click.echo(f"{name} fell again and again; it is left alone for {rest_s:.0f} s")
        time.sleep(rest_s)
    for each in after:
        launching.wait_for(each, launching.waits(environ)[each])
    try:
        os.execvpe(command[0], command, environ)  # noqa: S606  the very program that was asked for
    except OSError as error:
        raise SettingsError(
            f"{command[0]} cannot be started ({error.strerror}); is HEDGE_HOME right, and make setup done there?"
        ) from error
