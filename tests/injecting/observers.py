"""Those who look as a user does, at real processes: each tells what it is shown, and when."""

import contextlib
import http.client
import json
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error as BrowserError

from tests.browser import chromium, opened
from tests.injecting.patients import now_us

HOST = "127.0.0.1"
ANSWER_S = 60.0
STATE = re.compile(r'^hedge_file_state\{file="([^"]+)",state="([a-z]+)"\} 1\.0$', re.MULTILINE)
LOOKED = re.compile(r"^hedge_last_look_timestamp_seconds (\S+)$", re.MULTILINE)
ON_SCREEN = """() => ({
  link: document.documentElement.dataset.link,
  lookedUs: looked.us,
  words: [...document.querySelectorAll("tr[data-file]")].map((row) => [row.dataset.file, row.querySelector("[data-state]").dataset.state]),
})"""
DRAWN = re.compile(r'data-file="([^"]+)">.*?data-state="([a-z]+)"', re.DOTALL)


@dataclass(frozen=True)
class Sighting:
    """What was shown of each file, `looked_us` being when it was looked at at the earliest, `seen_us` when it was shown."""

    looked_us: Mapping[str, int]
    seen_us: int
    words: Mapping[str, str]


@dataclass
class Observer:
    """A thread that reads what is shown; `sightings` are taken by the course, `fault` is why it ended before it should."""

    name: str
    read: Callable[[], Generator[Sighting]]
    sightings: deque[Sighting] = field(default_factory=deque)
    fault: str | None = None
    is_over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.thread = threading.Thread(target=self.work, name=self.name, daemon=True)
        self.thread.start()

    def work(self) -> None:
        try:
            with contextlib.closing(self.read()) as shown:
                for each in shown:
                    self.sightings.append(each)
                    if self.is_over.is_set():
                        return
            self.fault = "it ended"
        except (OSError, http.client.HTTPException, ValueError, KeyError, AssertionError, BrowserError) as error:
            self.fault = f"{type(error).__name__}: {error}"

    def close(self) -> None:
        self.is_over.set()
        self.thread.join(ANSWER_S)


def sighting(looked_us: int, words: Mapping[str, str]) -> Sighting:
    return Sighting(dict.fromkeys(words, looked_us), now_us(), words)


def words_in(files: list[dict[str, Any]]) -> dict[str, str]:
    return {row["name"]: row["condition"] for row in files}


def status_lines(process: subprocess.Popen[str]) -> Generator[Sighting]:
    """`hedge status --watch --json`, line by line."""
    assert process.stdout is not None
    for line in process.stdout:
        plain = json.loads(line)
        yield sighting(plain["at_us"], words_in(plain["files"]))


def asked(port: int, path: str, every_s: float) -> Iterator[str]:
    """An address, asked again and again."""
    while True:
        with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=ANSWER_S)) as line:
            line.request("GET", path)
            text = line.getresponse().read().decode()
        yield text
        time.sleep(every_s)


def metrics(port: int) -> Generator[Sighting]:
    """`/metrics` of the watch."""
    for text in asked(port, "/metrics", 0.15):
        found = LOOKED.search(text)
        if found is not None:
            yield sighting(round(float(found[1]) * 1e6), dict(STATE.findall(text)))


def page_json(port: int) -> Generator[Sighting]:
    """`/health.json` of the operator page."""
    for text in asked(port, "/health.json", 0.15):
        plain = json.loads(text)
        yield sighting(plain["at_us"], words_in(plain["files"]))


def page_events(port: int) -> Generator[Sighting]:
    """What an open operator page is pushed, and shows."""
    shown: dict[str, str] = {}
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=ANSWER_S)) as line:
        line.request("GET", "/events")
        with line.getresponse() as answer:
            while text := answer.readline():
                if text.startswith(b"data: "):
                    plain = json.loads(text[6:])
                    shown.update(plain["parts"])
                    yield sighting(plain["at_us"], dict(each for part in shown.values() for each in DRAWN.findall(part)))


def page_drawn(port: int) -> Generator[Sighting]:
    """What a real browser has on its screen."""
    with chromium() as browser, opened(browser) as seen:
        seen.page.goto(f"http://{HOST}:{port}/")
        while True:
            drawn = seen.page.evaluate(ON_SCREEN)
            if drawn["link"] == "live":
                yield sighting(drawn["lookedUs"], dict(drawn["words"]))
            assert seen.complaints == []
            time.sleep(0.1)
