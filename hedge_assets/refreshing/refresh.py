"""States are built, gated and written: facts are read once, so everything in one refresh agrees with itself.

    journals ──read once──▶ facts ──build, in order──▶ documents ──checks──▶ files
                                                                   └ a gate that fails keeps the old file

A state that was not asked for but is an input of one that was is built in memory from the same facts. What lay damaged
under a state's name is kept aside (`aside`), and what became of each state is left to be read (`fates`).
"""

import dataclasses
import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from executor.clock import Clock
from executor.errors import HedgeError, LockError
from executor.flags import Flags
from hedge_assets.catalog import FOLDS, State
from hedge_assets.document import Document
from hedge_assets.folds.shadow import Shadow
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.incident_log import read_incidents
from hedge_assets.health.judge import Present, judge
from hedge_assets.health.manifest import manifest, state_row
from hedge_assets.health.measuring import measure
from hedge_assets.health.survey import survey
from hedge_assets.refreshing.aside import Kept, clear_way, set_aside, take_back
from hedge_assets.refreshing.building import BUILD_FAULTS, Basket, Checked, Unbuilt, build, checks_of, content_of
from hedge_assets.refreshing.facts import Facts, inputs, read_facts
from hedge_assets.refreshing.fates import Fate, Fates, keep_fates
from hedge_assets.refreshing.runs import Wrote, note_run, run_of
from hedge_assets.refreshing.shadowing import read_shadow
from hedge_assets.settings import Place
from hedge_assets.shadow.shadow_log import append_heartbeat, append_new
from hedge_assets.states.shadow_head import ShadowHead, heartbeat_line
from hedge_assets.store import StoreError, look, replace
from hedge_assets.version import code_version

SHADOW = "shadow"
SHADOW_HEAD = "shadow_head"
SHADOW_LOG = "pipeline_v6_shadow.jsonl"
LOCK = ".refresh.lock"
LOCK_WAIT_S = 120.0
LOCK_POLL_S = 0.05
Read = TypeVar("Read")
REPLACEABLE = ("file", "too_large", "unreadable", "link", "special")
"""What a new file can take the name of whether or not the old one could be kept: all but a directory."""


@dataclass(frozen=True)
class Outcome:
    """What became of one state in a refresh. The file was replaced only if `fate` is `written`.

    `gated`: a document was made, and a promise it must keep was not kept. `failed`: there is no document,
    or it could not be written. `as_of_us` is the time the numbers speak of, by `clock`. `kept` is where a damaged file
    lies that was there before, null when there was none.
    """

    name: str
    path: Path
    fate: Literal["written", "gated", "failed"]
    reason: str | None
    as_of_us: int
    clock: Literal["wall", "feed"]
    document: Document | None = None
    content: bytes | None = None
    checks: tuple[Checked, ...] = ()
    kept: Kept | None = None

    @property
    def is_written(self) -> bool:
        """Whether the file was replaced."""
        return self.fate == "written"


def refresh(place: Place, states: Sequence[State], wanted: Collection[str], *, clock: Clock, flags: Flags) -> list[Outcome]:
    """Build the wanted states from the journals as they are now, and write those that keep their promises."""
    clear_way(place, clock.now_us())
    with only_one(place.tables):
        began_s, worked_s = time.monotonic(), time.process_time()
        asked = needed(states, wanted)
        basket = current(place, asked, now_us=clock.now_us(), flags=flags)
        outcomes, wrote = [], {}
        for state in asked:
            basket = looked_at(basket, place, state, states=states, now_us=clock.now_us())
            written_us = clock.now_us()
            outcome = made(state, basket, folder=place.state, written_us=written_us)
            if state.name in wanted:
                outcomes.append(logged(renewed(outcome, state, place, basket=basket, now_us=clock.now_us()), basket))
                if outcomes[-1].is_written:
                    named = getattr(outcome.document, "version", None)
                    wrote[state.name] = Wrote(written_us, basket.looked_us or written_us, named)
        note_run(place.tables, run_of(basket, wrote))
        cost = {"wall_s": time.monotonic() - began_s, "cpu_s": time.process_time() - worked_s}
        now_us = clock.now_us()
        keep_fates(place.tables, Fates(at_us=now_us, **cost, states={each.name: fate_of(each, place, now_us) for each in outcomes}))
        return outcomes


