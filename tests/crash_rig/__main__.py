"""`python -m tests.crash_rig --kills 10000 --points 1000 --seed 1 [--bug naive_retry]`: exit 1 where a promise was not kept."""

import sys
import tempfile
import time
from pathlib import Path

import click

from tests.crash_rig.bugs import BUGS
from tests.crash_rig.points import POINTS
from tests.crash_rig.rig import Rig


@click.command()
@click.option("--kills", default=2_000, show_default=True, help="At random moments.")
@click.option("--points", default=500, show_default=True, help="At named points, before and after, the first to sixth time.")
@click.option("--every", default=500, show_default=True, help="Judge after so many kills, on a new venue and data root.")
@click.option("--seed", default=1, show_default=True)
@click.option("--at", type=click.Choice(POINTS), default=None, help="Place kills at this point only.")
@click.option("--pace", default=1.0, show_default=True, help="How much longer lives are.")
@click.option("--bug", type=click.Choice(list(BUGS)), default=None, help="Plant a bug, which must be found.")
def main(kills: int, points: int, *, every: int, seed: int, at: str | None, pace: float, bug: str | None) -> None:
    """Kill, and judge."""
    began_s, left, broken = time.monotonic(), [kills, points], 0
    while sum(left):
        with (
            tempfile.TemporaryDirectory(prefix="crash-rig-") as folder,
            Rig(Path(folder), seed, bug=bug or "", at=at or "", pace=pace) as rig,
        ):
            for _ in range(every):
                which = 0 if rig._chance.random() * sum(left) < left[0] else 1
                if not sum(left):
                    break
                left[which] -= 1
                rig.any_point() if which else rig.kill()
            found = rig.judged()
            said = f"{found.orders} orders, {found.fills} fills, {found.unknown} unknown, {found.dead} dead"
            click.echo(f"seed {seed}: {len(rig.kills)} kills, {said}")
            for name, cases in found.broken.items():
                broken += len(cases)
                click.echo(f"  NOT kept: {name}: {len(cases)}: {', '.join(cases[:5])}")
        seed += 1
    click.echo(f"{kills} random and {points} placed kills in {time.monotonic() - began_s:.0f} s, {broken} promises broken")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
