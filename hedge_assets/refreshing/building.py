"""Facts become documents, and documents become the bytes of files. Pure: everything it needs is handed in."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from executor.errors import HedgeError
from executor.flags import Flags
from hedge_assets.catalog import NOT_FROM_JOURNALS, State
from hedge_assets.document import Document, Envelope, Input, Schema, moment
from hedge_assets.health.condition import Finding
from hedge_assets.health.holdings import Holding
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import Verdict
from hedge_assets.health.parsing import Unsound, parse
from hedge_assets.settings import Telemetry

# What a build function can raise when the facts are not what it thought: a fault in one state, which the others survive.
BUILD_FAULTS = (ArithmeticError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, AssertionError, HedgeError)


class Unbuilt(HedgeError):
    """A document could not be made, or must not be written."""


@dataclass(frozen=True)
class Basket:
    """Everything builds may ask for. `folds` by parameter name; `as_of_us` is the time they are told it is.

    `fault` says why there are no folds, null when there are; `faults` says it of single ones. `looked_us` is the wall's
    time at which the machine was looked at, also on a replay; null where nobody looked. `documents` are by state; of a desk-level
    state's inputs, by state and account, with the census beside them and what they are in `sources`.
    """

    folds: Mapping[str, Any]
    journal_inputs: Sequence[Input]
    as_of_us: int
    clock: Literal["wall", "feed"]
    account: str | None
    telemetry: Telemetry
    flags: Flags
    code_version: str
    fault: str | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    looked_us: int | None = None
    verdicts: Sequence[Verdict] = ()
    findings: Sequence[Finding] = ()
    incidents: Sequence[Incident] = ()
    holdings: Sequence[Holding] = ()
    documents: dict[str, Any] = field(default_factory=dict)
    sources: Sequence[Input] | None = None

    @property
    def reserved(self) -> dict[str, Any]:
        """The reserved parameters by name."""
        seen = {name: tuple(getattr(self, name)) for name in NOT_FROM_JOURNALS}
        looked_us = self.as_of_us if self.looked_us is None else self.looked_us
        return {"now_us": self.as_of_us, "looked_us": looked_us, "telemetry": self.telemetry, "flags": self.flags, **seen}


@dataclass(frozen=True)
class Checked:
    """One promise and whether it was kept; `detail` says what is wrong, null when kept."""

    name: str
    detail: str | None
    gate: bool


def build(state: State, basket: Basket) -> Document:
    """The state's document, kept in the basket for those made from it; raises Unbuilt with the reason."""
    absent = [name for name in state.upstream if name not in basket.documents]
    if absent:
        raise Unbuilt(f"its input {absent[0]} could not be built")
    if basket.fault is not None and state.folds:
        raise Unbuilt(basket.fault)
    broken = next((basket.faults[name] for name in state.folds if name in basket.faults), None)
    if broken is not None:
        raise Unbuilt(broken)
    known = {**basket.folds, **basket.reserved, **basket.documents}
    wanted = (*state.folds, *state.upstream, *state.reserved)
    try:
        document: Document = state.build(**{name: known[name] for name in wanted})
    except BUILD_FAULTS as error:
        raise Unbuilt(f"building it failed: {type(error).__name__}: {str(error)[:200]}".replace("\n", " ")) from error
    basket.documents[state.name] = document
    return document


def checks_of(state: State, document: Document) -> tuple[Checked, ...]:
    """Every promise of the spec, tried on a document; a check that itself fails is not kept."""
    return tuple(Checked(check.name, _tried(check.holds, document), check.gate) for check in state.spec.checks)


def _tried(holds: Any, document: Document) -> str | None:
    try:
        said: str | None = holds(document)
    except BUILD_FAULTS as error:
        return f"the check itself failed: {type(error).__name__}: {str(error)[:200]}"
    return said


def own_fields(document: Document) -> dict[str, Any]:
    """The fields a state adds to the envelope's, as plain values."""
    return document.model_dump(mode="json", exclude={"status", "n", "reason", "event_us"})


def version_of(document: Document) -> str:
    """A document's content hash: the same content, the same name, whenever it was written."""
    plain = {**own_fields(document), "status": document.status, "n": document.n, "reason": document.reason, "event_us": document.event_us}
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=8).hexdigest()


def settings_version(part: Any) -> str:
    """A short name for settings or flags in force."""
    return hashlib.blake2b(repr(part).encode(), digest_size=6).hexdigest()


def inputs_of(state: State, basket: Basket) -> tuple[Input, ...]:
    """What a document was made from, each with its version: journals by sequence, states by content, settings by hash."""
    if basket.sources is not None:
        return tuple(each for each in basket.sources if each.name.rpartition("/")[2] in state.upstream)
    journals = {f"raw/{stream}" for stream in state.streams}
    found = [each for each in basket.journal_inputs if each.name in journals]
    found += [Input(name=name, version=version_of(basket.documents[name])) for name in state.upstream]
    found += [
        Input(name=name, version=settings_version(getattr(basket, name))) for name in ("telemetry", "flags") if name in state.reserved
    ]
    return tuple(found)


def content_of(state: State, document: Document, *, basket: Basket, written_us: int) -> bytes:
    """The whole file: envelope first, then the state's own fields; read back before it is believed."""
    head = envelope(state, document, basket=basket, written_ts=moment(written_us)).model_dump(mode="json")
    plain = {"schema": head.pop("schema_"), **head, **own_fields(document)}
    try:
        content = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        parsed = parse(content, state.shape)
    except (Unsound, ValueError, TypeError) as error:
        raise Unbuilt(f"its own file cannot be read back: {error}") from error
    if own_fields(parsed.document) != own_fields(document):
        raise Unbuilt("its own file reads back as something else; a field's type does not survive JSON")
    if len(content) > state.spec.max_bytes:
        raise Unbuilt(f"it has {len(content)} bytes, at most {state.spec.max_bytes} are allowed; shorten its lists")
    return content


def envelope(state: State, document: Document, *, basket: Basket, written_ts: datetime) -> Envelope:
    """What the file says before its own fields."""
    return Envelope(
        schema_=Schema(name=state.name, version=state.spec.schema_version),
        account=basket.account,
        status=document.status,
        n=document.n,
        reason=document.reason,
        event_ts=None if document.event_us is None else moment(document.event_us),
        written_ts=written_ts,
        inputs=inputs_of(state, basket),
        code_version=basket.code_version,
        as_of_ts=moment(basket.as_of_us),
        clock=basket.clock,
    )
