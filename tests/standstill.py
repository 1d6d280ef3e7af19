"""The suite on a machine that stands still: `python -m tests.standstill [OPTIONS OF PYTEST]`, or `make still` for all of it.

While it runs, programs of it are stopped at random for up to three seconds: a few, one worker with all its programs, or all there are.
Whatever falls then waits for too little, or looks while something is half done. What a test stopped itself stays stopped.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
import psutil

STANDS_S, GOES_S = (0.2, 0.5, 1.0, 2.0, 3.0), (0.1, 1.0)
OVER = (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)


def chosen(suite: psutil.Process, chance: random.Random) -> list[psutil.Process]:
    """Who is to stand still next: never the one that hands out the tests."""
    workers = suite.children()
    everybody = suite.children(recursive=True)
    if not workers:
        return []
    if (kind := chance.random()) < 0.1:
        return everybody
    if kind < 0.4:
        worker = chance.choice(workers)
        return [worker, *worker.children(recursive=True)]
    return chance.sample(everybody, min(len(everybody), chance.randint(1, 3)))


@contextmanager
def standing(processes: list[psutil.Process]) -> Iterator[None]:
    """Nothing of them moves meanwhile."""
    stopped = []
    for process in processes:
        with suppress(psutil.Error):
            if process.status() not in OVER:
                process.suspend()
                stopped.append(process)
    try:
        yield
    finally:
        for process in stopped:
            with suppress(psutil.Error):
                process.resume()


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--seed", default=1, show_default=True, help="Seed of what stands still, and for how long.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(seed: int, options: tuple[str, ...]) -> None:
    """Run the suite, and hold it up."""
    chance = random.Random(seed)
    with subprocess.Popen([sys.executable, "-m", "pytest", *options]) as running:
        suite = psutil.Process(running.pid)
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess), standing(chosen(suite, chance)):
                time.sleep(chance.choice(STANDS_S))
            time.sleep(chance.uniform(*GOES_S))
    sys.exit(running.returncode)


if __name__ == "__main__":
    main()
