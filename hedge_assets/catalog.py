"""Which states there are, what each is made from, and in which order they are built."""

import importlib
import pkgutil
import sys
import typing
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from inspect import getdoc, signature
from types import ModuleType

from executor.errors import SettingsError
from executor.records.streams import KINDS, STREAMS, Stream
from hedge_assets.document import Document, Envelope
from hedge_assets.folds.account import Account
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.base import Fold
from hedge_assets.folds.decisions import Decisions
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.folds.shadow import Shadow
from hedge_assets.spec import StateSpec

FOLDS: dict[str, type[Fold]] = {
    "market": Market,
    "ledger": Ledger,
    "executions": Executions,
    "decisions": Decisions,
    "account": Account,
    "services": Services,
    "applied": Applied,
    "shadow": Shadow,
}
RESERVED = frozenset({"now_us", "looked_us", "telemetry", "flags", "verdicts", "findings", "incidents", "holdings"})
NOT_FROM_JOURNALS = frozenset({"verdicts", "findings", "incidents", "holdings"})
SEEN = {"verdicts": "every other file", "incidents": "the journal of incidents", "holdings": "the disk"}
CENSUS = "census"
CHECKS_OF_ALL = ("whole", "event_age", "on_disk")


@dataclass(frozen=True)
class State:
    """One state as its module says it. `folds` and `upstream` are parameter names of the build function."""

    name: str
    spec: StateSpec
    description: str
    shape: type[Document]
    build: Callable[..., Document]
    folds: tuple[str, ...]
    upstream: tuple[str, ...]
    reserved: tuple[str, ...]

    @property
    def streams(self) -> tuple[str, ...]:
        """The raw journals its folds rest on."""
        return tuple(sorted({stream for fold in self.folds for stream in streams_of(FOLDS[fold])}))

    @property
    def is_about_files(self) -> bool:
        """Whether it judges the other files, and so is built when they are written."""
        return "verdicts" in self.reserved

    @property
    def is_rebuildable(self) -> bool:
        """Whether the raw journals alone give it; what tells of the machine as it was is not."""
        return not NOT_FROM_JOURNALS & set(self.reserved)


def streams_of(fold: type[Fold]) -> tuple[Stream, ...]:
    """The raw journals whose records a fold takes."""
    return tuple(stream for stream in STREAMS if set(typing.get_args(KINDS[stream])) & set(fold.takes))


def scan(package: ModuleType | None = None) -> tuple[State, ...]:
    """Every state of a package (the project's own by default), each after what it is made from."""
    folder = package or importlib.import_module("hedge_assets.states")
    names = sorted(name for _, name, _ in pkgutil.iter_modules(folder.__path__))
    modules = {name: importlib.import_module(f"{folder.__name__}.{name}") for name in names}
    states = {name: state_of(name, module, known=names) for name, module in modules.items() if hasattr(module, "STATE")}
    _refuse_shared_files(states.values())
    return in_order(states)


