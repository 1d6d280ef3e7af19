"""All facts of the journals, folded: read once, kept, and only what is new read the next time.

    logs/raw/{ticks,orders,positions} ──▶ merging ──▶ folds ──▶ states
                                             ▲          │
                                             └── logs/tables/folds.msgpack (folds and how far they go)

How records of three journals are put in one order is described in `merging`. What is stored can be thrown away
at any time: it is rebuilt from the raw journals, and is when its form is another version's, when it is damaged, or
when the journals no longer are what was read.
"""

import contextlib
import functools
import gc
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_args
from zlib import crc32

import msgspec

from executor.errors import CorruptJournal
from executor.journal.form import refuse_newer
from executor.plain_file import read_plain
from executor.records.streams import KINDS, STREAMS, Stream
from hedge_assets.document import Input
from hedge_assets.folds.account import Account
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.decisions import Decisions
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market
from hedge_assets.folds.rolling import Sealed
from hedge_assets.folds.services import Services
from hedge_assets.refreshing.merging import NEVER, Handlers, Mark, Merge, handlers_of
from hedge_assets.settings import Place
from hedge_assets.store import replace

FILE = "folds.msgpack"
FORMAT = 2
"""Raise it when a fold comes to mean something else while its shape stays: what is stored is then rebuilt."""
MOST_BYTES = 512 * 1024 * 1024
KEEP_EVERY_S = 15.0


class Folded(Protocol):
    """Folds that are read together, and how far each journal was read for them; a msgspec struct, so that it can be stored."""

    marks: dict[Stream, Mark]

    @property
    def folds(self) -> tuple[Any, ...]:
        """Who takes records."""
        ...

    @property
    def version(self) -> str:
        """What they depend on besides records and code; stored folds of another are made anew."""
        ...

    @property
    def last_beat_us(self) -> int | None:
        """The newest heartbeat's time; null before any."""
        ...

    def settle(self) -> None:
        """Make ready to be stored."""
        ...


F = TypeVar("F", bound=Folded)


class Facts(msgspec.Struct, kw_only=True):
    """Every fold that tells of what happened, by the name that states ask for it by, and how far each journal was read."""

    market: Market = msgspec.field(default_factory=Market)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    executions: Executions = msgspec.field(default_factory=Executions)
    decisions: Decisions = msgspec.field(default_factory=Decisions)
    account: Account = msgspec.field(default_factory=Account)
    services: Services = msgspec.field(default_factory=Services)
    applied: Applied = msgspec.field(default_factory=Applied)
    marks: dict[Stream, Mark] = {}

    @property
    def folds(self) -> tuple[Any, ...]:
        """Who takes records."""
        return self.market, self.ledger, self.executions, self.decisions, self.account, self.services, self.applied

    @property
    def version(self) -> str:
        """They depend on records alone."""
        return ""

    @property
    def last_beat_us(self) -> int | None:
        """The newest heartbeat's time; null before any."""
        return self.services.last_beat_us

    def settle(self) -> None:
        """Pack what is sealed."""
        for rolling in (self.ledger.results, self.executions.rolling, self.executions.paths):
            rolling.pack()


class Stored(msgspec.Struct, array_like=True):
    """The file: its form first, so that another version's is not even decoded, and the body's checksum: the file is not flushed."""

    format: int
    shape: str
    crc: int
    body: bytes


