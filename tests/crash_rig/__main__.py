"""`python -m tests.crash_rig --kills 10000 --points 1000 --seed 1 [--bug naive_retry]`: exit 1 where a promise was not kept."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import click

from tests.crash_rig.bugs import BUGS
from tests.crash_rig.points import POINTS
from tests.crash_rig.rig import Manner, Rig

SEEDS_APART = 1_000


@click.command()
@click.option("--kills", default=2_000, show_default=True, help="At random moments.")
@click.option("--points", default=500, show_default=True, help="At named points, before and after, the first to sixth time.")
@click.option("--every", default=500, show_default=True, help="Judge after so many kills, on a new venue and data root.")
@click.option("--seed", default=1, show_default=True)
@click.option("--rigs", default=1, show_default=True, help="So many at once, each with its share of the kills and its own venue.")
@click.option("--at", type=click.Choice(POINTS), default=None, help="Place kills at this point only.")
@click.option("--pace", default=1.0, show_default=True, help="How much longer lives are.")
@click.option("--beside", "beside_frac", default=0.05, show_default=True, help="Share of children that find another beside them.")
@click.option("--cuts", "cut_frac", default=0.25, show_default=True, help="Share of kills that are power cuts.")
@click.option("--window-ms", default=300, show_default=True, help="What a request may be late by; some are, by two thirds of it.")
@click.option("--bug", type=click.Choice(list(BUGS)), default=None, help="Plant a bug, which must be found.")
def main(kills: int, points: int, *, every: int, seed: int, rigs: int, **hardness: Any) -> None:
    """Kill, and judge."""
    began_s, left, broken = time.monotonic(), [kills, points], 0
    if rigs > 1:
        ended = together(rigs, kills, points, seed)
        click.echo(f"{kills} random and {points} placed kills by {rigs} rigs in {time.monotonic() - began_s:.0f} s")
        sys.exit(max(ended))
    manner = Manner(**{name: value for name, value in hardness.items() if value is not None})
    while sum(left):
        with tempfile.TemporaryDirectory(prefix="crash-rig-") as folder, Rig(Path(folder), seed, manner) as rig:
            killed(rig, left, every, Random(seed))
            found = rig.judged()
            placed, cut = f"{rig.placed} placed, {rig.refused} refused", f"{rig.disk.cuts} cuts of {rig.disk.spoilt_bytes} bytes"
            said = f"{found.orders} orders, {found.fills} fills, {found.unknown} unknown, {found.dead} dead"
            click.echo(f"seed {seed}: {rig.kills} kills, {placed}, {cut}, {said}")
            for name, cases in found.broken.items():
                broken += len(cases)
                click.echo(f"  NOT kept: {name}: {len(cases)}: {', '.join(cases[:5])}")
        seed += 1
    click.echo(f"{kills} random and {points} placed kills in {time.monotonic() - began_s:.0f} s, {broken} promises broken")
    sys.exit(1 if broken else 0)


def together(rigs: int, kills: int, points: int, seed: int) -> list[int]:
    """So many rigs beside each other, each a process of its own; how they ended."""
    processes = []
    for number in range(rigs):
        shares = [each // rigs + (number < each % rigs) for each in (kills, points)]
        words = ("--kills", shares[0], "--points", shares[1], "--seed", seed + SEEDS_APART * number)
        processes.append(subprocess.Popen([sys.executable, "-m", "tests.crash_rig", *map(str, words)]))
    return [process.wait() for process in processes]


def killed(rig: Rig, left: list[int], most: int, chance: Random) -> None:
    """So many of the kills that are left, random and placed ones in no order, as long as one can begin."""
    for _ in range(min(most, sum(left))):
        if rig.is_shut:
            left[:] = 0, 0
            return
        is_placed = chance.random() * sum(left) >= left[0]
        left[is_placed] -= 1
        rig.any_point() if is_placed else rig.kill()


if __name__ == "__main__":
    main()
