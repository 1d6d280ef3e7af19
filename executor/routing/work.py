"""How one intent's order is worked, step by step: a pure machine from what happened to what is sent next.

    maker ──patience ran out──▶ cancel asked ──done──▶ reprice … ──tries used up──▶ fallback (taker), or the end
      │ refused as post-only ─────────────────────────▶ (counts as a try)
      └ unknown ──▶ nothing is sent until it is resolved

One order of an intent is out at a time. What is left is always the job's quantity less everything filled,
as far as seen or proved, so that fills and the order out together never exceed the plan.
"""

from decimal import Decimal
from typing import Literal, assert_never

import msgspec

from executor.records.market import Quote
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Resolved, Step, Submit, Unknown
from executor.routing.orders import Attempt, Job, order, too_small, usable

ANSWER_US = 5_000_000
"""How long a cancel may stay unanswered, or refused without the fills that would explain it, before it is asked again."""

OrderReport = Ack | Reject | Unknown | Resolved | Cancel | Expire | Fill
Phase = Literal["waiting", "working", "canceling", "unknown", "ended"]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A job and how far it is. `due_us` is when something is done if nothing happens before; null is never.

    `tries` counts quotes shown. `is_superseded` says that an exit took over and nothing more is sent.
    """

    job: Job
    phase: Phase = "waiting"
    attempts: tuple[Attempt, ...] = ()
    due_us: int | None = None
    tries: int = 0
    is_superseded: bool = False
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
    if work.is_superseded:
        return end(work, "an exit took over")
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
    if work.is_superseded:
        return ask_cancel(work, "an exit takes over", now_us)
    return ask_cancel(work, f"patience of {work.job.plan.patience_s:g} s ran out", now_us)


def supersede(work: Work, now_us: int) -> Move:
    """An exit takes over: ask for a quote back, let a market order or an unknown one come to its end, send nothing more."""
    left = replace(work, is_superseded=True)
    if work.phase == "waiting":
        return end(left, "an exit took over")
    if work.phase == "working" and not work.is_taking:
        return ask_cancel(left, "an exit takes over", now_us)
    return left, ()


def take(work: Work, report: OrderReport, *, quote: Quote | None, now_us: int) -> Move:
    """What one report about one of the work's orders leads to."""
    place = next((n for n, attempt in enumerate(work.attempts) if attempt.client_id == report.client_id), None)
    if place is None or work.phase == "ended":
        return work, ()
    if isinstance(report, Fill):
        return on_fill(work, place, report, quote=quote, now_us=now_us)
    if place != len(work.attempts) - 1 or work.attempts[place].is_over:
        return work, ()
    return on_newest(work, report, quote=quote, now_us=now_us)


def on_fill(work: Work, place: int, fill: Fill, *, quote: Quote | None, now_us: int) -> Move:
    """Count a fill. The order's last one leads on; one that comes late leaves less to do, so the order out is asked back."""
    attempt = work.attempts[place]
    attempt = replace(attempt, seen_qty=attempt.seen_qty + fill.qty)
    is_newest = place == len(work.attempts) - 1
    is_done = attempt.filled_qty >= attempt.qty
    counted = revise(work, place, replace(attempt, is_over=attempt.is_over or is_done))
    if is_newest and is_done and not work.attempts[place].is_over:
        return go_on(counted, quote, now_us)
    newest = counted.attempts[-1]
    if not is_newest and newest.out_qty > counted.rest_qty and counted.phase == "working" and newest.post_only:
        return ask_cancel(counted, f"a late fill leaves {counted.rest_qty} to do", now_us)
    return counted, ()


def on_newest(work: Work, report: Ack | Reject | Unknown | Resolved | Cancel | Expire, *, quote: Quote | None, now_us: int) -> Move:
    """What a report on the order that is out leads to."""
    match report:
        case Ack():
            return on_ack(work, now_us)
        case Unknown():
            return replace(work, phase="unknown", due_us=None), ()
        case Resolved():
            return on_resolved(work, report, quote=quote, now_us=now_us)
        case Cancel():
            return on_cancel(work, report, quote=quote, now_us=now_us)
        case Reject():
            over = close_newest(work)
            return go_on(over, quote, now_us) if report.post_only else end(over, f"refused: {report.code}")
        case Expire():
            return end(close_newest(work, report.unfilled_qty), f"expired: {report.reason}")
        case _:
            assert_never(report)


def on_ack(work: Work, now_us: int) -> Move:
    """An acknowledgement proves an unknown order open; otherwise it changes nothing."""
    return (work, ()) if work.phase != "unknown" else (reopened(work, now_us), ())


def on_resolved(work: Work, report: Resolved, *, quote: Quote | None, now_us: int) -> Move:
    """An unknown order's fate: open goes on where it was, filled and canceled lead on, a dead market order is not sent again."""
    newest = work.attempts[-1]
    match report.fate:
        case "open":
            return (reopened(work, now_us), ()) if work.phase == "unknown" else (work, ())
        case "filled":
            return go_on(close_newest(work, Decimal(0)), quote, now_us)
        case "dead" if not newest.post_only:
            return end(close_newest(work), "the venue never had the order")
        case _:
            return go_on(close_newest(work), quote, now_us)


def on_cancel(work: Work, report: Cancel, *, quote: Quote | None, now_us: int) -> Move:
    """A cancel that is done leads on; a refused one means that fills are on their way, which are waited for."""
    if report.outcome == "done":
        return go_on(close_newest(work, report.unfilled_qty), quote, now_us)
    if report.outcome == "refused" and work.phase == "canceling":
        return replace(work, due_us=now_us + ANSWER_US), ()
    return work, ()


def reopened(work: Work, now_us: int) -> Work:
    """An unknown order proved open: a quote keeps what is left of its patience, a market order waits for its fills."""
    newest = work.attempts[-1]
    if not newest.post_only:
        return replace(work, phase="working", due_us=None)
    patience_us = 0 if work.is_superseded else round(work.job.plan.patience_s * 1e6)
    return replace(work, phase="working", due_us=max(now_us, newest.placed_us + patience_us))


def close_newest(work: Work, unfilled_qty: Decimal | None = None) -> Work:
    """The newest order is over; where the venue says what stayed unfilled, the rest is proved filled, seen or not."""
    newest = work.attempts[-1]
    proved = None if unfilled_qty is None else newest.qty - unfilled_qty
    return revise(work, len(work.attempts) - 1, replace(newest, is_over=True, proved_qty=proved))


def revise(work: Work, place: int, attempt: Attempt) -> Work:
    """The work with one attempt replaced."""
    return replace(work, attempts=(*work.attempts[:place], attempt, *work.attempts[place + 1 :]))
