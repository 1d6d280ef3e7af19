"""The orders one intent may send: named, priced and rounded as the venue takes them, or why none can be."""

import re
from decimal import Decimal
from math import isfinite

import msgspec

from executor.errors import HedgeError
from executor.records.base import Side
from executor.records.market import Instrument, Quote
from executor.records.orders import Step, Submit
from executor.records.trading import Plan
from executor.sizing.steps import passive_price

PREFIX = "h-"
"""What the client ids of every executor begin with."""

CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
"""What venues take as a client order id (Binance USD-M's rule, the strictest we know)."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One order sent. `seen_qty` is what its fills add up to, `proved_qty` what the venue said was filled at its end."""

    client_id: str
    qty: Decimal
    post_only: bool
    placed_us: int
    seen_qty: Decimal = Decimal(0)
    proved_qty: Decimal | None = None
    is_over: bool = False

    @property
    def filled_qty(self) -> Decimal:
        """The larger of what was seen and what was proved: reports may come in either order."""
        return max(self.seen_qty, self.proved_qty or Decimal(0))

    @property
    def out_qty(self) -> Decimal:
        """What may still be filled by this order."""
        return Decimal(0) if self.is_over else max(Decimal(0), self.qty - self.filled_qty)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be worked: an intent's approved quantity (exact, a multiple of the step), its plan and the venue's rules."""

    intent_id: str
    symbol: str
    side: Side
    qty: Decimal
    plan: Plan
    instrument: Instrument


def client_id(intent_id: str, attempt: int) -> str:
    """The name of an intent's nth order (from 1): the same after a restart, and never used twice."""
    name = f"{PREFIX}{intent_id}-{attempt}"
    if CLIENT_ID.fullmatch(name) is None:
        raise HedgeError(f"client id was {name!r}, venues take {CLIENT_ID.pattern}; shorten or clean the intent id")
    return name


def usable(quote: Quote | None) -> Quote | None:
    """The quote, if an order can be priced by it."""
    if quote is None or not (isfinite(quote.bid) and isfinite(quote.ask) and 0 < quote.bid <= quote.ask):
        return None
    return quote


def mid_of(quote: Quote | None) -> float | None:
    """The mid price now, null without a usable quote."""
    return None if quote is None else (quote.bid + quote.ask) / 2


def on_step(qty: Decimal, step: Decimal) -> Decimal:
    """A quantity cut down to whole steps: the step may have become another since the quantity was decided."""
    return qty - qty % step


def too_small(job: Job, qty: Decimal, quote: Quote | None) -> str | None:
    """Why a quantity cannot be sent, or null. A reduce-only order needs no minimum notional."""
    rules = job.instrument
    least, sent = max(rules.min_qty, rules.step_size), on_step(qty, rules.step_size)
    if sent < least:
        return f"{qty} left, the venue takes {least} or more"
    mid = mid_of(quote)
    if not job.plan.reduce_only and mid is not None and float(sent) * mid < rules.min_notional:
        return f"{float(sent) * mid:.2f} USD left, the venue takes {rules.min_notional} or more"
    return None


def order(job: Job, qty: Decimal, *, number: int, step: Step, quote: Quote | None, now_us: int) -> Submit:
    """The nth order of a job, for so much of a quantity as is whole steps: a post-only limit behind the touch for `maker` and `reprice`,
    else a market order."""
    is_quoted = step in ("maker", "reprice") and quote is not None
    price = None
    if is_quoted and quote is not None:
        price = passive_price(job.side, (quote.bid, quote.ask), job.plan.offset_bps, job.instrument.tick_size)
    return Submit(
        ts_us=now_us,
        client_id=client_id(job.intent_id, number),
        intent_id=job.intent_id,
        symbol=job.symbol,
        side=job.side,
        qty=on_step(qty, job.instrument.step_size),
        price=price,
        step=step,
        post_only=is_quoted,
        reduce_only=job.plan.reduce_only,
        mid=mid_of(quote),
    )
