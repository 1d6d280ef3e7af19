"""What a running executor tells a Prometheus that asks: read from the live objects at the moment of asking, locking nothing.

Counters are of this process and begin at 0; what a restart goes through again is not counted twice. What is not known
yet has no sample.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from executor.boot import boot_id, versions
from executor.engine import Engine
from executor.errors import SettingsError
from executor.journal.writer import Journals
from executor.life import Life
from executor.loopback import guarded
from executor.vitals import LAG_BOUNDS_S, Vitals

HOST = "127.0.0.1"
PREFIX = "hedge_executor_"
Hang = Callable[[], None]


def serve(port: int, life: Life) -> Hang:
    """Answer on the loopback until what is returned is called; refuses a port that somebody else has."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(ExecutorCollector(life))
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError as error:
        raise SettingsError(
            f"metrics_port was {port}, {HOST}:{port} cannot be used ({error.strerror}); name a free one with --metrics-port, or 0 for none"
        ) from error
    server.set_app(guarded(make_wsgi_app(registry)))

    def hang_up() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return hang_up


class ExecutorCollector(Collector):
    """The families of one life."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._versions = versions()

    def collect(self) -> Iterable[Metric]:
        """Everything that is known now."""
        life, vitals = self._life, self._life.vitals
        yield from self._who()
        yield from loops_of(life, vitals)
        yield from trading_of(vitals)
        if life.engine is not None:
            yield from book_of(life.engine)
        if life.journals is not None:
            yield from journals_of(life, life.journals)

    def _who(self) -> Iterator[Metric]:
        life = self._life
        yield known("build_info", "What runs; always 1.", {"version": self._versions["hedge"], "python": self._versions["python"]})
        about = {"account": life.order.settings.account, "boot": boot_id(life.boots), "feed": life.order.settings.feed}
        yield known("run_info", "The run; always 1.", {**about, "time": life.time})
        yield gauge("start_time_seconds", "When this executor started, in seconds since the epoch.", life.started_us / 1e6)


def gauge(name: str, told: str, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(PREFIX + name, told, value=value)


def known(name: str, told: str, labels: Mapping[str, str]) -> Metric:
    """A gauge that is always 1 and says something by its labels."""
    family = GaugeMetricFamily(PREFIX + name, told, labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def by(name: str, told: str, *, label: str, values: Mapping[Any, float], is_gauge: bool = False) -> Metric:
    """A counter, or a gauge, with one sample for each value of one label."""
    kind = GaugeMetricFamily if is_gauge else CounterMetricFamily
    family = kind(PREFIX + name, told, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def counter(name: str, told: str, value: float) -> Metric:
    """A counter without labels; `_total` is added to its name."""
    return CounterMetricFamily(PREFIX + name, told, value=value)


def loops_of(life: Life, vitals: Vitals) -> Iterator[Metric]:
    """How the loop goes. Lateness is told in wall time only: where the feed is the clock there is none."""
    yield counter("loops", "Loops completed, those gone through again after a restart not counted.", vitals.loops)
    if life.turned_us is not None:
        yield gauge("last_loop_timestamp_seconds", "When a loop was last completed, in seconds since the epoch.", life.turned_us / 1e6)
    yield gauge("loop_due_seconds", "How long a loop may rightly take just now.", life.turn_due_s)
    if life.time == "wall" and vitals.lag_s is not None:
        yield gauge("last_loop_lag_seconds", "How late the newest loop began.", vitals.lag_s)
        sums = list(accumulate(vitals.lags.copy()))
        buckets = [(str(bound), float(count)) for bound, count in zip((*LAG_BOUNDS_S, "+Inf"), sums, strict=True)]
        yield HistogramMetricFamily(PREFIX + "loop_lag_seconds", "How late loops began.", buckets=buckets, sum_value=vitals.lag_sum_s)


def trading_of(vitals: Vitals) -> Iterator[Metric]:
    """What came in, what was asked, and what became of it."""
    yield counter("quotes", "Quotes taken from the feed.", vitals.quotes)
    yield counter("intents", "Intents of strategies, vetoed ones included.", vitals.intents)
    yield by("vetoes", "Intents refused by risk, by the rule that refused.", label="rule", values=vitals.vetoes.copy())
    yield by("orders", "Orders by outcome; one order counts once under each it met.", label="outcome", values=vitals.orders.copy())
    yield counter("fills", "Fills, several of one order each counted.", vitals.fills)
    yield counter("faults", "Failures that the loop survived.", vitals.faults)


def book_of(engine: Engine) -> Iterator[Metric]:
    """What is held and out just now."""
    book = engine.progress.book
    yield gauge("orders_open", "Orders sent and not known to be over.", len(book.live))
    yield gauge("orders_unknown", "Orders of which neither acceptance nor refusal is proved.", len(book.unknown))
    yield gauge("positions_open", "Open positions.", len(book.holdings))
    yield gauge("halted", "1 while no new risk is taken.", int(book.halted is not None))
    if book.nav_usd is not None:
        yield gauge("nav_usd", "Net asset value as the venue last told it.", book.nav_usd)


def journals_of(life: Life, journals: Journals) -> Iterator[Metric]:
    """What was written, what is not durable yet, and what it takes on the disk."""
    durable, appended = journals.durable, journals.appended
    lag = {stream: max(0, seq - durable[stream]) for stream, seq in appended.items()}
    yield by("journal_records", "Records appended.", label="stream", values=life.written())
    yield by("journal_durable_lag_records", "Records appended and not known to be durable.", label="stream", values=lag, is_gauge=True)
    yield gauge("journal_durable_lag_seconds", "Since when something waits to be durable; 0 while nothing does.", journals.unsettled_s)
    yield gauge("journal_bytes", "Bytes of all segments on the disk.", journals.bytes_total())
    yield gauge(
        "journal_over_budget_bytes", "Bytes of sealed segments above the budget, too young to be removed.", journals.over_budget_bytes
    )
    yield gauge("journal_archive_fault", "1 once a sealed segment could not be compressed.", int(journals.archive_fault is not None))