def fate_of(outcome: Outcome, place: Place, now_us: int) -> Fate:
    """An outcome as it is left to be read."""
    if outcome.kept is None:
        return Fate(at_us=now_us, fate=outcome.fate, reason=outcome.reason)
    path = outcome.kept.path
    where = "not kept" if path is None else str(path.relative_to(place.root))
    note = "" if outcome.kept.note is None else f" ({outcome.kept.note})"
    return Fate(at_us=now_us, fate=outcome.fate, reason=outcome.reason, kept=where + note, kept_us=now_us)


def current(place: Place, states: Collection[State], *, now_us: int, flags: Flags) -> Basket:
    """All facts there are now; with no folds and the fault in words when the journals cannot be read."""
    facts, fault = without_fault(lambda: read_facts(place), place)
    if facts is None:
        return dataclasses.replace(basket_of(Facts(), place, now_us=now_us, flags=flags), folds={}, journal_inputs=(), fault=fault)
    basket = basket_of(facts, place, now_us=now_us, flags=flags)
    if not wants_shadow(states, flags):
        return basket
    shadow, fault = without_fault(lambda: read_shadow(place, facts), place)
    return dataclasses.replace(basket, faults={SHADOW: fault}) if shadow is None else with_shadow(basket, shadow)


def without_fault(read: Callable[[], Read], place: Place) -> tuple[Read | None, str]:
    """What was read, or null and in words why it could not be."""
    try:
        return read(), ""
    except HedgeError as error:
        return None, str(error)
    except OSError as error:
        return None, f"{error.filename or place.raw} cannot be read ({error.strerror}); give this user the right to read it"
    except BUILD_FAULTS as error:
        return None, f"folding the journals failed: {type(error).__name__}: {str(error)[:200]}".replace("\n", " ")


def wants_shadow(states: Collection[State], flags: Flags) -> bool:
    """Whether one of these states is made from the shadow's columns, and they are to run."""
    return flags.on("PIPELINE_V6_SHADOW_ENABLED") and any(SHADOW in state.folds for state in states)


def with_shadow(basket: Basket, shadow: Shadow) -> Basket:
    """The basket with the columns in it."""
    return dataclasses.replace(basket, folds={**basket.folds, SHADOW: shadow})


def basket_of(facts: Facts, place: Place, *, now_us: int, flags: Flags) -> Basket:
    """Facts and settings as builds ask for them, with columns that have not begun. On a replay the time is that of the newest fact, not
    the wall's."""
    folds = {name: getattr(facts, name) for name in FOLDS if name != SHADOW}
    boot = facts.services.boots[-1] if facts.services.boots else None
    newest_us = max((fold.newest_us for fold in folds.values() if fold.newest_us is not None), default=None)
    replayed = boot is not None and boot.time == "feed" and newest_us is not None
    return Basket(
        folds={**folds, SHADOW: Shadow()},
        journal_inputs=inputs(facts),
        as_of_us=newest_us if replayed and newest_us is not None else now_us,
        clock="feed" if replayed else "wall",
        account=None if boot is None else boot.account,
        telemetry=place.telemetry,
        flags=flags,
        code_version=code_version(),
    )


def needed(states: Sequence[State], wanted: Collection[str]) -> list[State]:
    """The wanted states and everything they are made from, in the catalogue's order."""
    names = set(wanted)
    for state in reversed(states):
        if state.name in names:
            names.update(state.upstream)
    return [state for state in states if state.name in names]


def looked_at(basket: Basket, place: Place, state: State, *, states: Sequence[State], now_us: int) -> Basket:
    """The basket with what this state tells of the machine as it is now: verdicts and findings, incidents, what is kept on disk."""
    if state.is_about_files:
        seen = survey(place, manifest(each for each in states if not each.is_about_files), now_us, conditions=conditions())
        basket = dataclasses.replace(basket, verdicts=seen.verdicts, findings=seen.findings)
    basket = dataclasses.replace(basket, looked_us=now_us)
    if "incidents" in state.reserved:
        basket = dataclasses.replace(basket, incidents=read_incidents(place.watch))
    if "holdings" in state.reserved:
        basket = dataclasses.replace(basket, holdings=measure(place))
    return basket


