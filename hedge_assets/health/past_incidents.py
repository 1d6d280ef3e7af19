"""Incidents as they were known at a moment of the past, from what the incidents journal still holds. Pure."""

from collections.abc import Iterable

import msgspec

from hedge_assets.health.incidents import Entry, Incident


def known_then(told: Iterable[Entry], *, since_us: int, until_us: int) -> tuple[Incident, ...]:
    """Every incident that was open between two moments, as it was known at the second; by when it opened.

    Where the line of that time is not kept any more (the journal was turned over), a later one is told as far as it speaks of then.
    """
    words: dict[str, Incident] = {}
    for entry in told:
        if entry.at_us <= until_us or entry.incident.id not in words:
            words[entry.incident.id] = entry.incident
    found = (as_of(each, until_us) for each in words.values() if each.opened_us <= until_us)
    return tuple(
        sorted((each for each in found if each.closed_us is None or each.closed_us >= since_us), key=lambda each: (each.opened_us, each.id))
    )


def as_of(incident: Incident, until_us: int) -> Incident:
    """An incident without what happened to it after a moment."""
    if incident.closed_us is not None and incident.closed_us > until_us:
        incident = msgspec.structs.replace(incident, closed_us=None, healed_by=None)
    if incident.escalated_us is not None and incident.escalated_us > until_us:
        incident = msgspec.structs.replace(incident, escalated_us=None, severity="warn")
    return incident
