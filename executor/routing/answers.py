"""What a venue's report about an order leads to in the work of its intent. Pure.

Reports may come twice, late, or in another order than things happened; fills are never counted twice.
"""

from decimal import Decimal
from typing import assert_never

from executor.records.market import Quote
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Resolved, Unknown
from executor.routing.orders import Attempt
from executor.routing.work import ANSWER_US, Move, Work, ask_cancel, end, go_on, replace

OrderReport = Ack | Reject | Unknown | Resolved | Cancel | Expire | Fill


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
    patience_us = 0 if work.recalled else round(work.job.plan.patience_s * 1e6)
    return replace(work, phase="working", due_us=max(now_us, newest.placed_us + patience_us))


def close_newest(work: Work, unfilled_qty: Decimal | None = None) -> Work:
    """The newest order is over; where the venue says what stayed unfilled, the rest is proved filled, seen or not."""
    newest = work.attempts[-1]
    proved = None if unfilled_qty is None else newest.qty - unfilled_qty
    return revise(work, len(work.attempts) - 1, replace(newest, is_over=True, proved_qty=proved))


def revise(work: Work, place: int, attempt: Attempt) -> Work:
    """The work with one attempt replaced."""
    return replace(work, attempts=(*work.attempts[:place], attempt, *work.attempts[place + 1 :]))