@contextlib.contextmanager
def no_collecting() -> Iterator[None]:
    """Records and folds hold no circles: looking for some among all of them, again and again, cost up to a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@no_collecting()
def read_facts(place: Place, until_us: int | None = None, fresh: bool = False) -> Facts:  # noqa: FBT001, FBT002
    """The folds over all that is journaled, up to the newest heartbeat (not after `until_us`, when it is given).

    `fresh` reads the raw journals from the beginning and stores nothing; so does a reading of the past.
    """
    if fresh or until_us is not None:
        return fold(place.raw, Facts(), until_us=until_us)
    return read_kept(place.raw, Facts(), place.tables / FILE)


def read_kept(raw: Path, nothing: F, path: Path, *, until_seqs: Mapping[Stream, int] | None = None) -> F:
    """What is kept in a file, brought up to date; from `nothing` where that cannot be. With `until_seqs` up to these records."""
    kept = load(path, nothing)
    if kept is not None and not is_beyond(kept, until_seqs):
        try:
            return fold(raw, kept, keep=path, until_seqs=until_seqs)
        except CorruptJournal:
            path.unlink(missing_ok=True)
    return fold(raw, nothing, keep=path, until_seqs=until_seqs)


def is_beyond(kept: Folded, until_seqs: Mapping[Stream, int] | None) -> bool:
    """Whether more was taken than is wanted."""
    return until_seqs is not None and any(mark.last_seq > until_seqs.get(stream, 0) for stream, mark in kept.marks.items())


def inputs(facts: Facts) -> tuple[Input, ...]:
    """The ranges of sequence numbers that the facts rest on."""
    marks = [(stream, facts.marks.get(stream, Mark())) for stream in STREAMS]
    return tuple(
        Input(name=f"raw/{stream}", version=f"{mark.first_seq}..{mark.last_seq}" if mark.last_seq else "none") for stream, mark in marks
    )


def fold(
    raw: Path,
    facts: F,
    *,
    until_us: int | None = None,
    keep: Path | None = None,
    batch: int | None = None,
    until_seqs: Mapping[Stream, int] | None = None,
) -> F:
    """Take everything new into the facts; what is certain to stay in this order is kept in a file, if one is named.

    With `until_seqs` exactly the records up to these numbers are taken: those that another reading had taken when it named them.
    Journals of a newer version are refused: it may know records by which these numbers would be others.
    """
    refuse_newer(raw)
    merge = Merge(raw, facts.marks, acting(facts), batch=batch, until_seqs=until_seqs)
    before = {stream: mark.last_seq for stream, mark in facts.marks.items()}
    watermark_us = merge.advance(until_us, between=None if keep is None else keeping(facts, merge, keep))
    facts.marks = merge.marks()
    if keep is not None and before != {stream: mark.last_seq for stream, mark in facts.marks.items()}:
        save(facts, keep)
    if until_seqs is not None:
        merge.take_before(NEVER)
    elif watermark_us is not None:
        merge.take_before(watermark_us + 1)
    elif until_us is None:
        merge.take_boots()
    ends = ((stream, mark, merge.lanes[stream]) for stream, mark in facts.marks.items())
    facts.marks = {stream: msgspec.structs.replace(mark, first_seq=lane.first_seq, last_seq=lane.last_seq) for stream, mark, lane in ends}
    return facts


def keeping(facts: Folded, merge: Merge, path: Path) -> Callable[[], None]:
    """What keeps a long reading every few seconds: one that is ended in the middle is gone on with, not begun again."""
    kept_s = time.monotonic()

    def keep_now() -> None:
        nonlocal kept_s
        if time.monotonic() - kept_s >= KEEP_EVERY_S:
            facts.marks = merge.marks()
            save(facts, path)
            kept_s = time.monotonic()

    return keep_now


def acting(facts: Folded) -> Handlers:
    """For each kind of record of any journal, what the facts' folds do with it."""
    return handlers_of(facts.folds, [kind for stream in STREAMS for kind in get_args(KINDS[stream])])


@functools.cache
def shape(whole: type[Any] = Facts) -> str:
    """A name for the folds' shape: another shape, another name. Every field of every struct that can be in them, with its type."""
    seen: dict[str, str] = {}
    waiting: list[Any] = [whole, Sealed]
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)) or kind.__qualname__ in seen:
            continue
        hints = {name: hint for base in kind.__mro__ for name, hint in getattr(base, "__annotations__", {}).items()}
        fields = [(name, hints[name]) for name in kind.__struct_fields__]
        seen[kind.__qualname__] = repr((kind.__struct_config__.array_like, kind.__struct_config__.tag, fields))
        waiting.extend(hint for _, hint in fields)
    return hashlib.blake2b(repr(sorted(seen.items())).encode(), digest_size=8).hexdigest()


def form_of(facts: Folded) -> str:
    """What stored folds must be to be these: their shape, and what they depend on."""
    return f"{shape(type(facts))} {facts.version}".strip()


def load(path: Path, nothing: F) -> F | None:
    """The stored facts of the same kind as `nothing`; null where there are none, none that can be read, or none of this version."""
    try:
        return facts_of(read_plain(path, MOST_BYTES), nothing)
    except OSError:
        return None


def facts_of(content: bytes, nothing: F) -> F | None:
    """Facts as `bytes_of` wrote them; null for anything else, and for those of another version."""
    try:
        stored = msgspec.msgpack.decode(content, type=Stored)
        if (stored.format, stored.shape, stored.crc) != (FORMAT, form_of(nothing), crc32(stored.body)):
            return None
        return msgspec.msgpack.decode(stored.body, type=type(nothing))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def bytes_of(facts: Folded) -> bytes:
    """The facts as bytes that know whether they are whole."""
    facts.settle()
    body = msgspec.msgpack.encode(facts)
    return msgspec.msgpack.encode(Stored(FORMAT, form_of(facts), crc32(body), body))


def save(facts: Folded, path: Path) -> None:
    """Keep the facts; raises StoreError, with the old file left, where that cannot be done. Not flushed: it can be made again."""
    replace(path, bytes_of(facts), durable=False)
