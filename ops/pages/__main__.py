"""`python -m ops.pages`: serves Dagster's pages on loopback, read-only unless told otherwise, until it is asked to stop."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from executor.configuration import umask_of
from executor.errors import HedgeError, SettingsError
from hedge_assets.defs.pooled_postgres import has_lines_open
from ops.dashboard.door import Door
from ops.dashboard.guard import names_from
from ops.dashboard.listening import ADDRESS, BACKLOG, bound
from ops.dashboard.page_token import token_from
from ops.pages.guard import Guard

PORT = 3000
STATEMENT_MS, RECYCLE_S, MOST_MORE = 15_000, 3_600, 20
"""How long a statement of the database may take, how old a connection grows, how many there may be beyond the usual: Dagster's own."""

REFRESH_MS = 5_000
"""How often a page that is open asks for what is new."""

MOST_AT_ONCE = 256


@click.command()
@click.option("--workspace", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True, help="Dagster's workspace.yaml.")
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="Port on loopback.")
@click.option("--name", "names", multiple=True, help="Another host name to answer to, behind a proxy; may be given again.")
@click.option(
    "--writable", is_flag=True, help="Runs may be started, schedules stopped. Wants a token, so that only the proxy gets through."
)
@click.option("--token", metavar="PLACE", default="", help="Where the proxy's token lies, file:PATH or env:NAME.")
def pages(workspace: Path, *, port: int, names: tuple[str, ...], writable: bool, token: str) -> None:
    """Show Dagster's pages."""
    if writable and not token:
        raise SettingsError("--writable was given without --token, everybody on this machine could start runs; name the proxy's token")
    door = Door(token_from(token, os.environ) if token else None, cookie=f"hedge_dagster_{port}")
    served, listening = names_from(names), bound(port)
    with application(workspace, is_writable=writable) as app:
        click.echo(f"Dagster's pages at http://{ADDRESS}:{port}{', writable' if writable else ''}")
        sys.stdout.flush()
        uvicorn.Server(configuration(Guard(app, served, door), port)).run(sockets=[listening])


@contextmanager
def application(workspace: Path, *, is_writable: bool) -> Iterator[Any]:
    """Dagster's own application over the workspace, as its command line would make it."""
    with dg.DagsterInstance.get() as instance:
        if not has_lines_open(instance):
            instance.optimize_for_webserver(STATEMENT_MS, RECYCLE_S, MOST_MORE)
        target = WorkspaceFileTarget(paths=[str(workspace.absolute())])
        with WorkspaceProcessContext(instance, target, version=__version__, read_only=not is_writable) as context:
            yield create_app_from_workspace_process_context(context, live_data_poll_rate=REFRESH_MS)


def configuration(app: Any, port: int) -> uvicorn.Config:
    """How it is served: nobody's forwarded headers are believed, and nothing that is asked is written down."""
    return uvicorn.Config(
        app,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_AT_ONCE,
        ws_max_size=1024 * 1024,
        timeout_graceful_shutdown=1,
    )


def main() -> None:
    """Serve; what was refused is said in one line, with the right exit code."""
    try:
        os.umask(umask_of(os.environ))
        pages(prog_name="python -m ops.pages")
    except HedgeError as error:
        click.echo(f"pages: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
