"""How one intent's order is worked, step by step: a pure machine from what happened to what is sent next.

    maker ──patience ran out──▶ cancel asked ──done──▶ reprice … ──tries used up──▶ fallback (taker), or the end
      │ refused as post-only ─────────────────────────▶ (counts as a try)
      └ unknown ──▶ nothing is sent until it is resolved

One order of an intent is out at a time. What is left is always the job's quantity less everything filled,
as far as seen or proved, so that fills and the order out together never exceed the plan.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from executor.records.market import Instrument, Quote
from executor.records.orders import Cancel, Step, Submit
from executor.routing.orders import Attempt, Job, order, too_small, usable

ANSWER_US = 5_000_000
"""How long a cancel may stay unanswered, or refused without the fills that would explain it, before it is asked again."""

Phase = Literal["waiting", "working", "canceling", "unknown", "ended"]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A job and how far it is. `due_us` is when something is done if nothing happens before; null is never.

    `tries` counts quotes shown. `recalled` says why nothing more may be sent, and is empty while more may.
    """

    job: Job
    phase: Phase = "waiting"
    attempts: tuple[Attempt, ...] = ()
    due_us: int | None = None
    tries: int = 0
    recalled: str = ""
    ending: str = ""

    @property
    def filled_qty(self) -> Decimal:
        """Everything filled by all attempts."""
        return sum((attempt.filled_qty for attempt in self.attempts), Decimal(0))

    @property
    def rest_qty(self) -> Decimal:
        """What is left to do, never below 0."""
        return max(Decimal(0), self.job.qty - self.filled_qty)

    @property
    def is_taking(self) -> bool:
        """The newest order is a market order: there is nothing more urgent to do."""
        return bool(self.attempts) and not self.attempts[-1].post_only


Move = tuple[Work, tuple[Submit | Cancel, ...]]
replace = msgspec.structs.replace


def begin(work: Work, quote: Quote | None, now_us: int) -> Move:
    """Send the first order."""
    return send(work, "maker" if work.job.plan.style == "maker" else "taker", quote=quote, now_us=now_us)


def send(work: Work, step: Step, *, quote: Quote | None, now_us: int) -> Move:
    """Send what is left as the next order, or end where it is too small to send.

    Without a usable quote there is nothing to quote by: an order that would wait takes, if it may, or ends.
    """
    job, market = work.job, usable(quote)
    problem = too_small(job, work.rest_qty, market)
    if problem is not None:
        return end(work, problem)
    if step in ("maker", "reprice") and market is None:
        if not job.plan.fallback:
            return end(work, "no usable quote to price by")
        step = "fallback"
    submit = order(job, work.rest_qty, number=len(work.attempts) + 1, step=step, quote=market, now_us=now_us)
    attempt = Attempt(client_id=submit.client_id, qty=submit.qty, post_only=submit.post_only, placed_us=now_us)
    due_us = now_us + round(job.plan.patience_s * 1e6) if submit.post_only else None
    tries = work.tries + submit.post_only
    return replace(work, phase="working", attempts=(*work.attempts, attempt), due_us=due_us, tries=tries), (submit,)


def go_on(work: Work, quote: Quote | None, now_us: int) -> Move:
    """The newest order is over: send the next, or end."""
    if work.rest_qty == 0:
        return end(work, "filled")
    if work.recalled:
        return end(work, work.recalled)
    if work.is_taking:
        return end(work, f"taken as far as the venue would, {work.rest_qty} left")
    if work.tries <= work.job.plan.reprices:
        return send(work, "reprice", quote=quote, now_us=now_us)
    if work.job.plan.fallback:
        return send(work, "fallback", quote=quote, now_us=now_us)
    return end(work, f"patience ran out after {work.tries} quotes, {work.rest_qty} left")


def end(work: Work, ending: str) -> Move:
    """Nothing more is sent for this intent."""
    return replace(work, phase="ended", due_us=None, ending=ending), ()


def ask_cancel(work: Work, reason: str, now_us: int) -> Move:
    """Ask the venue for the newest order back."""
    cancel = Cancel(
        ts_us=now_us, client_id=work.attempts[-1].client_id, symbol=work.job.symbol, outcome="asked", reason=reason, unfilled_qty=None
    )
    return replace(work, phase="canceling", due_us=now_us + ANSWER_US), (cancel,)


def on_time(work: Work, now_us: int) -> Move:
    """Ask for the order back when its patience ran out, and again when that was not answered."""
    if work.due_us is None or now_us < work.due_us or work.phase not in ("working", "canceling"):
        return work, ()
    if work.phase == "canceling":
        return ask_cancel(work, f"no answer to the cancel within {ANSWER_US / 1e6:g} s", now_us)
    if work.recalled:
        return ask_cancel(work, work.recalled, now_us)
    return ask_cancel(work, f"patience of {work.job.plan.patience_s:g} s ran out", now_us)


def recall(work: Work, reason: str, now_us: int) -> Move:
    """Send nothing more: ask for a quote back, let a market order or an unknown one come to its end."""
    left = replace(work, recalled=reason)
    if work.phase == "waiting":
        return end(left, reason)
    if work.phase == "working" and not work.is_taking:
        return ask_cancel(left, reason, now_us)
    return left, ()


def revised(work: Work, changed: Mapping[str, Instrument]) -> Work:
    """The work as it goes on under new rules of the venue: further orders are made by them."""
    instrument = changed.get(work.job.symbol)
    return work if instrument is None else replace(work, job=replace(work.job, instrument=instrument))
