"""Proof that the files are what the raw journals give: each is made again from exactly the records that it names as its inputs.

A file's moment alone does not say what it was made from: a record of an earlier time may have been journaled after the
journals were read for it. Its `inputs` do. What else it was told (settings, flags, when the machine was looked at) the
record of its refresh gives back (`runs`); without one, those of now are taken, and a difference says so.
"""

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from executor.errors import LockError
from executor.flags import Flags
from executor.journal.segments import listed
from executor.records.streams import STREAMS, Stream
from hedge_assets.catalog import State
from hedge_assets.document import Envelope
from hedge_assets.health.parsing import Unsound, microseconds, parse, plain_object
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.differing import ENVELOPE, Where, first_difference
from hedge_assets.refreshing.facts import FILE, Facts, read_kept
from hedge_assets.refreshing.refresh import LOCK, Outcome, basket_of, made, needed, only_one, wants_shadow, with_shadow
from hedge_assets.refreshing.runs import Run, read_runs
from hedge_assets.refreshing.shadowing import FILE as SHADOW_FILE
from hedge_assets.refreshing.shadowing import ends_of, shadow_upto
from hedge_assets.settings import Place
from hedge_assets.store import StoreError, look
from hedge_assets.version import code_version

Cuts = Mapping[Stream, tuple[int, int]]
"""By journal the numbers of the first and the last record that were taken; 0 where there was none."""

MOST_DIGITS = 18
AROUND = 24
KEEP = "keep journals longer ([journal] keep_days, max_bytes) or prove files while they are there"


@dataclass(frozen=True)
class Difference:
    """One file beside what the journals give for it. `where` they first differ; `fault` says why nothing could be compared or proved."""

    name: str
    is_same: bool
    where: Where | None = None
    fault: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Published:
    """A file as it lies there, and the record of the refresh that wrote it, null where there is none."""

    state: State
    content: bytes
    said: Envelope
    run: Run | None = None

    @property
    def as_of_us(self) -> int:
        """The moment its numbers speak of."""
        return microseconds(self.said.as_of_ts or self.said.written_ts)


def compare(place: Place, states: Sequence[State], *, flags: Flags) -> list[Difference]:
    """Each state file against what the raw journals give for it, in the catalogue's order."""
    files, found = gathered(place, states)
    ends = {file.state.name: cuts_of(file, files) for file in files}
    known = [file for file in files if known_to_end(ends[file.state.name], file, states)]
    for file in files:
        if file not in known:
            lack = "which raw records it was made from is not known: there is no record of its refresh in tables/runs.jsonl"
            found[file.state.name] = Difference(file.state.name, is_same=False, fault=f"{lack}; refresh it, then prove it")
    with tempfile.TemporaryDirectory(prefix="hedge-proof-") as folder:
        for cuts in in_order([ends[file.state.name] for file in known]):
            facts = read_upto(place, cuts, Path(folder) / FILE)
            for file in (each for each in known if ends[each.state.name] == cuts):
                basket = basket_for(file, facts, place, flags, states=states, folder=Path(folder))
                found[file.state.name] = proved(file, facts, place, cuts=cuts, states=states, basket=basket)
    return [found[state.name] for state in states if state.name in found]


def gathered(place: Place, states: Sequence[State]) -> tuple[list[Published], dict[str, Difference]]:
    """The files that can be read, with their records of refreshes, as of one moment; and what is wrong with the others."""
    files, wrong = [], {}
    with unrefreshed(place):
        runs = read_runs(place.tables)
        for state in (each for each in states if each.is_rebuildable):
            facts = look(place.state / state.spec.file, state.spec.max_bytes)
            try:
                said = parse(facts.content or b"", state.shape).envelope
            except Unsound as error:
                fault = str(error) if facts.kind == "file" else f"the file is {facts.kind}"
                wrong[state.name] = Difference(state.name, is_same=False, fault=fault)
                continue
            files.append(Published(state, facts.content or b"", said, run_that_wrote(state.name, said, runs)))
    return files, wrong


@contextmanager
def unrefreshed(place: Place) -> Iterator[None]:
    """Nothing is refreshed meanwhile, where that can be had: files and the record of their refresh then belong together."""
    with contextlib.ExitStack() as held:
        if (place.tables / LOCK).is_file():
            with contextlib.suppress(StoreError, LockError):
                held.enter_context(only_one(place.tables))
        yield


def run_that_wrote(name: str, said: Envelope, runs: Sequence[Run]) -> Run | None:
    """The newest refresh that wrote this very file."""
    written_us = microseconds(said.written_ts)
    return next((run for run in reversed(runs) if name in run.states and run.states[name].written_us == written_us), None)


def cuts_of(file: Published, files: Sequence[Published]) -> Cuts:
    """Which raw records a file was made from: by the record of its refresh, else as it and the files of the same moment say."""
    siblings = [each for each in files if each.as_of_us == file.as_of_us and each is not file]
    told = [{one.name: one.version for one in each.said.inputs} for each in (*siblings, file)]
    said = ranges({name: version for each in told for name, version in each.items()})
    return said if file.run is None else {**said, **ranges(file.run.inputs)}


