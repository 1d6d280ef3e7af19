"""Which orders leave, and when: works approved decisions, one intent at a time in each symbol.

Everything returned is to be journaled and then sent, in order; nothing else is ever sent. The engine begins an
entry only in a symbol that is not `busy`. An exit may begin at any time: what else is worked in its symbol is
asked back first, and the exit leaves when that is over, when its fate is unknown, or after `EXIT_WAIT_US` at the
latest (an exit only reduces, so being early is safe). An exit that is already being taken is not begun twice.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from executor.records.market import Instrument, Quote
from executor.records.orders import Adjust, Cancel, Fault, Funding, Report, Submit, Transfer, Triggered
from executor.records.trading import Decision, Intent
from executor.routing.answers import take
from executor.routing.orders import Job
from executor.routing.work import Move, Work, begin, end, on_time, recall, revised
from executor.sizing.steps import steps_down

EXIT_WAIT_US = 2_000_000
"""How long an exit waits at most for other orders in its symbol to come back."""

ENDINGS_KEPT = 256


class RouterState(msgspec.Struct, frozen=True):
    """Everything a router knows: its unfinished work, oldest first."""

    works: tuple[Work, ...] = ()


class Ending(msgspec.Struct, frozen=True):
    """How an intent's work ended, in words, with what was filled and what was left (base units)."""

    intent_id: str
    symbol: str
    filled_qty: Decimal
    unfilled_qty: Decimal
    reason: str


