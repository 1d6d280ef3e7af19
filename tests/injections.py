"""`python -m tests.injections`: the promises about what is seen and healed, at full length, with figures; exit 1 where one is not kept."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import click

from tests.browser import installed
from tests.injecting.course import Course, quantile, table
from tests.injecting.dagster_eye import SLACK_US, dagster
from tests.injecting.desks import ROWS, trading
from tests.injecting.healing import brought_up
from tests.injecting.ills import ILLS
from tests.injecting.patients import journals, state_files
from tests.injecting.replacing import hammered

SHOWN_P99_S = 1.5
DAGSTER_P99_S = 12.0
HEALED_P99_S = 30.0
AT_ONCE = 16
PHASE_S = 6.0  # rounds begin at any moment of the daemon's loop
Broken = list[str]


def shown(folder: Path, count: int, _: float) -> Broken:
    """Status, metrics and page, in a browser as well: each ill of states so often, then journals when the executor has ended."""
    with trading(folder) as desk:
        onlookers = [*desk.onlookers(), *([desk.browser()] if installed() else [])]
        states = Course(state_files(desk.root, ROWS, ILLS), onlookers, Random(1))
        states.run_each(count)
        desk.stop_trading()
        raw = Course(journals(desk.root, ROWS), onlookers, Random(2))
        raw.run(min(count, 20))  # positions are stale a minute and a half after the executor's end
    return judged(states, SHOWN_P99_S) + judged(raw, SHOWN_P99_S)


def in_dagster(folder: Path, count: int, _: float) -> Broken:
    """The checks that Dagster shows."""
    with trading(folder) as desk:
        course = Course(state_files(desk.root, ROWS, ILLS), [dagster(desk, ROWS)], Random(3), slack_us=SLACK_US, wait_s=3.0)
        course.run(count)
    return judged(course, DAGSTER_P99_S)


def judged(course: Course, p99_s: float) -> Broken:
    """The figures, told, and what of them is not as promised."""
    click.echo(table(course))
    broken = [*course.false]
    for observer in course.observers:
        for what, values in zip(("ills", "cures"), course.delays_s(observer.name), strict=True):
            if quantile(values, 0.99) > p99_s:
                broken.append(f"{observer.name}: p99 of {what} was {quantile(values, 0.99):.2f} s, promised are {p99_s} s")
    return broken


def healed(folder: Path, count: int, minutes: float) -> Broken:
    """The whole desk heals what is deleted or damaged; before that it runs for a while, and nothing may look wrong."""
    healing = brought_up(folder)
    try:
        healing.idle(60 * minutes)
        click.echo(f"false alarms in {minutes:g} min of normal running, {healing.looks} looks: {len(healing.false)}")
        while len(healing.healed_s) < count:
            healing.round(min(AT_ONCE, count))
            healing.idle(healing.chance.uniform(0, PHASE_S))
    finally:
        healing.desk.close()
    broken = [*healing.false]
    for what, values in (("healed", sorted(healing.healed_s)), ("all green", sorted(healing.green_s))):
        told = [quantile(values, frac) for frac in (0.5, 0.99, 1.0)]
        click.echo(f"{what:10s} n {len(values)}, p50 {told[0]:.1f} s, p99 {told[1]:.1f} s, max {told[2]:.1f} s")
        if told[1] > HEALED_P99_S:
            broken.append(f"{what}: p99 was {told[1]:.1f} s, promised are {HEALED_P99_S} s")
    return broken


def replaced(folder: Path, count: int, _: float) -> Broken:
    """A hundred replaces under judgement for each injection of the others."""
    with trading(folder) as desk:
        words = hammered(desk.root, "nav", 100 * count)
    click.echo(f"{100 * count} replaces, judged {words.total()} times: {dict(words)}")
    return [f"{count} times {word}" for word, count in words.items() if word != "ok"]


FORMS: dict[str, Callable[[Path, int, float], Broken]] = {"shown": shown, "dagster": in_dagster, "healed": healed, "replaced": replaced}


@click.command()
@click.argument("forms", nargs=-1, type=click.Choice(list(FORMS)))
@click.option("--count", default=1_000, show_default=True, help="Injections of each form; `shown` has as many of each ill.")
@click.option("--minutes", default=60.0, show_default=True, help="Normal running before the healing form.")
def main(forms: tuple[str, ...], count: int, minutes: float) -> None:
    """Try the FORMS named, or all of them."""
    broken: Broken = []
    for name in forms or FORMS:
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="injections-") as folder:
            found = FORMS[name](Path(folder), count, minutes)
        click.echo(f"{name}: {'kept' if not found else 'NOT kept'}, {time.monotonic() - began_s:.0f} s\n")
        broken += found
    for each in broken[:50]:
        click.echo(f"not kept: {each}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