def ranges(inputs: Mapping[str, str]) -> Cuts:
    """`{"raw/ticks": "1..2569"}` as numbers; what is not such a range is left out."""
    found: dict[Stream, tuple[int, int]] = {}
    for stream in STREAMS:
        first, dots, last = inputs.get(f"raw/{stream}", "").partition("..")
        if dots and first.isdecimal() and last.isdecimal() and len(last) <= MOST_DIGITS >= len(first):
            found[stream] = (int(first), int(last))
        elif inputs.get(f"raw/{stream}") == "none":
            found[stream] = (0, 0)
    return found


def known_to_end(cuts: Cuts, file: Published, states: Sequence[State]) -> bool:
    """Whether it is known up to where each journal was read that the file, and what it is made from, rests on."""
    wanted = {"orders", *(stream for state in needed(states, [file.state.name]) for stream in state.streams)}
    return wanted <= set(cuts)


def in_order(all_cuts: Sequence[Cuts]) -> list[Cuts]:
    """Each once, the shortest first, so that each reading goes on from the one before."""
    once: list[Cuts] = []
    for cuts in sorted(all_cuts, key=lambda each: sorted((last for _, last in each.values()), reverse=True)):
        if cuts not in once:
            once.append(cuts)
    return once


def read_upto(place: Place, cuts: Cuts, kept: Path) -> Facts:
    """The folds over exactly these records, from the raw journals; goes on from a reading that ended earlier in each of them."""
    return read_kept(place.raw, Facts(), kept, until_seqs={stream: cuts.get(stream, (0, 0))[1] for stream in STREAMS})


def proved(file: Published, facts: Facts, place: Place, *, cuts: Cuts, states: Sequence[State], basket: Basket) -> Difference:
    """One file against itself made again from facts."""
    name = file.state.name
    short = [stream for stream in cuts if cuts[stream][1] > facts.marks[stream].last_seq]
    if short:
        ends = f"it rests on raw/{short[0]} up to {cuts[short[0]][1]}, which ends at {facts.marks[short[0]].last_seq}"
        return Difference(
            name, is_same=False, fault=f"{ends}: these are not the journals it was made from; look for a lost end in their backups"
        )
    again = built_again(file, basket, states)
    note = note_on(file)
    if again.content == file.content:
        return Difference(name, is_same=True)
    if again.content is None:
        return Difference(name, is_same=False, fault=again.reason, note=note)
    then, now = plain_object(file.content), plain_object(again.content)
    gone = gone_records(place.raw, cuts)
    if gone is not None:
        own = first_difference({**then, **dict.fromkeys(ENVELOPE)}, {**now, **dict.fromkeys(ENVELOPE)})
        told = "from the others all its own fields come out the same" if own is None else "what reaches further back cannot be proved"
        return Difference(name, is_same=False, where=own, fault=f"{gone}; {told}; {KEEP}", note=note)
    where = first_difference(then, now)
    return Difference(name, is_same=False, where=where, fault=None if where else spelled(file.content, again.content), note=note)


def spelled(then: bytes, now: bytes) -> str:
    """In words, where two files part that say the same: in how a number is written, in spaces or in the order of fields."""
    place = next((place for place, (one, two) in enumerate(zip(then, now, strict=False)) if one != two), min(len(then), len(now)))
    around = slice(max(0, place - AROUND), place + AROUND)
    old, new = (text[around].decode("utf-8", "replace") for text in (then, now))
    return f"every value is the same, but from byte {place} on it is written differently: published {old!r}, rebuilt {new!r}"


def gone_records(raw: Path, cuts: Cuts) -> str | None:
    """In words, which records a file rests on that are not there any more; null where all are."""
    for stream, (first, _) in cuts.items():
        segments = listed(raw / stream)
        if segments and segments[0].first_seq > first > 0:
            return f"raw/{stream} {first}..{segments[0].first_seq - 1} were pruned, the journal begins at {segments[0].first_seq}"
    return None


def basket_for(file: Published, facts: Facts, place: Place, flags: Flags, *, states: Sequence[State], folder: Path) -> Basket:
    """What the state was told when the file was made, as far as that is known; columns go on from those kept in `folder`."""
    run = file.run
    telemetry = run.settings() if run is not None else None
    was = msgspec.structs.replace(place, telemetry=telemetry or place.telemetry)
    basket = basket_of(facts, was, now_us=file.as_of_us, flags=(run.switches() if run is not None else None) or flags)
    if wants_shadow(needed(states, [file.state.name]), basket.flags):
        basket = with_shadow(basket, shadow_upto(place.raw, was.telemetry, ends_of(facts), folder / SHADOW_FILE))
    looked_us = run.states[file.state.name].looked_us if run is not None else None
    return dataclasses.replace(basket, code_version=file.said.code_version, looked_us=looked_us)


def built_again(file: Published, basket: Basket, states: Sequence[State]) -> Outcome:
    """The state and all it is made from, at the time of writing that the file names."""
    chain = needed(states, [file.state.name])
    return [made(each, basket, folder=Path(), written_us=microseconds(file.said.written_ts)) for each in chain][-1]


def note_on(file: Published) -> str | None:
    """What may be why a file differs that nobody changed; null where nothing is known to."""
    if (code := code_note(file.said.code_version)) is not None:
        return code
    if file.run is None:
        return "tables/runs.jsonl has no record of its refresh: settings and flags of now were taken"
    if file.run.settings() is None or file.run.switches() is None:
        return "the settings or flags it was made under are not known to this version: those of now were taken"
    return None


def code_note(version: str) -> str | None:
    """That other code made a file, in words; null where it was this."""
    return None if version == code_version() else f"it was made by code {version}, this is {code_version()}"
