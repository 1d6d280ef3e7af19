"""What `/metrics` of the watch says: one survey, and what is kept on disk, as families of the Prometheus text format.

Times are exported as the moments they are (seconds since 1970, UTC), never as ages: an age is right only while
its exporter lives. What is unknown has no sample. Label values are names of the manifest, of conditions, of
services and of holdings, so that the number of series is bounded by the code and not by what lies on the disk.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from executor.pulse import Pulse
from hedge_assets.health.condition import Severity
from hedge_assets.health.holdings import Holding
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import FileState, Verdict, one_line
from hedge_assets.health.manifest import Row
from hedge_assets.health.scene import DiskFacts, Mirrored, Mirroring, Scene
from hedge_assets.health.survey import Survey

STATES: tuple[FileState, ...] = get_args(FileState)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
NAMES_TOLD = 100
LARGEST = 2**63  # a file may say any number; above this it is not one of ours
NOTED = {
    "alerts_sent": ("hedge_alerts_sent", "Messages that a channel took."),
    "alerts_failed": ("hedge_alerts_failed", "Tries at a message that a channel did not take."),
    "alerts_lost": ("hedge_alerts_lost", "Messages that were given up: too old, or too many waited."),
    "alerts_held_back": ("hedge_alerts_held_back", "Messages that the limit an hour merged into later ones."),
    "pings": ("hedge_deadman_pings", "Pings that the dead man's address answered."),
    "pings_failed": ("hedge_deadman_pings_failed", "Pings that the dead man's address did not answer."),
    "looks_failed": ("hedge_looks_failed", "Looks of the watch that broke off for an unforeseen reason."),
    "incidents_lost": ("hedge_incidents_lost", "Lines of the incidents journal that the disk did not take."),
}
COSTS = {
    "last_refresh_cpu_s": ("hedge_run_cpu_seconds", "CPU time of Dagster's newest refresh."),
    "last_refresh_wall_s": ("hedge_run_wall_seconds", "Time from start to end of Dagster's newest refresh."),
}
Told = Iterable[tuple[tuple[str, ...], float | None]]


@dataclass(frozen=True)
class Shown:
    """All that one scrape is made from. `versions` are the labels of the build; `counted` is how many incidents there ever were."""

    survey: Survey
    rows: Sequence[Row]
    conditions: Sequence[str]
    holdings: Sequence[Holding] = ()
    incidents: Sequence[Incident] = ()
    counted: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)


def families(shown: Shown) -> Iterator[Metric]:
    """Every family of the telemetry side, each with its samples."""
    scene = shown.survey.scene
    yield gauge("hedge_build_info", "Always 1; the labels say what runs.", [(tuple(shown.versions.values()), 1)], tuple(shown.versions))
    yield one("hedge_healthy", "Whether nobody need act on any file, or anything else.", shown.survey.is_healthy)
    yield one("hedge_last_look_timestamp_seconds", "When the files of this answer were looked at.", seconds(scene.now_us))
    yield from of_files(shown.survey.verdicts, shown.rows)
    yield from of_conditions(shown)
    yield from of_incidents(shown.incidents, shown.counted)
    yield from of_services(scene)
    yield from of_notes(scene)
    yield from of_storage(scene, shown.holdings)
    yield from of_mirror(scene.mirrored)


def of_files(verdicts: Sequence[Verdict], rows: Sequence[Row]) -> Iterator[Metric]:
    """How each file of the manifest stands, and by when it must be renewed."""
    yield one("hedge_files_expected", "How many files there must be, by the manifest.", len(rows))
    yield gauge(
        "hedge_file_healthy",
        "Whether nobody need act.",
        [((each.name, each.group), each.is_healthy) for each in verdicts],
        ("file", "group"),
    )
    yield gauge(
        "hedge_file_state",
        "1 for the one state that the file is in, 0 for the others.",
        [((each.name, state), each.condition == state) for each in verdicts for state in STATES],
        ("file", "state"),
    )
    yield by_file("hedge_file_late", "Whether it is past its warning age and before its deadline.", verdicts, "late")
    yield by_file("hedge_file_written_timestamp_seconds", "When it says that it was written.", verdicts, "written_us")
    yield by_file("hedge_file_event_timestamp_seconds", "When the newest fact in it was.", verdicts, "event_us")
    yield by_file("hedge_file_size_bytes", "Its size.", verdicts, "size_bytes")
    yield by_file("hedge_file_rows", "How many rows it says it has; of a journal, its newest sequence number.", verdicts, "n")
    clocks = [(row.name, "written", row.written_deadlines) for row in rows] + [(row.name, "event", row.event_deadlines) for row in rows]
    yield gauge(
        "hedge_file_deadline_seconds",
        "How old it may become by a clock before it is stale.",
        [((name, clock), None if lines is None else lines.fail_s) for name, clock, lines in clocks],
        ("file", "clock"),
    )


def of_conditions(shown: Shown) -> Iterator[Metric]:
    """Every condition there is, quiet or not, and what the loud ones speak of."""
    found = {(each.condition, each.severity) for each in shown.survey.findings}
    known = sorted({*shown.conditions, *(each.condition for each in shown.survey.findings)})
    yield gauge(
        "hedge_condition_active",
        "Whether the condition is seen, at this severity, on any subject.",
        [((name, severity), (name, severity) in found) for name in known for severity in SEVERITIES],
        ("condition", "severity"),
    )
    subjects = sorted({(each.condition, each.severity, each.subject) for each in shown.survey.findings})[:NAMES_TOLD]
    yield gauge(
        "hedge_condition_subject_active",
        "1 for each subject on which the condition is seen now.",
        [(each, 1) for each in subjects],
        ("condition", "severity", "subject"),
    )


def of_incidents(incidents: Sequence[Incident], counted: int) -> Iterator[Metric]:
    """Incidents by the journal of the watch."""
    still = [each.severity for each in incidents if each.is_open]
    yield gauge(
        "hedge_incidents_open", "Incidents that are not over.", [((each,), still.count(each)) for each in SEVERITIES], ("severity",)
    )
    yield CounterMetricFamily("hedge_incidents", "Incidents opened, those of the kept journal included.", value=counted)


def of_services(scene: Scene) -> Iterator[Metric]:
    """What each service says of itself, and how often the supervisor saw its programs fall."""
    spoken = {name: facts.pulse for name, facts in sorted(scene.pulses.items()) if facts.pulse is not None}
    yield by_service("hedge_service_beat_timestamp_seconds", "When it last said that it lives.", spoken, "at_us")
    yield by_service("hedge_service_turn_timestamp_seconds", "When its work last came round.", spoken, "turned_us")
    yield by_service("hedge_service_start_timestamp_seconds", "When it was started.", spoken, "started_us")
    yield by_service("hedge_service_turn_due_seconds", "How far apart two rounds of its work may rightly be.", spoken, "turn_due_s")
    yield by_service("hedge_service_turns_total", "How often its work came round since its start.", spoken, "turns")
    programs = {
        one_line(each.name): each for each in (scene.programs.programs if scene.programs else ())[:NAMES_TOLD]
    }  # twice is no answer
    since_us = scene.now_us - round(scene.limits.crash_loop_s * 1e6)
    yield gauge(
        "hedge_program_recent_falls",
        "How often it went down unasked lately, within the window of the crash_loop condition.",
        [((name,), sum(at_us >= since_us for at_us in each.falls_us)) for name, each in programs.items()],
        ("program",),
    )


def of_notes(scene: Scene) -> Iterator[Metric]:
    """The few figures that services leave in their pulses; a family without one has no sample."""
    for key, (name, meaning) in NOTED.items():
        found = CounterMetricFamily(name, meaning)
        if is_sane(value := noted(scene, "watch", key)):
            found.add_metric((), value)
        yield found
    for key, (name, meaning) in COSTS.items():
        yield one(name, meaning, noted(scene, "dagster", key))


def of_storage(scene: Scene, holdings: Sequence[Holding]) -> Iterator[Metric]:
    """What is kept, what may be kept, and the room that is left."""
    yield gauge("hedge_storage_bytes", "What lies on the disk.", [((each.name,), each.size_bytes) for each in holdings], ("what",))
    yield gauge("hedge_storage_budget_bytes", "What may lie there.", [((each.name,), each.budget_bytes) for each in holdings], ("what",))
    disk = scene.disk or DiskFacts()
    yield one("hedge_disk_free_bytes", "Room on the disk under the data root.", disk.free_bytes)
    yield one("hedge_disk_size_bytes", "Size of the disk under the data root.", disk.size_bytes)
    yield one("hedge_disk_free_inodes", "How many more files the disk can hold.", disk.free_inodes)


def of_mirror(mirrored: Mirrored | None) -> Iterator[Metric]:
    """How it stands with each sink that states are copied to; no sample where nothing is."""
    sinks = {one_line(each.sink): each for each in (mirrored.sinks if mirrored else ())[:NAMES_TOLD]}
    told: dict[str, tuple[str, Callable[[Mirroring], float | None]]] = {
        "hedge_mirror_documents": ("Documents that are copied.", lambda each: each.documents),
        "hedge_mirror_owed": ("Documents whose newest content is not there.", lambda each: len(each.owed)),
        "hedge_mirror_owed_timestamp_seconds": ("Since when one is owed.", lambda each: seconds(each.owed_since_us)),
        "hedge_mirror_pushed_timestamp_seconds": ("When something last arrived.", lambda each: seconds(each.pushed_us)),
        "hedge_mirror_failures": ("Tries in a row that failed.", lambda each: each.failures),
        "hedge_mirror_writes_today": ("Writes of this UTC day.", lambda each: each.written_today),
        "hedge_mirror_writes_allowed": ("Writes that any 24 hours may see.", lambda each: each.writes_per_day),
    }
    for name, (meaning, figure_of) in told.items():
        yield gauge(name, meaning, [((sink,), figure_of(each)) for sink, each in sinks.items()], ("sink",))


def noted(scene: Scene, service: str, key: str) -> float | None:
    """One figure of a service's pulse; null when there is none or it is not a number."""
    facts = scene.pulses.get(service)
    value = facts.pulse.note.get(key) if facts and facts.pulse else None
    return value if isinstance(value, int | float) else None


