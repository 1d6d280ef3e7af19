"""All that a day's report rests on, made again from raw facts as of the end of that day.

    journals ──until the day's end──▶ facts ──▶ documents ──▶ panels
                                      └▶ the day by itself
    watch/incidents.jsonl ──as known then──▶ what went wrong

There is no now in it: the same journals, settings and code give the same report, whenever it is made.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from executor.flags import Flags
from executor.records.orders import Boot
from hedge_assets.catalog import State
from hedge_assets.document import Document, Input
from hedge_assets.folds.one_day import OneDay
from hedge_assets.folds.roundtrips import ClosedTrade
from hedge_assets.folds.tally import TradeTally
from hedge_assets.health.incident_log import entries
from hedge_assets.health.incidents import Incident
from hedge_assets.health.looks import read_looks
from hedge_assets.health.past_incidents import known_then
from hedge_assets.health.timeline import watched_from
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.facts import no_collecting
from hedge_assets.refreshing.refresh import Outcome, basket_of, made, needed, wants_shadow, with_shadow
from hedge_assets.reporting.reading import DayFacts, Until, read_columns, read_day
from hedge_assets.settings import Place
from hedge_assets.showing.said import Panel
from hedge_assets.tables.days import DayError, day_of, end_us, start_us
from hedge_assets.tables.reach import first_day


@dataclass(frozen=True)
class Wanted:
    """What is asked: a day up to a moment (microseconds UTC) in it, and which panels. `from_journals`: nothing but raw journals is read."""

    day: date
    as_of_us: int
    panels: tuple[Panel, ...]
    from_journals: bool = False

    @property
    def until(self) -> Until:
        """How far to read."""
        return Until(self.day, self.as_of_us, self.from_journals)


@dataclass(frozen=True)
class Proof:
    """A document's file as `hedge rebuild` writes it for the same moment, and the SHA-256 of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True)
class DayReport:
    """One day. `trades` are the newest closed ones of it, as many as the ledger keeps; `lacking` says by state why there is no document.

    `incidents` and `unwatched_us`, for how much of the day nobody looked, are null where the market went by its own time: what the
    watch wrote down is of other days.
    """

    wanted: Wanted
    account: str | None
    boot: Boot | None
    clock: Literal["wall", "feed"]
    course: OneDay
    closed: TradeTally
    trades: tuple[ClosedTrade, ...]
    n_open: int
    documents: Mapping[str, Document]
    lacking: Mapping[str, str]
    incidents: tuple[Incident, ...] | None
    unwatched_us: int | None
    inputs: tuple[Input, ...]
    proofs: tuple[Proof, ...]
    code_version: str

    @property
    def is_over(self) -> bool:
        """Whether it is told to its end."""
        return self.wanted.as_of_us >= end_us(self.wanted.day) - 1

    @property
    def is_recorded(self) -> bool:
        """Whether anything was."""
        return self.course.newest_us is not None


def refuse_unknown(place: Place, day: date, now_us: int) -> None:
    """Raises DayError for a day that nothing can be known of: before the journals' first, or not begun yet."""
    first, today = first_day(place.raw), day_of(now_us)
    if first is None:
        raise DayError(f"nothing is journaled in {place.raw}; start the executor, or name another data root with --data")
    if day < first:
        raise DayError(f"{day} is before the journals' first day, {first}; name a day from {first} to {today}")
    if day > today:
        raise DayError(f"{day} has not begun; name a day from {first} to {today}")


@no_collecting()
def report_of(place: Place, states: Sequence[State], wanted: Wanted, *, flags: Flags) -> DayReport:
    """The day, from the journals and what tables hold of them."""
    facts = read_day(place, wanted.until)
    basket = basket_of(facts, place, now_us=wanted.as_of_us, flags=flags)
    outcomes = built(place, states, wanted, facts=facts, basket=basket) if facts.of_day.newest_us is not None else []
    since_us, boots = start_us(wanted.day), facts.services.boots
    told = known_then(entries(place.watch), since_us=since_us, until_us=wanted.as_of_us)
    begun_us = facts.of_day.begun_us or since_us
    watched = watched_from(read_looks(place.watch), begun_us, wanted.as_of_us)
    unwatched_us = wanted.as_of_us - begun_us - sum(until_us - from_us for from_us, until_us in watched)
    latest, is_walls = facts.account.latest, basket.clock == "wall"
    return DayReport(
        wanted=wanted,
        account=basket.account,
        boot=boots[-1] if boots else None,
        clock=basket.clock,
        course=facts.of_day,
        closed=facts.ledger.results.since(since_us, TradeTally).get("overall/all", TradeTally()),
        trades=tuple(each for each in facts.ledger.recent if each.closed_us >= since_us),
        n_open=len(latest.positions) if latest is not None else 0,
        documents={each.name: each.document for each in outcomes if each.is_written and each.document is not None},
        lacking={each.name: each.reason or "it could not be made" for each in outcomes if not each.is_written},
        incidents=told if is_walls else None,
        unwatched_us=unwatched_us if is_walls else None,
        inputs=tuple(basket.journal_inputs),
        proofs=tuple(proofs_of(outcomes)),
        code_version=basket.code_version,
    )


def built(place: Place, states: Sequence[State], wanted: Wanted, *, facts: DayFacts, basket: Basket) -> list[Outcome]:
    """The documents that panels read, and what those are made from, as of the moment."""
    names = {name for panel in wanted.panels for name in panel.states}
    chain = needed([state for state in states if state.is_rebuildable], names)
    if wants_shadow(chain, basket.flags):
        basket = with_shadow(basket, read_columns(place, facts, wanted.until))
    return [made(state, basket, folder=place.state, written_us=wanted.as_of_us) for state in chain]


def proofs_of(outcomes: Iterable[Outcome]) -> Iterable[Proof]:
    """What was made, by file."""
    for each in outcomes:
        if each.is_written and each.content is not None:
            yield Proof(each.path.name, hashlib.sha256(each.content).hexdigest())
