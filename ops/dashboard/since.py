"""Since when something is wrong: the earliest word of the open incident, of the survey itself, and of what this page has seen."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hedge_assets.health.incidents import Incident
from hedge_assets.health.survey import Survey

GAP_US = 10_000_000
"""Looks farther apart than this say nothing of the time between them: what was seen before is forgotten."""


@dataclass
class Memory:
    """What was wrong at the last look, by cause and subject, and since when (microseconds UTC)."""

    seen_us: int = 0
    since_us: dict[tuple[str, str], int] = field(default_factory=dict)

    def dated(self, found: Survey, incidents: Iterable[Incident]) -> Survey:
        """The same survey with since when in every file that is not well and every condition; remembered for the next look."""
        now_us = found.scene.now_us
        before = self.since_us if 0 <= now_us - self.seen_us <= GAP_US else {}
        opened = {(each.cause, each.subject): each.opened_us for each in incidents if each.is_open}
        after: dict[tuple[str, str], int] = {}

        def since(cause: str, subject: str, told_us: int | None) -> int:
            key = (cause, subject)
            after[key] = min(each for each in (opened.get(key), before.get(key), told_us, now_us) if each is not None)
            return after[key]

        verdicts = tuple(
            each if each.is_healthy else replace(each, since_us=since(each.condition, each.name, each.since_us)) for each in found.verdicts
        )
        findings = tuple(replace(each, since_us=since(each.condition, each.subject, each.since_us)) for each in found.findings)
        self.seen_us, self.since_us = now_us, after
        return replace(found, verdicts=verdicts, findings=findings)
