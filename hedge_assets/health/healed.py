"""What ended an incident, as far as the traces of the look that found it over tell."""

from hedge_assets.health.incidents import Incident
from hedge_assets.health.scene import Healing, Scene

BY_ITSELF = "by itself"
FELL = "program_fell"
FALL_SEEN_US = 10_000_000
"""A fall is seen when supervisor has most often started the program again already."""


def healed_by(incident: Incident, scene: Scene) -> str:
    """Who or what made it well, in words; `by itself` where nothing is known to have been done."""
    if incident.subject == "disk":
        return "there is room and right to write again"
    service = "executor" if incident.subject.startswith("raw/") else incident.subject
    return by_a_new_start(service, incident, scene) or by_a_new_file(incident, scene) or by_a_new_desk(incident, scene) or BY_ITSELF


def by_a_new_start(service: str, incident: Incident, scene: Scene) -> str | None:
    """That the process behind it was started since it opened, or since the fall it was opened for; null if none was."""
    facts = scene.pulses.get(service)
    if facts is not None and facts.pulse is not None and facts.pulse.started_us > incident.opened_us:
        return f"{service} started again (pid {facts.pulse.pid})"
    programs = () if scene.programs is None else scene.programs.programs
    since_us = incident.opened_us - FALL_SEEN_US if incident.cause == FELL else incident.opened_us
    again = next((each for each in programs if each.name == service and each.pid and each.since_us > since_us), None)
    return None if again is None else f"{service} started again (pid {again.pid})"


def by_a_new_file(incident: Incident, scene: Scene) -> str | None:
    """How the state file came to be well: asked for, in its turn, or put back; null for what is no state."""
    verdict = next((each for each in scene.verdicts if each.name == incident.subject and each.written_us is not None), None)
    if verdict is None or verdict.written_us is None:
        return None
    if verdict.written_us <= incident.opened_us:
        return "the earlier file was put back"
    states = () if scene.healings is None else scene.healings.states
    mended = next((each for each in states if each.name == incident.subject and each.tries > 0), None)
    if mended is not None and (mended.asked_us is None or mended.asked_us >= incident.opened_us):
        return in_words(mended)
    return "rebuilt on schedule"


def by_a_new_desk(incident: Incident, scene: Scene) -> str | None:
    """That every program was started since it opened; null if some was not, or none is known."""
    programs = () if scene.programs is None else scene.programs.programs
    since = [each.since_us for each in programs if each.pid]
    return "the desk was started again" if since and min(since) > incident.opened_us else None


def in_words(mended: Healing) -> str:
    """A rebuild that was asked for."""
    kept = "" if mended.kept is None else f"; the damaged file is kept at {mended.kept}"
    return f"rebuilt by Dagster (run asked by missing_states, try {mended.tries}{kept})"
