"""What a flood costs the page: `python -m tests.ops.dashboard.flood [--per-s 200] [--for-s 10]`, figures in docs/performance.md.

For each kind of flood: what is answered, the server's processor time, the longest silence of a page that listens, and how long
another visitor waits for the page.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from tests.ops.dashboard.desks import Served, desk, served
from tests.ops.dashboard.wire import HERE, question

FLOODER, VISITOR = "127.0.0.9", "127.0.0.8"
KINDS = {
    "nothing": b"",
    "GET /": question("/"),
    "GET /health.json": question("/health.json"),
    "GET /nowhere": question("/nowhere"),
    "POST /": question("/", "POST"),
    "another site": question("/", "GET", "localhost", "Origin: https://evil.example"),
    "no request": b"GARBAGE\r\n\r\n",
    "half a head": b"GET / HTTP/1.1\r\nHost: local",
}
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


async def asked(port: int, content: bytes, source: str) -> str:
    """One line, one question; the status it got, or what went wrong."""
    try:
        reader, writer = await asyncio.open_connection(HERE, port, local_addr=(source, 0))
        writer.write(content)
        heard = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    return heard[9:12].decode() or "closed"


async def flooding(port: int, content: bytes, per_s: float, for_s: float) -> Counter[str]:
    """So many questions a second, each on a line of its own, whether or not those before are answered."""
    began_s, tasks = time.monotonic(), []
    while content and (late_s := time.monotonic() - began_s) < for_s:
        due = int(late_s * per_s) - len(tasks)
        tasks += [asyncio.create_task(asked(port, content, FLOODER)) for _ in range(due)]
        await asyncio.sleep(0.005)
    if not content:
        await asyncio.sleep(for_s)
    return Counter(await asyncio.gather(*tasks))


async def listening(port: int, gaps_s: list[float]) -> None:
    """An open page: the time between any two things it is told."""
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(question("/events"))
    last_s = time.monotonic()
    while line := await reader.readline():
        if line.startswith(b"data: "):
            gaps_s.append(time.monotonic() - last_s)
            last_s = time.monotonic()


async def visiting(port: int, waits_s: list[float]) -> None:
    """Another visitor, who looks at the page five times a second."""
    while True:
        began_s = time.monotonic()
        status = await asked(port, question("/"), VISITOR)
        waits_s.append(time.monotonic() - began_s if status == "200" else float("inf"))
        await asyncio.sleep(0.2)


async def measured(page: Served, content: bytes, per_s: float, for_s: float) -> str:
    """One kind of flood in one line."""
    gaps_s: list[float] = []
    waits_s: list[float] = []
    others = [asyncio.create_task(listening(page.port, gaps_s)), asyncio.create_task(visiting(page.port, waits_s))]
    await asyncio.sleep(1)
    before_s, began_s = cpu_s(page.process.pid), time.monotonic()
    answers = await flooding(page.port, content, per_s, for_s)
    used = (cpu_s(page.process.pid) - before_s) / (time.monotonic() - began_s)
    for each in others:
        each.cancel()
    waits_s.sort()
    told = ", ".join(f"{count} x {status}" for status, count in answers.most_common())
    return (
        f"{100 * used:5.1f} % of a core, silence at most {max(gaps_s[1:]):.2f} s, "
        f"page in {1000 * waits_s[len(waits_s) // 2]:.0f} ms (at most {1000 * waits_s[-1]:.0f}); {told}"
    )


@click.command()
@click.option("--per-s", default=200.0, show_default=True, help="Questions a second.")
@click.option("--for-s", default=10.0, show_default=True, help="How long.")
def flood(per_s: float, for_s: float) -> None:
    """Flood a page of a small desk, in each way in turn."""
    with tempfile.TemporaryDirectory() as folder, served(desk(Path(folder) / "desk")) as page:
        for name, content in KINDS.items():
            click.echo(f"{name:16} {asyncio.run(measured(page, content, per_s, for_s))}")


if __name__ == "__main__":
    flood()
