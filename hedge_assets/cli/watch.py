"""`hedge watch`: looks at everything twice a second, keeps the incidents, and tells; beside Dagster, and without it."""

import os
import signal
import threading
from pathlib import Path

import click

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import read_flags, refuse_unpermitted_production
from hedge_assets.catalog import scan
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.manifest import manifest
from hedge_assets.place import place_of
from hedge_assets.version import package_version
from hedge_assets.watch.hold import hold
from hedge_assets.watch.keeper import Keeper, Who

METRICS_PORT = 8800


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=METRICS_PORT, show_default=True, help="Port of /metrics on loopback; 0 for none."
)
def watch(data: Path | None, *, port: int) -> None:
    """Watch a data root until Ctrl-C: incidents, alerts, metrics."""
    flags = read_flags(os.environ)
    refuse_unpermitted_production(flags)
    place = place_of(os.environ, data)
    if not place.root.is_dir():
        raise HedgeError(f"no data root at {place.root}; start the desk with `make run`, or name another with --data")
    with hold(place.watch):
        who = Who(os.getpid(), flags.as_text(), {"hedge": package_version()}, port or None)
        keeper = Keeper(place, manifest(scan()), conditions(), clock=WallClock(), who=who)
        click.echo(f"watching {place.root}, {len(keeper.open)} incidents open")
        keeper.run(asked_to_end())
        click.echo(f"ended after {keeper.turns} looks, {len(keeper.open)} incidents open")


def asked_to_end() -> threading.Event:
    """Set once somebody asks to end: Ctrl-C, a termination, a closed terminal."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    return stop
