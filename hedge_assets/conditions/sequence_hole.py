"""A journal lost records: it begins after what was pruned, ends before what was checkpointed, or one inside is missing or broken."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.scene import Scene


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each journal with a hole, by its end, its beginning or the slow reading of the whole."""
    audited = {} if scene.audits is None else scene.audits.streams
    for name, facts in scene.journals.items():
        stream = name.rpartition("/")[2]
        cure = f"hedge journal verify {stream}, then restore {name} from a backup, or move the data root aside and start anew"
        lost = lost_at_the_end(facts, scene.known_seqs.get(name, 0))
        inside = audited[stream].fault if stream in audited else None
        older = lost_at_the_start(facts, scene.pruned_seqs.get(name))
        reason = lost or older or inside
        if reason is not None:
            yield Sign(name, "error", reason, cure)


def lost_at_the_end(facts: JournalFacts, known_seq: int) -> str | None:
    """Which records the checkpoint knows of and the journal does not have; null where none, or where its end cannot be read."""
    if facts.fault is not None:
        return None
    newest_seq = facts.newest_seq or 0
    if newest_seq >= known_seq:
        return None
    return f"records {newest_seq + 1} to {known_seq} are gone: the checkpoint knows of them, the journal ends before"


def lost_at_the_start(facts: JournalFacts, pruned_seq: int | None) -> str | None:
    """Which of the oldest records are gone and were never pruned; null where none, or where nobody says how far was pruned."""
    if facts.fault is not None or facts.first_seq is None or pruned_seq is None or facts.first_seq <= pruned_seq + 1:
        return None
    return f"records {pruned_seq + 1} to {facts.first_seq - 1} are gone: they were not pruned, and the journal begins after them"


CONDITION = Condition(judge=signs, reach=1)
