"""All accounts of a desk on one page: which of them needs somebody, what each is worth, and what the desk holds as a whole.

It judges each account's files itself, as the account's own page does; sums are the desk's own files, with their ages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from executor.clock import Clock
from hedge_assets.desk_states.exposure import DeskExposure
from hedge_assets.desk_states.nav import DeskNav
from hedge_assets.document import Document
from hedge_assets.health.condition import Condition
from hedge_assets.health.judge import Verdict
from hedge_assets.health.manifest import Row
from hedge_assets.health.parsing import Unsound, parse
from hedge_assets.health.since import Memory
from hedge_assets.health.survey import Survey, survey
from hedge_assets.settings import Place
from ops.dashboard.bounds import bounded
from ops.dashboard.drawing import drawn
from ops.dashboard.money import LEVELS, Money, money, together
from ops.dashboard.sharing import Shared
from ops.dashboard.view import WORK, Headline, headline, service, urgency

REST = 3.0
"""So many times as long as a look took is rested after it, whoever asks: fifty accounts must not cost a core."""

PARTS = ("headline", "sums", "accounts", "exposure")


@dataclass(frozen=True)
class Line:
    """One account. Numbers are of its own files, null where these do not say; times are microseconds UTC."""

    account: str
    headline: Headline
    nav: Any
    positions: Any
    risk: Any
    fact_us: int | None
    money: Money


@dataclass(frozen=True)
class Whole:
    """The desk at one moment: every account, and the sums with the verdicts on their files."""

    at_us: int
    root: str
    headline: Headline
    lines: tuple[Line, ...]
    nav: DeskNav | None
    exposure: DeskExposure | None
    verdicts: Mapping[str, Verdict]
    feed_end_us: int | None = None
    dagster: str | None = None
    money: Money | None = None


@dataclass(frozen=True)
class Seen:
    """One look, as the stream of pushes wants it."""

    view: Whole
    parts: dict[str, str]


@dataclass
class Overview:
    """Looks at all accounts of a desk, one after the other."""

    places: Sequence[Place]
    rows: Sequence[Row]
    conditions: Sequence[Condition]
    whole: Place
    whole_rows: Sequence[Row]
    clock: Clock
    dagster: str | None = None

    def __post_init__(self) -> None:
        self.shared = Shared(self.look, rest=REST)
        self.memories = {place.account: Memory() for place in (*self.places, self.whole)}

    async def newest(self) -> Seen:
        """A look that is new enough, shared with whoever asks."""
        return await self.shared.newest()

    def look(self) -> Seen:
        """Look once at every account, and at the desk's own files."""
        now_us = self.clock.now_us()
        lines = tuple(self.line(place) for place in self.places)
        found = survey(self.whole, self.whole_rows, now_us, memory=self.memories[self.whole.account])
        shapes = {row.name: row.shape for row in self.whole_rows}
        documents = {name: document_of(found, name, shapes[name]) for name in ("nav", "exposure")}
        seen = Whole(
            at_us=self.clock.now_us(),
            root=str(self.whole.root),
            headline=worst(lines, found.verdicts),
            lines=lines,
            nav=documents["nav"] if isinstance(documents["nav"], DeskNav) else None,
            exposure=documents["exposure"] if isinstance(documents["exposure"], DeskExposure) else None,
            verdicts={each.name: each for each in found.verdicts},
            dagster=self.dagster,
            money=together({each.account: each.money for each in lines}),
        )
        return Seen(seen, parts(seen))

    def line(self, place: Place) -> Line:
        """One account, judged from its own files."""
        found = bounded(survey(place, self.rows, self.clock.now_us(), conditions=self.conditions, memory=self.memories[place.account]))
        conditions = tuple(sorted(found.findings, key=urgency))
        shapes = {row.name: row.shape for row in self.rows}
        facts = [each.event_us for each in found.verdicts if each.group == "raw" and each.event_us is not None]
        positions = document_of(found, "positions", shapes.get("positions"))
        return Line(
            account=place.account,
            headline=headline(found.verdicts, conditions, tuple(service(name, found.scene, conditions) for name in WORK)),
            nav=document_of(found, "nav", shapes.get("nav")),
            positions=positions,
            risk=document_of(found, "risk_snapshot", shapes.get("risk_snapshot")),
            fact_us=max(facts, default=None),
            money=money(found, positions),
        )


def document_of(found: Survey, name: str, shape: type[Document] | None) -> Document | None:
    """A sound file's document; null where the file is missing, invalid or none of these."""
    facts = found.files.get(name)
    verdict = next((each for each in found.verdicts if each.name == name), None)
    if facts is None or facts.content is None or shape is None or verdict is None or verdict.condition in ("missing", "invalid"):
        return None
    try:
        return parse(facts.content, shape).document
    except Unsound:
        return None


def worst(lines: Sequence[Line], whole: Sequence[Verdict]) -> Headline:
    """The worst account's own headline with its name; then the desk's own files; or that all is well."""
    ill = sorted((each for each in lines if each.headline.level != "ok"), key=lambda each: LEVELS.index(each.headline.level))
    broken = [each for each in whole if not each.is_healthy]
    if ill and (ill[0].headline.level == "error" or not broken):
        first = ill[0]
        others = len(ill) - 1 + len(broken)
        return replace(first.headline, sentence=f"{first.account}: {first.headline.sentence}", others=others)
    if broken:
        file = broken[0]
        return Headline(
            "error", f"desk/{file.name} is {file.condition}: {file.reason or 'no reason given'}", file.since_us, file.cure, len(ill)
        )
    return Headline("ok", f"All well: {len(lines)} of {len(lines)} accounts")


def parts(seen: Whole) -> dict[str, str]:
    """Every part of the page that changes, by its id in the page."""
    return {name: drawn(f"{'' if name == 'headline' else 'desk_'}{name}.html", view=seen) for name in PARTS}


def page(seen: Seen) -> str:
    """The whole page for a first paint."""
    return drawn("desk.html", view=seen.view, parts=seen.parts)
