"""Surveys in which what is wrong is said in a word, and incidents, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hedge_assets.health.condition import Finding, Severity
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import FileState, Verdict
from hedge_assets.health.scene import Scene
from hedge_assets.health.survey import Survey
from hedge_assets.settings import Health
from tests.hedge_assets.builders import SECOND, T0

NAMES = ("raw/ticks", "raw/positions", "nav", "universe")


def verdict(name: str, word: str = "ok", *, written_us: int | None = None) -> Verdict:
    """A file that is ok, late, stale, missing or invalid."""
    condition: FileState = "ok" if word == "late" else word  # type: ignore[assignment]
    reason = None if word == "ok" else f"it is {word}"
    return Verdict(name, f"state/{name}.json", "group", condition, reason, late=word == "late", written_us=written_us)


def finding(condition: str, subject: str, severity: Severity = "error", reason: str = "so it is") -> Finding:
    return Finding(condition, subject, severity, reason, "do something")


def survey(now_us: int = T0, files: Mapping[str, str] | None = None, found: Sequence[Finding] = (), **scene: object) -> Survey:
    """A look at which these files were not ok, and these conditions were found."""
    verdicts = tuple(verdict(name, (files or {}).get(name, "ok")) for name in NAMES)
    bare = Scene(now_us=now_us, limits=Health(), verdicts=verdicts)
    return Survey(verdicts, tuple(found), replace(bare, **scene))


def incident(opened_us: int = T0, cause: str = "missing", subject: str = "nav", **told: object) -> Incident:
    """An incident; open unless told when it closed."""
    given = {"severity": "error", "seen_by": "watch", "reason": f"it is {cause}", **told}
    return Incident(id=f"{opened_us}-{cause}-{subject}", cause=cause, subject=subject, opened_us=opened_us, **given)


def over(opened_us: int, lasted_s: float, **told: object) -> Incident:
    """A closed incident."""
    return incident(opened_us, closed_us=opened_us + int(lasted_s * SECOND), **{"healed_by": "by itself", **told})