def made(state: State, basket: Basket, *, folder: Path, written_us: int) -> Outcome:
    """One state's document and file content, with every promise tried; nothing is written yet."""
    outcome = Outcome(state.name, folder / state.spec.file, "failed", None, basket.as_of_us, basket.clock)
    try:
        document = build(state, basket)
        content = content_of(state, document, basket=basket, written_us=written_us)
    except Unbuilt as error:
        return dataclasses.replace(outcome, reason=str(error), document=basket.documents.get(state.name))
    checks = checks_of(state, document)
    outcome = dataclasses.replace(outcome, document=document, content=content, checks=checks)
    broken = next((check for check in checks if check.gate and check.detail is not None), None)
    if broken is not None:
        return dataclasses.replace(outcome, fate="gated", reason=f"check {broken.name}: {broken.detail}; the old file stays")
    if document.status == "empty" and not state.spec.may_be_empty:
        return dataclasses.replace(outcome, fate="gated", reason=f"it is empty ({document.reason}), and must not be; the old file stays")
    return dataclasses.replace(outcome, fate="written")


def renewed(outcome: Outcome, state: State, place: Place, *, basket: Basket, now_us: int) -> Outcome:
    """The outcome after its file was replaced, with what lay damaged under its name kept aside, or after that failed."""
    if not outcome.is_written:
        return outcome
    try:
        kept = damaged_kept(outcome.path, state, place, account=basket.account, now_us=now_us)
    except StoreError as error:
        return dataclasses.replace(outcome, fate="failed", reason=str(error))
    done = stored(outcome)
    if kept is not None and not done.is_written:
        take_back(kept)
    return dataclasses.replace(done, kept=kept)


def stored(outcome: Outcome) -> Outcome:
    """The outcome after its file was replaced, or after that failed."""
    if not outcome.is_written or outcome.content is None:
        return outcome
    try:
        replace(outcome.path, outcome.content)
    except StoreError as error:
        return dataclasses.replace(outcome, fate="failed", reason=str(error))
    return outcome


def damaged_kept(path: Path, state: State, place: Place, *, account: str | None, now_us: int) -> Kept | None:
    """What lay under the name, kept aside, if it was not a file as it must be; null if there was nothing, or nothing wrong."""
    row = state_row(state)
    facts = look(path, row.max_bytes or 0)
    if judge(row, facts, Present(now_us=now_us, account=account)).condition != "invalid":
        return None
    try:
        return set_aside(place, path, why="invalid" if facts.kind == "file" else facts.kind, now_us=now_us)
    except StoreError as error:
        if facts.kind not in REPLACEABLE:
            raise
        return Kept(None, str(error))


def logged(outcome: Outcome, basket: Basket) -> Outcome:
    """The outcome after the shadow's new decisions were appended to their log, which goes with its head."""
    if outcome.name != SHADOW_HEAD or SHADOW not in basket.folds or not basket.flags.on("PIPELINE_V6_SHADOW_ENABLED"):
        return outcome
    path = outcome.path.with_name(SHADOW_LOG)
    try:
        append_new(path, basket.folds[SHADOW].ledger)
        if isinstance(outcome.document, ShadowHead) and (beat := heartbeat_line(outcome.document)) is not None:
            append_heartbeat(path, beat, every_us=int(basket.telemetry.shadow_heartbeat_s * 1e6))
    except OSError as error:
        return dataclasses.replace(outcome, fate="failed", reason=f"{path} cannot be written ({error.strerror}); free the name or space")
    return outcome


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One refresh at a time on a data root; waits its turn, and gives up with a word."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}); name another data root with HEDGE_DATA") from error
    try:
        _wait_for(handle, folder)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path) -> None:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise LockError(f"{folder} was locked by another refresh for {LOCK_WAIT_S:.0f} s; end the run that hangs") from None
            time.sleep(LOCK_POLL_S)
        else:
            return