def by_file(name: str, meaning: str, verdicts: Sequence[Verdict], told: str) -> Metric:
    """One figure of every verdict that has it; microseconds become seconds."""
    return gauge(name, meaning, [((each.name,), figure(each, told)) for each in verdicts], ("file",))


def by_service(name: str, meaning: str, spoken: Mapping[str, Pulse], told: str) -> Metric:
    """One figure of every pulse that has it; microseconds become seconds."""
    if name.endswith("_total"):
        found = CounterMetricFamily(name, meaning, labels=("service",))
        for service, pulse in spoken.items():
            if is_sane(value := figure(pulse, told)):
                found.add_metric((service,), value)
        return found
    return gauge(name, meaning, [((service,), figure(pulse, told)) for service, pulse in spoken.items()], ("service",))


def figure(record: Verdict | Pulse, told: str) -> float | None:
    """A field as a number of the base unit; null stays null."""
    value: float | None = getattr(record, told)
    return seconds(value) if told.endswith("_us") else value


def one(name: str, meaning: str, value: float | None) -> Metric:
    """A gauge without labels; without a sample when the value is unknown."""
    return gauge(name, meaning, [((), value)])


def gauge(name: str, meaning: str, told: Told, labels: tuple[str, ...] = ()) -> Metric:
    """A gauge with the samples that are known."""
    found = GaugeMetricFamily(name, meaning, labels=labels)
    for values, value in told:
        if is_sane(value):
            found.add_metric(values, value)
    return found


def is_sane(value: float | None) -> TypeGuard[float]:
    """Whether it is known, and a number that can be told."""
    return value is not None and abs(value) < LARGEST


def seconds(us: float | None) -> float | None:
    """Microseconds as seconds; null stays null."""
    return us / 1e6 if is_sane(us) else None