def scan_desk(package: ModuleType | None = None) -> tuple[State, ...]:
    """Every desk-level state: made from states of the accounts (its `upstream`) and the census of who there is."""
    folder = package or importlib.import_module("hedge_assets.desk_states")
    known = {state.name for state in scan()}
    modules = {name: importlib.import_module(f"{folder.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(folder.__path__)}
    found = [desk_state_of(name, module, known=known) for name, module in sorted(modules.items())]
    _refuse_shared_files(found)
    return tuple(found)


def desk_state_of(name: str, module: ModuleType, *, known: Collection[str]) -> State:
    """One module's desk-level state; refuses inputs that no account has."""
    spec: StateSpec = module.STATE
    parameters = tuple(signature(spec.build).parameters)
    for parameter in parameters:
        if parameter != CENSUS and parameter not in known:
            allowed = ", ".join([CENSUS, *sorted(known)])
            raise SettingsError(f"{module.__name__}: parameter was {parameter!r}, known inputs are {allowed}; rename it")
    _refuse_doubled_checks(module, spec)
    return State(
        name=name,
        spec=spec,
        description=(getdoc(module) or name).strip(),
        shape=_shape(module, spec),
        build=spec.build,
        folds=(),
        upstream=tuple(parameter for parameter in parameters if parameter != CENSUS),
        reserved=(CENSUS,),
    )


def state_of(name: str, module: ModuleType, *, known: Iterable[str]) -> State:
    """One module's state; refuses inputs nobody provides and fields the envelope has already."""
    spec: StateSpec = module.STATE
    parameters = tuple(signature(spec.build).parameters)
    states = set(known) - {name}
    for parameter in parameters:
        if parameter not in FOLDS and parameter not in RESERVED and parameter not in states:
            allowed = ", ".join([*FOLDS, *sorted(RESERVED), *sorted(states)])
            raise SettingsError(f"{module.__name__}: parameter was {parameter!r}, known inputs are {allowed}; rename it or add that state")
    _refuse_doubled_checks(module, spec)
    return State(
        name=name,
        spec=spec,
        description=(getdoc(module) or name).strip(),
        shape=_shape(module, spec),
        build=spec.build,
        folds=tuple(p for p in parameters if p in FOLDS),
        upstream=tuple(p for p in parameters if p in states and p not in FOLDS),
        reserved=tuple(p for p in parameters if p in RESERVED),
    )


def _refuse_doubled_checks(module: ModuleType, spec: StateSpec) -> None:
    names = [check.name for check in spec.checks]
    doubled = [name for name in names if name in CHECKS_OF_ALL or names.count(name) > 1]
    if doubled:
        raise SettingsError(f"{module.__name__}: check {doubled[0]!r} is there twice or is one that all states have; rename it")


def _shape(module: ModuleType, spec: StateSpec) -> type[Document]:
    shape = typing.get_type_hints(spec.build).get("return")
    if not (isinstance(shape, type) and issubclass(shape, Document)):
        raise SettingsError(f"{module.__name__}: build's return annotation was {shape!r}, must be a Document; annotate it")
    taken = (set(Envelope.model_fields) | {"schema"}) & (set(shape.model_fields) - set(Document.model_fields))
    if taken:
        raise SettingsError(f"{module.__name__}: field {min(taken)!r} is the envelope's own; rename it")
    return shape


def in_order(states: dict[str, State]) -> tuple[State, ...]:
    """States so that each comes after what it is made from (ties by name); those about files come last."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(states):
        unknown = [up for up in states[name].upstream if up not in states]
        if unknown:
            raise SettingsError(f"state {name}: input {unknown[0]!r} exports no STATE; add one or drop the parameter")
        sorter.add(name, *states[name].upstream)
    try:
        sorter.prepare()
    except CycleError as error:
        raise SettingsError(f"states need each other in a circle: {' -> '.join(error.args[1])}; drop one of these parameters") from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return tuple(sorted((states[name] for name in order), key=lambda state: state.is_about_files))


def _refuse_shared_files(states: Iterable[State]) -> None:
    owners: dict[str, str] = {}
    for state in states:
        other = owners.setdefault(state.spec.file, state.name)
        if other != state.name:
            raise SettingsError(f"states {other} and {state.name} both write {state.spec.file}; one writer per file, rename one")


def table(states: Iterable[State]) -> str:
    """The states as a Markdown table, as `docs/files.md` shows them."""
    lines = [
        "| asset | file in `logs/state/` | group | pace | late / failed after | made from | answers |",
        "|---|---|---|---|---|---|---|",
    ]
    for state in sorted(states, key=lambda each: each.name):
        seen = next((what for name, what in SEEN.items() if name in state.reserved), "flags")
        across = "of all accounts: " if CENSUS in state.reserved else ""
        made_from = across + (", ".join([*(f"raw/{stream}" for stream in state.streams), *state.upstream]) or seen)
        deadlines = state.spec.written_deadlines
        answers = state.description.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        lines.append(
            f"| `{state.name}` | `{state.spec.file}` | {state.spec.group} | {state.spec.pace} "
            f"| {deadlines.warn_s:.0f} s / {deadlines.fail_s:.0f} s | {made_from} | {answers} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table(scan())}\n\n{table(scan_desk())}\n")
