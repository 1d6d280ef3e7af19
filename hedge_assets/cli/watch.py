"""`hedge watch`: looks at everything twice a second, keeps the incidents, and tells; beside Dagster, and without it."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from executor.clock import WallClock
from executor.errors import HedgeError
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.folder_lock import held
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.incidents import Entry
from hedge_assets.health.manifest import manifest
from hedge_assets.health.survey import Survey
from hedge_assets.place import place_of
from hedge_assets.settings import Place
from hedge_assets.version import package_version
from hedge_assets.watch.alerts import Alerter
from hedge_assets.watch.audit import SlowAudit
from hedge_assets.watch.deadman import Deadman, deadman_of
from hedge_assets.watch.keeper import Figures, Keeper, Who
from hedge_assets.watch.metrics import PORT, Exposition, serve

LAST_WORDS_S = 2.0
PATIENT_TRIES = 20  # a watch that is just ending is waited for


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="Port of /metrics on loopback; 0 for none.")
@click.option("--page", help="Address of the operator page, named in alerts.")
def watch(data: Path | None, *, port: int, page: str | None) -> None:
    """Watch a data root until Ctrl-C: incidents, alerts, metrics."""
    place = place_of(os.environ, data)
    if not place.root.is_dir():
        raise HedgeError(f"no data root at {place.root}; start the desk with `make run`, or name another with --data")
    stop = asked_to_end()
    another = f"{place.root} is watched by another `hedge watch`; stop that one or name another --data"
    with held(place.watch, another, tries=PATIENT_TRIES), contextlib.ExitStack() as ends:
        keeper = keeper_of(place, port)
        alerter = Alerter(place.alerts, environ=os.environ, clock=WallClock(), page=page)
        ends.callback(alerter.close, LAST_WORDS_S)
        tell(keeper, alerter, deadman_of(place.alerts, os.environ))
        if port:
            ends.callback(serve(port, Exposition(place, keeper.rows, keeper.conditions, clock=WallClock())))
        ends.enter_context(reading(place, keeper, stop))
        click.echo(f"watching {place.root}, {len(keeper.open)} incidents open")
        keeper.run(stop)
        click.echo(f"ended after {keeper.turns} looks, {len(keeper.open)} incidents open")


def keeper_of(place: Place, port: int) -> Keeper:
    """The keeper of a data root, by the machine's clock and this process's environment."""
    who = Who(os.getpid(), read_flags(os.environ).as_text(), {"hedge": package_version()}, port or None)
    return Keeper(place, manifest(scan()), conditions(), clock=WallClock(), who=who)


def tell(keeper: Keeper, alerter: Alerter, deadman: Deadman) -> None:
    """Have every look heard by the alerts and the dead-man's ping, and their figures in the pulse."""

    def heard(entries: Sequence[Entry], seen: Survey) -> None:
        alerter.tell(entries, keeper.open, account=account_of(seen))
        deadman.tick(is_well=seen.is_healthy and not any(each.severity == "error" for each in keeper.open))

    def figures() -> Figures:
        told, pinged = alerter.figures(), deadman.figures()
        alerts = {f"alerts_{name}": told[name] for name in ("sent", "failed", "lost", "held_back", "error")}
        return {**alerts, "pings": pinged["pings"], "pings_failed": pinged["failed"], "ping_error": pinged["last_error"]}

    keeper.telling.append(heard)
    keeper.notes.append(figures)


@contextlib.contextmanager
def reading(place: Place, keeper: Keeper, stop: threading.Event) -> Iterator[None]:
    """Have the journals read through in a thread beside the looks; whether it goes on is in the pulse."""
    audit = SlowAudit(place.raw, place.watch, clock=WallClock())
    thread = threading.Thread(target=audit.run_forever, args=(stop,), name="slow audit", daemon=True)
    keeper.notes.append(lambda: {"is_reading_journals": int(thread.is_alive() or stop.is_set())})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_WORDS_S)


def account_of(seen: Survey) -> str | None:
    """The account that is traded, as the executor says; null if it never did."""
    facts = seen.scene.pulses.get("executor")
    return None if facts is None or facts.pulse is None else facts.pulse.account


def asked_to_end() -> threading.Event:
    """Set once somebody asks to end: Ctrl-C, a termination, a closed terminal."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    return stop