class Router:
    """Unfinished work by intent. Built empty; everything it needs rides along in plans."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}
        self._intent_of: dict[str, str] = {}
        self._endings: list[Ending] = []
        self._due_us: int | None = None
        self._busy: frozenset[str] = frozenset()

    @property
    def busy(self) -> frozenset[str]:
        """Symbols in which an order is being worked or its fate is unknown."""
        return self._busy

    @property
    def exiting(self) -> frozenset[str]:
        """Symbols in which an exit is being taken or about to be: another would be ignored."""
        return frozenset(work.job.symbol for work in self._works.values() if is_urgent_exit(work))

    def begin(self, intent: Intent, decision: Decision, *, quote: Quote, instrument: Instrument, now_us: int) -> list[Submit | Cancel]:
        """Start working a decision; a veto, or an intent that is being worked, sends nothing."""
        if decision.plan is None or intent.intent_id in self._works:
            return []
        job = Job(
            intent_id=intent.intent_id,
            symbol=intent.symbol,
            side=decision.plan.side,
            qty=steps_down(decision.plan.qty, instrument.step_size),
            plan=decision.plan,
            instrument=instrument,
        )
        rivals = [work for work in self._works.values() if work.job.symbol == intent.symbol]
        problem = refusal(job, rivals)
        if problem is not None:
            return self._keep([end(Work(job=job), problem)])
        moves: list[Move] = [recall(work, "an exit takes over", now_us) for work in rivals]
        moves.append((Work(job=job, due_us=now_us + EXIT_WAIT_US), ()))
        return self._keep(moves) + self._release({intent.symbol: quote}, now_us)

    def on_report(self, report: Report, *, quotes: Mapping[str, Quote], now_us: int) -> list[Submit | Cancel]:
        """What a report from the venue leads to; reports on other people's orders lead to nothing."""
        if isinstance(report, Funding | Transfer | Adjust | Fault | Triggered):
            return []
        intent_id = self._intent_of.get(report.client_id)
        if intent_id is None:
            return []
        move = take(self._works[intent_id], report, quote=quotes.get(report.symbol), now_us=now_us)
        return self._keep([move]) + self._release(quotes, now_us)

    def on_time(self, now_us: int, quotes: Mapping[str, Quote]) -> list[Submit | Cancel]:
        """What the passing of time leads to: a quote whose patience ran out, a waiting exit, an unanswered cancel."""
        if self._due_us is None or now_us < self._due_us:
            return []
        return self._keep([on_time(work, now_us) for work in self._works.values()]) + self._release(quotes, now_us)

    def recall_entries(self, reason: str, now_us: int) -> list[Submit | Cancel]:
        """Ask back every entry being worked, and send nothing more for it: what a halt does to orders already out."""
        entries = [work for work in self._works.values() if is_open_entry(work)]
        return self._keep([recall(work, reason, now_us) for work in entries])

    def revise(self, changed: Mapping[str, Instrument], now_us: int) -> list[Submit | Cancel]:
        """Go by new rules: what is worked sends its further orders by them, and an entry is asked back where nothing new is taken."""
        self._works = {name: revised(work, changed) for name, work in self._works.items()}
        closed = {symbol for symbol, instrument in changed.items() if not instrument.is_trading}
        entries = [work for work in self._works.values() if work.job.symbol in closed and is_open_entry(work)]
        return self._keep([recall(work, "the venue does not trade the symbol now", now_us) for work in entries])

    def endings(self) -> list[Ending]:
        """The works that ended since this was last asked, the newest 256 at most."""
        ended, self._endings = self._endings, []
        return ended

    def state(self) -> RouterState:
        """The unfinished work; `msgspec.json` carries it exactly."""
        return RouterState(tuple(self._works.values()))

    def restore(self, state: Any) -> None:
        """Take back what `state` gave, also after a round through JSON."""
        works = msgspec.convert(msgspec.to_builtins(state), RouterState).works
        self._works = {work.job.intent_id: work for work in works}
        self._intent_of = {attempt.client_id: work.job.intent_id for work in works for attempt in work.attempts}
        self._note()

    def _release(self, quotes: Mapping[str, Quote], now_us: int) -> list[Submit | Cancel]:
        """Send waiting work that nothing stands before any more, or that has waited long enough."""
        held = {work.job.symbol for work in self._works.values() if work.phase in ("working", "canceling")}
        ready = [work for work in self._works.values() if work.phase == "waiting" and (work.job.symbol not in held or is_due(work, now_us))]
        return self._keep([begin(work, quotes.get(work.job.symbol), now_us) for work in ready])

    def _keep(self, moves: list[Move]) -> list[Submit | Cancel]:
        """Remember where each work stands now, and hand out what is to be sent."""
        orders: list[Submit | Cancel] = []
        for work, sent in moves:
            orders.extend(sent)
            if work.phase == "ended":
                self._forget(work)
                continue
            self._works[work.job.intent_id] = work
            if work.attempts:
                self._intent_of[work.attempts[-1].client_id] = work.job.intent_id
        if moves:
            self._note()
        return orders

    def _forget(self, work: Work) -> None:
        self._works.pop(work.job.intent_id, None)
        for attempt in work.attempts:
            self._intent_of.pop(attempt.client_id, None)
        self._endings.append(Ending(work.job.intent_id, work.job.symbol, work.filled_qty, work.rest_qty, work.ending))
        del self._endings[:-ENDINGS_KEPT]

    def _note(self) -> None:
        self._busy = frozenset(work.job.symbol for work in self._works.values())
        self._due_us = min((work.due_us for work in self._works.values() if work.due_us is not None), default=None)


def refusal(job: Job, rivals: list[Work]) -> str | None:
    """Why a job cannot begin beside the work already in its symbol, or null."""
    if not rivals:
        return None
    if not job.plan.reduce_only:
        return "another order is worked in the symbol"
    if any(is_urgent_exit(work) or (work.job.plan.reduce_only and job.plan.style == "maker") for work in rivals):
        return "an exit is already under way"
    return None


def is_open_entry(work: Work) -> bool:
    """An entry for which something may still be sent."""
    return not work.job.plan.reduce_only and not work.recalled


def is_urgent_exit(work: Work) -> bool:
    """An exit that takes, or waits only to be let through to take."""
    return work.job.plan.reduce_only and not work.recalled and (work.is_taking or work.job.plan.style == "taker")


def is_due(work: Work, now_us: int) -> bool:
    """Its time has come."""
    return work.due_us is not None and now_us >= work.due_us
