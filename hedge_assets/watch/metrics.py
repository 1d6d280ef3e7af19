"""`/metrics` of the telemetry side: a survey made when somebody asks, so that an answer is never older than its question."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from executor.clock import Clock
from executor.errors import SettingsError
from executor.loopback import guarded
from hedge_assets.health.condition import Condition
from hedge_assets.health.holdings import Holding
from hedge_assets.health.incident_log import LOG, OLDER, read_incidents
from hedge_assets.health.incidents import Incident
from hedge_assets.health.manifest import Row
from hedge_assets.health.measuring import measure
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.version import code_version, package_version
from hedge_assets.watch.families import Shown, families

ADDRESS = "127.0.0.1"
PORT = 8800
KEPT_S = 0.25
MEASURED_EVERY_S = 30.0
Collect = Callable[[], Iterable[Metric]]


class Exposition:
    """What stands at one place, as metric families. Called from any thread; an answer is kept for a quarter of a second."""

    def __init__(self, place: Place, rows: Sequence[Row], conditions: Sequence[Condition], *, clock: Clock) -> None:
        self._place = place
        self._rows = rows
        self._conditions = conditions
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._kept_s = self._measured_s = float("-inf")
        self._holdings: tuple[Holding, ...] = ()
        self._log = _Counted(place)
        self._versions = {"version": package_version(), "code": code_version()}

    def __call__(self) -> list[Metric]:
        """Every family, from a survey of now."""
        with self._lock:
            if time.monotonic() - self._kept_s >= KEPT_S:
                self._kept = list(families(self._shown()))
                self._kept_s = time.monotonic()
            return self._kept

    def _shown(self) -> Shown:
        if time.monotonic() - self._measured_s >= MEASURED_EVERY_S:
            self._holdings = measure(self._place)
            self._measured_s = time.monotonic()
        incidents, counted = self._log.read()
        return Shown(
            survey=survey(self._place, self._rows, self._clock.now_us(), conditions=self._conditions),
            rows=self._rows,
            conditions=[each.name for each in self._conditions],
            holdings=self._holdings,
            incidents=incidents,
            counted=counted,
            versions=self._versions,
        )


class Expositions:
    """The same of several accounts: each family once, every sample with the account it is of."""

    def __init__(self, shown: Mapping[str, Exposition]) -> None:
        self._shown = dict(shown)

    def __call__(self) -> list[Metric]:
        """Every family, from a survey of now of each account."""
        found: dict[str, Metric] = {}
        for account, exposition in self._shown.items():
            for family in exposition():
                kept = found.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                kept.samples += [each._replace(labels={**each.labels, "account": account}) for each in family.samples]
        return list(found.values())


class _Counted:
    """The incidents journal, read again only when it changed, and how many incidents it ever held: turning it over takes none away."""

    def __init__(self, place: Place) -> None:
        self._folder = place.watch
        self._seen: tuple[tuple[int, int], ...] | None = None
        self._known: frozenset[str] = frozenset()
        self._incidents: tuple[Incident, ...] = ()
        self._count = 0

    def read(self) -> tuple[tuple[Incident, ...], int]:
        """The incidents as they are now, and their number so far."""
        seen = tuple(self._mark(name) for name in (OLDER, LOG))
        if seen != self._seen:
            self._incidents = read_incidents(self._folder)
            names = frozenset(each.id for each in self._incidents)
            self._count += len(names - self._known)
            self._known, self._seen = names, seen
        return self._incidents, self._count

    def _mark(self, name: str) -> tuple[int, int]:
        try:
            stat = (self._folder / name).lstat()
        except OSError:
            return (0, 0)
        return stat.st_mtime_ns, stat.st_size


class _Asked(Collector):
    """What a registry wants to have: an object with `collect`."""

    def __init__(self, collect: Collect) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        return ()  # else registering would make a survey already


def serve(port: int, collect: Collect) -> Callable[[], None]:
    """Answer `GET /metrics` on this machine only, from threads of its own; what is returned ends that."""
    registry = CollectorRegistry()
    registry.register(_Asked(collect))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, ADDRESS, registry)
    except OSError as error:
        raise SettingsError(f"--port was {port}, it cannot be listened on ({error.strerror}); name another, or 0 for no metrics") from error
    server.set_app(guarded(make_wsgi_app(registry)))

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close
