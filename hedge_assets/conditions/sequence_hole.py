"""A journal lost records: it ends before what was checkpointed, or a record inside it is missing or broken."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.scene import Scene


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each journal with a hole, by its end or by the slow reading of the whole."""
    audited = {} if scene.audits is None else scene.audits.streams
    for name, facts in scene.journals.items():
        stream = name.rpartition("/")[2]
        cure = f"hedge journal verify {stream}, then restore {name} from a backup, or move the data root aside and start anew"
        lost = lost_at_the_end(facts, scene.known_seqs.get(name, 0))
        inside = audited[stream].fault if stream in audited else None
        if lost is not None or inside is not None:
            yield Sign(name, "error", lost or str(inside), cure)


def lost_at_the_end(facts: JournalFacts, known_seq: int) -> str | None:
    """Which records the checkpoint knows of and the journal does not have; null where none, or where its end cannot be read."""
    if facts.fault is not None:
        return None
    newest_seq = facts.newest_seq or 0
    if newest_seq >= known_seq:
        return None
    return f"records {newest_seq + 1} to {known_seq} are gone: the checkpoint knows of them, the journal ends before"


CONDITION = Condition(judge=signs, reach=1)
