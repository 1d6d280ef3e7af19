"""Facts of a day, read up to a moment of it, in the shortest of three ways; all of them give the same facts.

what the day began with (tables/carry) and the day's records ──▶ facts
whole days from tables, what lies behind them from the journals ──▶ facts
all of the journals ──▶ facts
"""

from datetime import date
from typing import NamedTuple

from executor.errors import CorruptJournal
from hedge_assets.folds.one_day import OneDay
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import Facts, fold
from hedge_assets.refreshing.shadowing import Shadowed, ends_of, nothing_of, read_shadow
from hedge_assets.settings import Place
from hedge_assets.tables.carry import newest_kept
from hedge_assets.tables.days import start_us
from hedge_assets.tables.refolding import refold, shadow_refolded


class DayFacts(Facts, kw_only=True):
    """All facts, and beside them the day by itself."""

    of_day: OneDay

    @property
    def folds(self) -> tuple[object, ...]:
        """Who takes records."""
        return (*super().folds, self.of_day)


class Until(NamedTuple):
    """A day, up to a moment in it (microseconds UTC). `from_journals`: nothing but raw journals is read."""

    day: date
    us: int
    from_journals: bool = False


def read_day(place: Place, until: Until) -> DayFacts:
    """All facts up to the newest heartbeat not after the moment, and the day by itself."""
    nothing = DayFacts(of_day=OneDay(from_us=start_us(until.day)))
    if until.from_journals:
        return fold(place.raw, nothing, until_us=until.us)
    return gone_on(place, until) or refold(place, until.us, nothing)


def gone_on(place: Place, until: Until) -> DayFacts | None:
    """From what the day began with; null where that is not kept, or may be more than is told: the day has no heartbeat."""
    before = newest_kept(place, until.day, Facts())
    if before is None:
        return None
    named = {name: getattr(before, name) for name in Facts.__struct_fields__}
    facts = DayFacts(**named, of_day=OneDay.after(before.account, before.services, from_us=start_us(until.day)))
    try:
        facts = fold(place.raw, facts, until_us=until.us)
    except CorruptJournal:  # of other journals than these
        return None
    return facts if (facts.last_beat_us or 0) >= start_us(until.day) else None


def read_columns(place: Place, facts: DayFacts, until: Until) -> Shadow:
    """The shadow's columns over the very records that facts were read from."""
    if until.from_journals:
        return read_shadow(place, facts, fresh=True)
    before = newest_kept(place, until.day, nothing_of(place.telemetry))
    return shadow_refolded(place, facts, until.us) if before is None else columns_gone_on(place, facts, until, before)


def columns_gone_on(place: Place, facts: DayFacts, until: Until, before: Shadowed) -> Shadow:
    """The same, from what the day began with, where it began with no more than these facts have."""
    ends = ends_of(facts)
    if all(mark.last_seq <= ends[stream] for stream, mark in before.marks.items()):
        try:
            return fold(place.raw, before, until_seqs=ends).shadow
        except CorruptJournal:  # of other journals than these
            pass
    return shadow_refolded(place, facts, until.us)
