"""What the page says of one look at the desk, and in which order: the worst first, in one line, with since when and what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hedge_assets import spec
from hedge_assets.health.condition import Finding, scan
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import Verdict
from hedge_assets.health.scene import PulseFacts, Scene
from hedge_assets.health.survey import Survey
from ops.dashboard.boards import Board
from ops.dashboard.days import Day
from ops.dashboard.money import Level, Money
from ops.dashboard.storage import Stored

CLOSED_SHOWN = 50
OPEN_SHOWN = 200
WORK = {"executor": "looping", "dagster": "ticking", "watch": "looking"}
GROUPS = ("raw", *(each.value for each in spec.Group))


@dataclass(frozen=True)
class Headline:
    """The machine in one line. `others` counts what else is wrong; `since_us` is null where nothing is, or nobody knows; `meaning` is
    what such a thing means, in a sentence, where it has a name."""

    level: Level
    sentence: str
    since_us: int | None = None
    cure: str | None = None
    others: int = 0
    meaning: str | None = None


@dataclass(frozen=True)
class Service:
    """One service: a word for its state, when it last beat and completed a turn of its work (microseconds UTC), and who it is."""

    name: str
    level: Level
    word: str
    beat_us: int | None = None
    turned_us: int | None = None
    turns: int | None = None
    pid: int | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Group:
    """Files of one part of the desk that need nobody, in the manifest's order; `key` is a word fit for an address in the page."""

    key: str
    title: str
    files: tuple[Verdict, ...]


@dataclass(frozen=True)
class View:
    """Everything the page shows of one look. `feed_end_us` is the end of replayed data, null when live; `account` is empty
    on a desk with one; `dagster` where its pages are."""

    at_us: int
    root: str
    feed_end_us: int | None
    headline: Headline
    services: tuple[Service, ...]
    attention: Group
    groups: tuple[Group, ...]
    conditions: tuple[Finding, ...]
    open_incidents: tuple[Incident, ...]
    closed_incidents: tuple[Incident, ...]
    storage: tuple[Stored, ...]
    boards: tuple[Board, ...] = ()
    dagster: str | None = None
    account: str = ""
    days: tuple[Day, ...] = ()
    money: Money | None = None

    @property
    def files(self) -> int:
        """How many files there must be."""
        return len(self.attention.files) + sum(len(group.files) for group in self.groups)


def view(
    found: Survey,
    incidents: Sequence[Incident],
    *,
    storage: Sequence[Stored],
    root: str,
    boards: Sequence[Board] = (),
    days: Sequence[Day] = (),
    dagster: str | None = None,
    account: str = "",
) -> View:
    """One survey, the incidents kept, the room taken and the panels, in the page's order."""
    scene = found.scene
    opened = [each for each in incidents if each.is_open]
    conditions = tuple(sorted(found.findings, key=urgency))
    services = tuple(service(name, scene, conditions) for name in WORK)
    ill = tuple(each for each in found.verdicts if not each.is_healthy)
    return View(
        at_us=scene.now_us,
        root=root,
        feed_end_us=found.feed_end_us,
        headline=headline(found.verdicts, conditions, services),
        services=services,
        attention=Group("attention", "needs attention", ill),
        groups=tuple(grouped(found.verdicts)),
        conditions=conditions,
        open_incidents=tuple(opened[:OPEN_SHOWN]),
        closed_incidents=tuple(newest_closed(incidents)),
        storage=tuple(storage),
        boards=tuple(boards),
        dagster=dagster,
        account=account,
        days=tuple(days),
    )


