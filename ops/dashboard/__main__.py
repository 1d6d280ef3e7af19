"""`python -m ops.dashboard`: serves the operator page of one data root on loopback until it is asked to stop."""

import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import uvicorn

from executor.clock import WallClock
from executor.errors import HedgeError, SettingsError
from hedge_assets.catalog import scan
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.manifest import manifest
from hedge_assets.place import place_of
from ops.dashboard.app import application
from ops.dashboard.guard import LOOPBACK
from ops.dashboard.looks import Looks

ADDRESS = "127.0.0.1"
PORT = 8700
MOST_CONNECTIONS = 200


class Server(uvicorn.Server):
    """A server that says where it is as soon as it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        click.echo(f"operator page at http://{ADDRESS}:{self.config.port}")
        sys.stdout.flush()


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="Port on loopback.")
@click.option("--name", "names", multiple=True, help="Another host name to answer to, behind a proxy; may be given again.")
@click.option("--dagster", help="Where Dagster's pages are, as http://127.0.0.1:3000: panels then lead to their assets.")
def dashboard(data: Path | None, *, port: int, names: tuple[str, ...], dagster: str | None) -> None:
    """Show the state of a desk in a browser, live, whatever else runs or does not."""
    place = place_of(os.environ, data)
    listening = bound(port)
    looks = Looks(place, manifest(scan()), scan_conditions(), WallClock(), dagster=None if dagster is None else web_address(dagster))
    config = uvicorn.Config(
        application(looks, names=LOOPBACK | {name.lower() for name in names}),
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    Server(config).run(sockets=[listening])


def web_address(text: str) -> str:
    """An address that a link may lead to; refused in one line when it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--dagster was {text[:80]!r}, it must be an address as http://127.0.0.1:3000")
    return text.rstrip("/")


def bound(port: int) -> socket.socket:
    """A socket on that port of loopback; refused in one line when another has it."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise SettingsError(f"--port was {port}, it cannot be listened on ({error.strerror}); name another") from error
    return listening


def main() -> None:
    """Serve; what was refused is said in one line, with the right exit code."""
    try:
        dashboard(prog_name="python -m ops.dashboard")
    except HedgeError as error:
        click.echo(f"dashboard: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
