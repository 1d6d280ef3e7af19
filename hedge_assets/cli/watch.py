"""`hedge watch`: looks at everything twice a second, keeps the incidents, and tells; beside Dagster, and without it."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
from prometheus_client.metrics_core import Metric

from executor.clock import WallClock
from executor.endings import asked_to_end
from executor.errors import HedgeError
from executor.flags import read_flags
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.folder_lock import held
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.incidents import Entry
from hedge_assets.health.manifest import manifest, state_row
from hedge_assets.health.survey import Survey
from hedge_assets.place import all_places, whole_of
from hedge_assets.settings import WHOLE, Place
from hedge_assets.version import package_version
from hedge_assets.watch.alerts import Alerter
from hedge_assets.watch.audit import SlowAudit
from hedge_assets.watch.deadman import Deadman, deadman_of
from hedge_assets.watch.keeper import Figures, Keeper, Tell, Who
from hedge_assets.watch.metrics import PORT, Exposition, Expositions, serve
from hedge_assets.watch.round import look_around, open_in, told_of

LAST_WORDS_S = 2.0
PATIENT_TRIES = 20  # a watch that is just ending is waited for


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="Port of /metrics on loopback; 0 for none.")
@click.option("--page", help="Address of the operator page, named in alerts.")
def watch(data: Path | None, *, port: int, page: str | None) -> None:
    """Watch a data root until Ctrl-C: incidents, alerts, metrics."""
    places = watched(data)
    stop = asked_to_end()
    with contextlib.ExitStack() as ends:
        for place in places:
            another = f"{place.root} is watched by another `hedge watch`; stop that one or name another --data"
            ends.enter_context(held(place.watch, another, tries=PATIENT_TRIES))
        keepers = [keeper_of(place, port) for place in places]
        alerter = Alerter(places[0].alerts, environ=os.environ, clock=WallClock(), page=page)
        ends.callback(alerter.close, LAST_WORDS_S)
        tell(keepers, alerter, deadman_of(places[0].alerts, os.environ))
        if port:
            ends.callback(serve(port, exposition_of(keepers)))
        for keeper in keepers:
            if keeper.place.account != WHOLE:  # the desk as a whole has no journals
                ends.enter_context(reading(keeper.place, keeper, stop))
        roots = ", ".join(str(place.root) for place in places)
        click.echo(f"watching {roots}, {len(open_in(keepers))} incidents open")
        look_around(keepers, stop)
        click.echo(f"ended after {keepers[0].turns} looks, {len(open_in(keepers))} incidents open")


def watched(data: Path | None) -> tuple[Place, ...]:
    """What is to be watched: the one account, or all there are and the desk as a whole. Refused where there is nothing."""
    places = all_places(os.environ, data)
    root, whole = places[0].desk, whole_of(places)
    if not root.is_dir():
        raise HedgeError(f"no data root at {root}; start the desk with `make run`, or name another with --data")
    return places if whole is None else (*places, whole)


def keeper_of(place: Place, port: int) -> Keeper:
    """The keeper of a data root, by the machine's clock and this process's environment."""
    who = Who(os.getpid(), read_flags(os.environ).as_text(), {"hedge": package_version()}, port or None)
    if place.account == WHOLE:
        return Keeper(place, [state_row(state) for state in scan_desk()], (), clock=WallClock(), who=who)
    return Keeper(place, manifest(scan()), conditions(), clock=WallClock(), who=who)


def exposition_of(keepers: Sequence[Keeper]) -> Callable[[], Iterable[Metric]]:
    """What `/metrics` says: of each account, under its name where there are several."""
    shown = {each.place.account: Exposition(each.place, each.rows, each.conditions, clock=WallClock()) for each in keepers}
    return next(iter(shown.values())) if len(shown) == 1 else Expositions(shown)


def tell(keepers: Sequence[Keeper], alerter: Alerter, deadman: Deadman) -> None:
    """Have every look heard by the alerts and the dead-man's ping, and their figures in the pulse."""

    def figures() -> Figures:
        told, pinged = alerter.figures(), deadman.figures()
        alerts = {f"alerts_{name}": told[name] for name in ("sent", "failed", "lost", "held_back", "error")}
        return {**alerts, "pings": pinged["pings"], "pings_failed": pinged["failed"], "ping_error": pinged["last_error"]}

    for keeper in keepers:
        keeper.telling.append(hearing(keeper, keepers, alerter, deadman))
        keeper.notes.append(figures)


def hearing(keeper: Keeper, keepers: Sequence[Keeper], alerter: Alerter, deadman: Deadman) -> Tell:
    """Who hears of one account's looks: incidents say whose they are, and a ping goes out while all are well."""
    account = keeper.place.account

    def heard(entries: Sequence[Entry], seen: Survey) -> None:
        alerter.tell(told_of(entries, account), open_in(keepers), account=None if account else account_of(seen))
        are_well = all(each.seen is not None and each.seen.is_healthy for each in keepers)
        deadman.tick(is_well=are_well and not any(each.severity == "error" for each in open_in(keepers)))

    return heard


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