def headline(verdicts: Sequence[Verdict], conditions: Sequence[Finding], services: Iterable[Service]) -> Headline:
    """The worst thing: conditions before files, files in the manifest's order, then what can wait; or that all is well."""
    ill = [each for each in verdicts if not each.is_healthy]
    errors = [each for each in conditions if each.is_error]
    waiting = [each for each in conditions if not each.is_error]
    late = [each for each in verdicts if each.late]
    others = len(errors) + len(ill) - 1
    if errors:
        worst = errors[0]
        return of_condition("error", worst, others)
    if ill:
        file = ill[0]
        return Headline("error", f"{file.name} is {file.condition}: {file.reason or 'no reason given'}", file.since_us, file.cure, others)
    others = len(waiting) + len(late) - 1
    if waiting:
        return of_condition("warn", waiting[0], others)
    if late:
        return Headline("warn", f"{late[0].name} is late: {late[0].reason or 'no reason given'}", late[0].since_us, None, others)
    told = ", ".join(f"{each.name} {each.word}" for each in services)
    count = f"{len(verdicts)} of {len(verdicts)} files"
    return Headline("ok", f"All well: {count}, {told}" if all(each.level == "ok" for each in services) else f"{count} are well; {told}")


def of_condition(level: Level, found: Finding, others: int) -> Headline:
    """The line of a condition that holds."""
    sentence = f"{spoken(found.condition)} ({found.subject}): {found.reason}"
    return Headline(level, sentence, found.since_us, found.cure, others, meanings().get(found.condition))


@cache
def meanings() -> Mapping[str, str]:
    """What each condition means, by its name: the first sentences of its file."""
    return {each.name: " ".join(each.meaning.split("\n\n")[0].split()) for each in scan()}


def service(name: str, scene: Scene, conditions: Iterable[Finding]) -> Service:
    """One service, by the conditions that name it, else by its own pulse."""
    facts = scene.pulses.get(name)
    fault = next((each for each in conditions if each.subject == name), None)
    if facts is None or facts.pulse is None:
        return unheard(name, scene, facts)
    pulse = facts.pulse
    level, word, detail = heard(name, facts, scene.now_us)
    if fault is not None:
        level, word, detail = "error" if fault.is_error else "warn", spoken(fault.condition), fault.reason
    beat_us = pulse.at_us if facts.mtime_us is None else min(facts.mtime_us, scene.now_us)
    return Service(name, level, word, beat_us, pulse.turned_us, pulse.turns, pulse.pid, detail)


def heard(name: str, facts: PulseFacts, now_us: int) -> tuple[Level, str, str | None]:
    """What a readable pulse says of its service."""
    if facts.pulse is not None and facts.pulse.ended is not None:
        return "unknown", "ended", facts.pulse.ended
    if facts.beating(now_us) is None:
        return "warn", "quiet", "it beats later than it promised"
    return "ok", WORK[name], None


def unheard(name: str, scene: Scene, facts: PulseFacts | None) -> Service:
    """A service without a readable pulse; of an executor the lock and its journal speak as well."""
    if facts is not None:
        return Service(name, "error", "unreadable", detail=facts.fault)
    beat = scene.heartbeat if name == "executor" else None
    if name == "executor" and scene.executor_is_held:
        return Service(name, "ok", "running", turned_us=None if beat is None else beat.ts_us, turns=None if beat is None else beat.loop)
    return Service(name, "unknown", "not seen", detail="it never wrote a pulse here")


def grouped(verdicts: Iterable[Verdict]) -> Iterable[Group]:
    """Every group of the manifest with its healthy files, also when none is left in it: raw facts first, then as the desk reads."""
    known: dict[str, list[Verdict]] = {name: [] for name in GROUPS}
    for each in verdicts:
        known.setdefault(each.group, []).extend([each] if each.is_healthy else [])
    return (Group(f"files-{name}", name, tuple(files)) for name, files in known.items())


def newest_closed(incidents: Iterable[Incident]) -> list[Incident]:
    """The incidents that ended last, the newest end first."""
    over = [each for each in incidents if not each.is_open]
    return sorted(over, key=lambda each: -(each.closed_us or 0))[:CLOSED_SHOWN]


def urgency(finding: Finding) -> tuple[bool, int]:
    """Errors before warnings, what makes others ill before what follows from it."""
    return (not finding.is_error, -finding.reach)


def spoken(condition: str) -> str:
    """A condition's name as words."""
    return condition.replace("_", " ")
