"""The door to state files for explanations: what each says it was made from, and which refresh made a suggestion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from executor.records.streams import Stream
from hedge_assets.catalog import FOLDS, State
from hedge_assets.health.parsing import Unsound, parse, plain_object
from hedge_assets.refreshing.proving import ranges
from hedge_assets.refreshing.runs import Run, read_runs
from hedge_assets.settings import Place
from hedge_assets.store import look


@dataclass(frozen=True)
class File:
    """A published state: its document, and the raw ranges it names."""

    state: State
    document: Mapping[str, Any]

    @property
    def ranges(self) -> Mapping[Stream, tuple[int, int]]:
        """The numbers of the first and last raw records it was made from, by journal."""
        return ranges({str(each["name"]): str(each["version"]) for each in self.document.get("inputs", [])})

    @property
    def inputs(self) -> str:
        """What it was made from, in words."""
        return ", ".join(f"{each['name']} {each['version']}" for each in self.document.get("inputs", []))

    @property
    def path(self) -> str:
        """Where it lies under the data root."""
        return f"state/{self.state.spec.file}"


def file_of(place: Place, state: State) -> File | None:
    """A state's file; null where there is none that is sound."""
    return file_or_fault(place, state)[0]


def file_or_fault(place: Place, state: State) -> tuple[File | None, str]:
    """A state's file, or what is wrong with what lies there."""
    facts = look(place.state / state.spec.file, state.spec.max_bytes)
    if facts.content is None:
        return None, f"there is no {state.spec.file}" if facts.kind == "absent" else f"{state.spec.file} is {facts.kind}"
    try:
        parse(facts.content, state.shape)
        return File(state, plain_object(facts.content)), ""
    except Unsound as error:
        return None, f"{state.spec.file} is not sound ({error})"


def takes(state: State, kinds: set[type]) -> bool:
    """Whether a state's folds take records of any of these kinds."""
    return any(kinds & set(FOLDS[fold].takes) for fold in state.folds)


def suggesting(states: Sequence[State]) -> list[State]:
    """The states that give their content a version."""
    return [state for state in states if "version" in state.shape.model_fields]


def makers(place: Place, version: str, before_us: int | None) -> Iterator[tuple[str, Run]]:
    """The refresh that wrote a suggestion's version last before a moment, and under which state's name; nothing where none is known.

    Equal proposals have an equal version whenever they are made: what is in force came from the newest made before it was taken.
    """
    for run in reversed(read_runs(place.tables)):
        for name, wrote in run.states.items():
            if wrote.version == version and (before_us is None or run.as_of_us <= before_us):
                yield name, run
                return
