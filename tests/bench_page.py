"""The operator page's cost, measured by a real browser over a desk with a month of history: `python -m tests.bench_page DATA [PAGES]`.

DATA is a data root with states (any desk that ran for a while; a month of bars replayed and refreshed, for the figures in the docs).
First paint and bytes are Chromium's own; an update's time is from the file's replacement to the number on the screen; the server's
CPU and memory are those of its process, over a minute with so many pages open.
"""

import json
import os
import sys
import time
from pathlib import Path
from statistics import quantiles

import msgspec
from playwright.sync_api import Browser

from tests.browser import Seen, chromium, opened
from tests.ops.dashboard.desks import Served, served

UPDATES = 40
WATCHED_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")
SCRIPTED = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


class PageCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a page costs. Shares are of one core; `update_p95_ms` from the file to the screen."""

    first_paint_ms: float
    transferred_bytes: int
    update_p50_ms: float
    update_p95_ms: float
    server_share: float
    server_bytes: int
    script_share: float


def cost(root: Path, pages: int = 10, *, updates: int = UPDATES, watched_s: float = WATCHED_S) -> PageCost:
    """All figures, over one data root."""
    with served(root) as page, chromium() as browser:
        with opened(browser) as seen:
            paint_ms, transferred = first_paint(seen, page)
            took_ms = sorted(updated_ms(seen, root, number) for number in range(updates))
        share, script = shares(browser, page, pages, watched_s)
        return PageCost(
            first_paint_ms=paint_ms,
            transferred_bytes=transferred,
            update_p50_ms=took_ms[len(took_ms) // 2],
            update_p95_ms=quantiles(took_ms, n=20)[18],
            server_share=share,
            server_bytes=resident(page.process.pid),
            script_share=script,
        )


def first_paint(seen: Seen, page: Served) -> tuple[float, int]:
    """When something stood on the screen, and what came over the wire until the charts were drawn."""
    client = seen.page.context.new_cdp_session(seen.page)
    client.send("Network.enable")
    sizes: list[int] = []
    client.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
    seen.page.goto(page.address)
    seen.page.wait_for_selector("[data-chart] canvas")
    painted = seen.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return float(painted), sum(sizes)


def updated_ms(seen: Seen, root: Path, number: int) -> float:
    """From a state file replaced to its number on the screen."""
    path = root / "state" / "risk_snapshot.json"
    wanted = round(5 + number / 100, 2)
    content = json.dumps({**json.loads(path.read_text()), "leverage": wanted})
    time.sleep(0.137 * (number % 5))  # not in step with the server's looks
    beside = path.with_suffix(".new")
    beside.write_text(content)
    began_s = time.perf_counter()
    beside.replace(path)
    seen.page.locator("#body-risk", has_text=f"{wanted:.2f} x").wait_for()
    return 1_000 * (time.perf_counter() - began_s)


def shares(browser: Browser, page: Served, pages: int, watched_s: float) -> tuple[float, float]:
    """The server's share of a core with so many pages open, and one page's script's."""
    contexts = [browser.new_context() for _ in range(pages)]
    shown = [context.new_page() for context in contexts]
    for each in shown:
        each.goto(page.address)
        each.wait_for_selector("[data-chart] canvas")
    client = contexts[0].new_cdp_session(shown[0])
    client.send("Performance.enable")
    time.sleep(3)
    before_s, began_s, worked_s = cpu_s(page.process.pid), time.monotonic(), script_s(client)
    time.sleep(watched_s)
    span_s = time.monotonic() - began_s
    found = (cpu_s(page.process.pid) - before_s) / span_s, (script_s(client) - worked_s) / span_s
    for context in contexts:
        context.close()
    return found


def script_s(client) -> float:
    """Seconds a page has spent on its script and what follows from it: layout, style. Drawing is the browser's own."""
    return sum(float(each["value"]) for each in client.send("Performance.getMetrics")["metrics"] if each["name"] in SCRIPTED)


def cpu_s(pid: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> int:
    """Bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print the figures."""
    pages = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    for name, value in msgspec.structs.asdict(cost(Path(sys.argv[1]), pages)).items():
        print(f"{name:20} {value:,.3f}" if isinstance(value, float) else f"{name:20} {value:,}")


if __name__ == "__main__":
    main()
