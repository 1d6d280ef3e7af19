"""`hedge mirror`: copies state files to where others may read them, and proves that they are there as they are here."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import click

from executor.clock import WallClock
from executor.endings import asked_to_end
from executor.errors import HedgeError, LockError
from executor.flags import read_flags
from executor.pulse import read_pulse
from hedge_assets.folder_lock import held
from hedge_assets.health.scene import Mirrored, Mirroring
from hedge_assets.mirror.copyist import Copyist
from hedge_assets.mirror.desk import one_pass, permitted, roots_of
from hedge_assets.mirror.running import Runner
from hedge_assets.mirror.verifying import Compared, compared
from hedge_assets.place import all_places, places_of
from hedge_assets.settings import Place

DATA = click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
PATIENT_TRIES = 20
PATIENCE_S = 120.0
"""How long a pass is waited for that Dagster makes: at most so long is one of its runs (`hedge_assets.defs.mirror`)."""


@click.group()
def mirror() -> None:
    """Copy state files elsewhere: Firestore, object storage, a folder."""


@mirror.command()
@DATA
def run(data: Path | None) -> None:
    """Push what changes until Ctrl-C. Ends at once, well, when nothing is to be mirrored."""
    roots, flags, clock = roots_of(placed(data, places=all_places)), read_flags(os.environ), WallClock()
    first = roots[0][0]
    allowed = permitted(first, flags)
    if allowed.off is not None:
        for place, rows in roots:
            one_pass(place, rows, flags, clock=clock)
        click.echo(allowed.off)
        return
    stop = asked_to_end()
    with contextlib.ExitStack() as locks:
        for place, _ in roots:
            locks.enter_context(held_for_good(place, stop))
        if stop.is_set():
            return
        copyists = [Copyist(place, rows, allowed.sinks, clock=clock) for place, rows in roots]
        targets = ", ".join(spec.target(first.mirror) for spec in allowed.sinks.values())
        click.echo(f"mirroring {', '.join(str(place.state) for place, _ in roots)} to {targets}")
        runner = Runner(copyists, flags, clock=clock, every_s=first.mirror.look_every_s)
        runner.run(stop)
        click.echo(f"ended after {runner.turns} turns")


@mirror.command()
@DATA
@click.option("--all", "everything", is_flag=True, help="Push every document again, also what is there as far as anybody knows.")
def push(data: Path | None, *, everything: bool) -> None:
    """Push once what is owed now; exit 1 if anything stays owed."""
    flags, stood = read_flags(os.environ), []
    for place, rows in roots_of(placed(data)):
        with held(place.mirrored, busy(place)):
            stood.append(one_pass(place, rows, flags, clock=WallClock(), asked="all" if everything else "owed"))
        for line in told(stood[-1]):
            click.echo(named(place, line))
    sys.exit(1 if any(is_behind(each) for each in stood) else 0)


@mirror.command()
@DATA
def verify(data: Path | None) -> None:
    """Read every document back and compare it with its file, byte for byte; exit 1 if one differs."""
    roots, flags = roots_of(placed(data)), read_flags(os.environ)
    allowed = permitted(roots[0][0], flags)
    if allowed.off is not None:
        click.echo(allowed.off)
        return
    found = [(place, each) for place, rows in roots for each in compared(place, rows, allowed.sinks)]
    for place, each in found:
        click.echo(named(place, line_of(each)))
    sys.exit(1 if any(each.difference for _, each in found) else 0)


def placed(data: Path | None, places: Callable[..., tuple[Place, ...]] = places_of) -> tuple[Place, ...]:
    """The data roots of all accounts, or of the one that is meant, also of those that nobody has started yet.

    The desk's own must be there.
    """
    found = places(os.environ, data)
    if found[0].desk.is_dir():
        return found
    raise HedgeError(f"no data root at {found[0].desk}; start the desk with `make run`, or name another with --data")


def named(place: Place, line: str) -> str:
    """A line with the account that it is about, where there are several."""
    return f"{place.account} {line}" if place.account else line


def held_for_good(place: Place, stop: threading.Event, *, patience_s: float = PATIENCE_S) -> AbstractContextManager[object]:
    """Hold the folder of a data root for good; a pass over it is waited for, and so is a program that is just ending.

    Raises `LockError` while another program is seen to beat there, which is final, and `HedgeError` for whatever holds it longer: begun
    again, this one waits again. Asked to `stop`, it holds nothing.
    """
    before, until_s, is_told = read_pulse(place.mirrored), time.monotonic() + patience_s, False
    while not stop.is_set():
        with contextlib.suppress(LockError), contextlib.ExitStack() as taken:
            taken.enter_context(held(place.mirrored, busy(place), tries=PATIENT_TRIES))
            return taken.pop_all()
        beat = read_pulse(place.mirrored)
        if beat is not None and beat.ended is None and beat != before:
            raise LockError(busy(place))
        if time.monotonic() >= until_s:
            raise HedgeError(f"{busy(place)}; it was waited for {patience_s:.0f} s, this program is tried again")
        if not is_told:
            click.echo(f"{place.root} is mirrored by a pass now; it is waited for, {patience_s:.0f} s at most")
        is_told = True
    return contextlib.nullcontext()


def busy(place: Place) -> str:
    """Why a second one is refused."""
    return (
        f"{place.root} is mirrored by another `hedge mirror run`, or by a pass that Dagster makes; "
        "stop that program, wait for the pass, or name another --data"
    )


def is_behind(stood: Mirrored) -> bool:
    """Whether anything is owed, refused or wrong."""
    return stood.fault is not None or any(each.owed or each.refused or each.fault for each in stood.sinks)


def told(stood: Mirrored) -> list[str]:
    """What stands, in lines."""
    if stood.off is not None:
        return [stood.off]
    lines = [f"{name}: not pushed, {why}" for name, why in sorted(stood.unread.items())]
    lines += [line for each in stood.sinks for line in sink_lines(each)]
    return [*lines, stood.fault] if stood.fault is not None else lines


def sink_lines(each: Mirroring) -> list[str]:
    """How it stands with one sink."""
    lines = [f"{each.target}: {each.acknowledged} of {each.documents} documents are there as they are here"]
    if each.owed:
        why = each.fault or ("the quota holds them back" if each.is_held_back else "they were not pushed yet")
        lines.append(f"{each.target}: {', '.join(each.owed)} owed: {why}")
    elif each.fault:
        lines.append(f"{each.target}: {each.fault}")
    return [*lines, *(f"{each.target}: {name} refused: {why}" for name, why in sorted(each.refused.items()))]


def line_of(each: Compared) -> str:
    """One document in a line."""
    parts = "" if each.parts <= 1 else f" in {each.parts} parts"
    return f"{each.sink} {each.name}: {each.difference or f'the same, {each.size_bytes} bytes{parts}'}"
