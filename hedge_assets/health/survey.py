"""Every file of the manifest, looked at and judged as it lies on disk; right whether or not Dagster runs."""

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from executor.lock import is_held
from executor.records.account import Heartbeat
from executor.records.streams import STREAMS
from hedge_assets.document import Document
from hedge_assets.health.addressing import addressed
from hedge_assets.health.condition import Condition, Finding, findings
from hedge_assets.health.evidence import FileFacts, JournalFacts
from hedge_assets.health.gathering import disk, known_seqs, lock_taken_us, note, pruned_seqs, pulses
from hedge_assets.health.journals import account_in, heartbeat_in, opens_with_a_replay, peek
from hedge_assets.health.judge import Present, Verdict, judge, judge_journal
from hedge_assets.health.manifest import Row
from hedge_assets.health.parsing import Unsound, parse
from hedge_assets.health.scene import Audits, Healings, Mirrored, Programs, Scene
from hedge_assets.health.since import Earlier, Memory, dated, earlier, found_since
from hedge_assets.settings import Place
from hedge_assets.store import look


@dataclass(frozen=True)
class Survey:
    """All verdicts in the manifest's order, what the conditions found, the scene they were judged by, and every state file as it lay."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    scene: Scene
    files: Mapping[str, FileFacts] = field(default_factory=dict)

    @property
    def journals(self) -> Mapping[str, JournalFacts]:
        """What is known of each raw journal."""
        return self.scene.journals

    @property
    def heartbeat(self) -> Heartbeat | None:
        """The executor's newest completed loop; null if none was found."""
        return self.scene.heartbeat

    @property
    def feed_end_us(self) -> int | None:
        """The end of a replayed feed; null when the facts are of the wall's time."""
        return self.scene.feed_end_us

    @property
    def is_healthy(self) -> bool:
        """Whether nobody need act on any file, or anything else."""
        return all(verdict.is_healthy for verdict in self.verdicts) and not any(each.is_error for each in self.findings)


def survey(place: Place, rows: Sequence[Row], now_us: int, *, conditions: Sequence[Condition] = (), memory: Memory | None = None) -> Survey:
    """Look at every file once and judge it, then everything else. Event ages of replayed data are measured against the feed's end.

    Who looks again and again hands in a `memory` of its own, and then knows since when things are so from its own looks.
    """
    began_ns = time.monotonic_ns()
    files = {row.name: look(place.root / row.path, row.max_bytes or 0) for row in rows if row.kind == "state"}
    reached = known_seqs(place.raw)
    peeks = {f"raw/{stream}": peek(place.raw, stream) for stream in STREAMS}  # last: journals reach at least as far as what speaks of them
    journals = {name: facts for name, (facts, _) in peeks.items()}
    positions = peeks["raw/positions"][1]
    newest_seqs = {name: facts.newest_seq for name, facts in journals.items() if facts.newest_seq is not None}
    live = Present(now_us=now_us, account=account_in(positions), newest_seqs=newest_seqs)
    states = [judge(row, files[row.name], live) for row in rows if row.kind == "state"]
    is_replayed = replayed(speaking_of_facts(rows, states), place)
    held, heartbeat = is_held(place.raw), heartbeat_in(positions)
    feed_end_us = feed_end(journals.values(), heartbeat if held else None) if is_replayed else None
    present = replace(live, feed_end_us=feed_end_us)
    judged = [judge_journal(row, journals[row.name], present) for row in rows if row.kind == "journal"]
    scene = Scene(
        now_us=now_us,
        limits=place.health,
        verdicts=(*judged, *states),
        journals=journals,
        heartbeat=heartbeat,
        feed_end_us=feed_end_us,
        executor_is_held=held,
        lock_taken_us=lock_taken_us(place.raw),
        known_seqs=reached,
        pruned_seqs=pruned_seqs(place.raw),  # after the journals: what goes is noted before it goes
        pulses=pulses(place),
        programs=concerning(note(place.run / "programs.json", Programs), place.account),
        disk=disk(place.root),
        audits=note(place.watch / "audit.json", Audits),
        healings=note(place.tables / "healing.json", Healings),
        mirrored=note(place.mirrored / "standing.json", Mirrored),
        documents=wanted_documents(rows, files, conditions),
        took_us=(time.monotonic_ns() - began_ns) // 1_000,
    )
    return replace(with_since(place, scene, findings(conditions, scene), memory=memory), files=files)


def concerning(programs: Programs | None, account: str) -> Programs | None:
    """The programs as they concern one account: its own executor is `executor`, those of others are not among them."""
    if programs is None or not account:
        return programs
    own = f"executor_{account}"
    kept = [
        msgspec.structs.replace(each, name="executor") if each.name == own else each
        for each in programs.programs
        if each.name == own or not each.name.startswith("executor_")
    ]
    return msgspec.structs.replace(programs, programs=tuple(kept))


def with_since(place: Place, scene: Scene, found: Sequence[Finding], *, memory: Memory | None) -> Survey:
    """The survey, with since when everything is so."""
    before = memory.known if memory is not None and memory.holds(scene) else evidence(place, scene, found)
    verdicts, signs = dated(scene.verdicts, before, scene.now_us), found_since(found, before, scene.now_us)
    if memory is not None:
        memory.keep(verdicts, signs, scene.now_us)
    verdicts = tuple(addressed(each, place.account) for each in verdicts)
    signs = tuple(addressed(each, place.account) for each in signs)
    return Survey(verdicts, signs, replace(scene, verdicts=verdicts))


def evidence(place: Place, scene: Scene, found: Sequence[Finding]) -> Earlier:
    """What the desk's own files say of earlier; incidents are asked only while something is wrong, and somebody keeps them."""
    is_wrong = bool(found) or any(each.late or not each.is_healthy for each in scene.verdicts)
    return earlier(place, incidents=is_wrong and "watch" in scene.beating)


def wanted_documents(rows: Sequence[Row], files: Mapping[str, FileFacts], conditions: Iterable[Condition]) -> Mapping[str, Document]:
    """The sound documents that conditions ask for."""
    asked = {name for condition in conditions for name in condition.reads}
    found = {}
    for row in rows:
        if row.name in asked and row.shape is not None:
            with contextlib.suppress(Unsound):
                found[row.name] = parse(files[row.name].content or b"", row.shape).document
    return found


def speaking_of_facts(rows: Sequence[Row], verdicts: Iterable[Verdict]) -> list[Verdict]:
    """States made from raw facts. One that judges files is written by the wall's clock when the journals cannot be read."""
    timeless = {row.name for row in rows if row.event_deadlines is None}
    return [each for each in verdicts if each.name not in timeless]


def replayed(states: Iterable[Verdict], place: Place) -> bool:
    """Whether the facts are a replay's: as the newest state says; before there is any, as the journals open."""
    written = [each for each in states if each.written_us is not None]
    newest = max(written, key=lambda each: each.written_us or 0, default=None)
    return opens_with_a_replay(place.raw) if newest is None else newest.is_replayed


def feed_end(journals: Iterable[JournalFacts], heartbeat: Heartbeat | None) -> int | None:
    """The newest raw fact; null where there is none. While it is played (`heartbeat`), the newest loop: journals are written in turn."""
    if heartbeat is not None:
        return heartbeat.ts_us
    return max((each.newest_us for each in journals if each.newest_us is not None), default=None)
