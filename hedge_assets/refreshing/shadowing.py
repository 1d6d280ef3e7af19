"""The columns of the shadow, run over the journals: a reading of its own, kept in `tables/shadow.msgpack`.

It is read up to exactly the records that the facts were read to, so that a refresh agrees with itself. What is kept depends on
the candidates in the settings: where one is added or changed, all columns are run again from the journals' beginning.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from executor.records.streams import STREAMS, Stream
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import Facts, fold, no_collecting, read_kept
from hedge_assets.refreshing.merging import Mark
from hedge_assets.settings import Place, Telemetry
from hedge_assets.shadow.candidates import PLAIN, candidate_of

FILE = "shadow.msgpack"


class Shadowed(msgspec.Struct, kw_only=True):
    """The shadow, and how far each journal was read for it."""

    shadow: Shadow = msgspec.field(default_factory=Shadow)
    marks: dict[Stream, Mark] = {}

    @property
    def folds(self) -> tuple[Any, ...]:
        """Who takes records."""
        return (self.shadow,)

    @property
    def version(self) -> str:
        """The columns there are."""
        asked = (self.shadow.candidates, self.shadow.reference, self.shadow.trades_from_us)
        return hashlib.blake2b(msgspec.msgpack.encode(asked), digest_size=8).hexdigest()

    @property
    def last_beat_us(self) -> int | None:
        """The newest heartbeat's time; null before any."""
        return self.shadow.last_beat_us

    def settle(self) -> None:
        """Lay down what runs, and pack what is sealed."""
        self.shadow.settle()


def columns_of(telemetry: Telemetry) -> Shadow:
    """A shadow that begins, with the columns that the settings name."""
    named = [candidate_of(name, table, f"candidate {name}") for name, table in telemetry.candidates.items()]
    return Shadow(candidates=(*PLAIN, *named))


def nothing_of(telemetry: Telemetry) -> Shadowed:
    """No records taken yet."""
    return Shadowed(shadow=columns_of(telemetry))


def ends_of(facts: Facts) -> dict[Stream, int]:
    """The newest records that facts were read to, by journal."""
    return {stream: facts.marks[stream].last_seq if stream in facts.marks else 0 for stream in STREAMS}


@no_collecting()
def read_shadow(place: Place, facts: Facts, *, fresh: bool = False) -> Shadow:
    """The shadow over the very records that these facts were read from; `fresh` stores nothing and reads everything."""
    if fresh:
        return fold(place.raw, nothing_of(place.telemetry), until_seqs=ends_of(facts)).shadow
    return read_kept(place.raw, nothing_of(place.telemetry), place.tables / FILE, until_seqs=ends_of(facts)).shadow


@no_collecting()
def shadow_upto(raw: Path, telemetry: Telemetry, ends: Mapping[Stream, int], kept: Path) -> Shadow:
    """The shadow over exactly these records, going on from what is kept in a file where that ended earlier."""
    return read_kept(raw, nothing_of(telemetry), kept, until_seqs=ends).shadow
