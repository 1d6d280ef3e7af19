"""`hedge launch`: begins one program of a box and becomes it; supervisor and systemd start every program through here.

In a container it stays above the program (`--final`): the engine would start for ever what must not be started again.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click

from executor.configuration import data_root
from executor.errors import HedgeError, SettingsError


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
@click.option(
    "--final",
    multiple=True,
    type=click.IntRange(0, 255),
    help="Stay above the program, and idle once it ended with this code; may be given again.",
)
def launch(
    name: str, command: tuple[str, ...], *, secrets: Path | None, after: tuple[str, ...], most_rest_s: float, final: tuple[int, ...]
) -> None:
    """Begin the program NAME of a box, which COMMAND is; used by supervisor, systemd and containers."""
    from hedge_assets.stack import launching  # noqa: PLC0415  what is launched seldom needs it

    if not final:
        become(command, made_ready(name, secrets, after, most_rest_s))
    was_asked = False
    try:
        launching.forget()
        environ = made_ready(name, secrets, after, most_rest_s)
        with startable(command[0]):
            code, was_asked = launching.kept(command, environ)
    except HedgeError as error:
        click.echo(f"hedge: {error}", err=True)
        code = error.exit_code
    if code in final and not was_asked:
        launching.note_end(code)
        click.echo(f"{name} ended with {code}, which is final; it is begun again when its container is")
        launching.until_asked_to_end()
    sys.exit(code)


def made_ready(name: str, secrets: Path | None, after: tuple[str, ...], most_rest_s: float) -> dict[str, str]:
    """Wait for what a program needs, and for its rest when it has fallen again and again; its environment with its secrets."""
    from hedge_assets.stack import launching  # noqa: PLC0415

    environ = {**os.environ, **launching.own_names()}
    if secrets is not None:
        environ |= launching.secrets_in(secrets)
    rest_s = launching.rest(data_root(None, environ) / launching.STARTS, name, most_rest_s, time.time_ns() // 1_000)
    if rest_s:
        click.echo(f"{name} fell again and again; it is left alone for {rest_s:.0f} s")
        time.sleep(rest_s)
    for each in after:
        launching.wait_for(each, launching.waits(environ)[each])
    return environ


def become(command: tuple[str, ...], environ: dict[str, str]) -> NoReturn:
    """Become the program."""
    with startable(command[0]):
        os.execvpe(command[0], command, environ)  # noqa: S606  the very program that was asked for


@contextlib.contextmanager
def startable(program: str) -> Iterator[None]:
    """Refuses what cannot be started."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{program} cannot be started ({error.strerror}); is HEDGE_HOME right, and make setup done there?") from error
