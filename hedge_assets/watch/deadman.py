"""A ping to somebody outside the box while all is well, so that silence itself alarms: of the desk, the watch, the box, the line.

Nothing is sent when something is wrong, and nothing when nobody looks any more: only a look that found all well pings.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from executor.errors import SettingsError
from hedge_assets.health.judge import one_line
from hedge_assets.settings import Alerts
from hedge_assets.watch.channels import hush
from hedge_assets.watch.secrets import Redactor, resolve

AGAIN_S = 5.0
"""A ping that failed is tried again after so long, or after `every_s` if that is less."""

TURNS = 10
SETTING = "alerts.deadman_url"


class Deadman:
    """Pings `url` every `every_s` seconds at most, each ping at most `timeout_s` to connect and to answer. No url, no pings."""

    def __init__(self, url: str, every_s: float, timeout_s: float, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._clock_s = clock_s
        self._redactor = Redactor(url)
        self._due_s = clock_s()
        self._began_s = clock_s()
        self._turn = threading.Thread()
        self._pinged_s: float | None = None
        self._pings = 0
        self._failed = 0
        self._last_error: str | None = None
        hush()

    def tick(self, *, is_well: bool) -> None:
        """Called at every look; returns at once."""
        now_s = self._clock_s()
        is_busy = self._turn.is_alive() and now_s - self._began_s < TURNS * self._timeout_s
        if not self._url or not is_well or is_busy or now_s < self._due_s:
            return
        self._began_s, self._due_s = now_s, now_s + self._every_s
        self._turn = threading.Thread(target=self._ping, name="dead-man's ping", daemon=True)
        self._turn.start()

    def figures(self) -> dict[str, Any]:
        """Pings that arrived and that failed since the start, the age of the newest that arrived (null if none did), the last error."""
        pinged_s = self._pinged_s
        return {
            "is_on": bool(self._url),
            "pings": self._pings,
            "failed": self._failed,
            "age_s": None if pinged_s is None else round(self._clock_s() - pinged_s, 1),
            "last_error": self._last_error,
        }

    def _ping(self) -> None:
        fault = self._fault()
        self._last_error = fault
        if fault is None:
            self._pings += 1
            self._pinged_s = self._clock_s()
        else:
            self._failed += 1
            self._due_s = min(self._due_s, self._clock_s() + min(AGAIN_S, self._every_s))

    def _fault(self) -> str | None:
        """Ask, and read no answer but its first line; null when that was a 2xx."""
        limits = (self._timeout_s, self._timeout_s)
        try:
            with requests.get(self._url, timeout=limits, allow_redirects=False, stream=True, headers={"User-Agent": "hedge"}) as answer:
                code = answer.status_code
        except (requests.RequestException, OSError, ValueError) as error:
            return one_line(self._redactor.hide(f"{type(error).__name__}: {error}"))
        return None if 200 <= code < 300 else f"answered {code}, must be 2xx"


def deadman_of(alerts: Alerts, environ: Mapping[str, str]) -> Deadman:
    """The dead-man's ping of the settings; an address that cannot be one is refused, and not shown."""
    url = resolve(alerts.deadman_url, SETTING, environ) if alerts.deadman_url else ""
    if url and not is_web(url):
        raise SettingsError(f"{SETTING} must be an http:// or https:// address with a host; change it where it is kept")
    return Deadman(url, alerts.deadman_every_s, alerts.timeout_s)


def is_web(url: str) -> bool:
    """Whether an address can be asked by http."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
