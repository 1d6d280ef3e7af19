"""Which way an approved order goes: quote and wait, or take."""

from decimal import Decimal
from math import isfinite

from executor.records.trading import TAKE_PROFIT, Intent, Plan, Policy, RouterPolicy, Slice
from executor.settings import Lines
from executor.sizing.steps import exact, passive_price


def taker(intent: Intent, qty: Decimal) -> Plan:
    """Take at once, at the market."""
    return Plan(style="taker", side=intent.side, qty=float(qty), limit_price=None, reduce_only=intent.purpose == "exit")


def maker(intent: Intent, qty: Decimal, *, view: Slice, router: RouterPolicy, fallback: bool) -> Plan:
    """Quote behind the touch, wait, quote again, and at last take if `fallback`.

    A taker bias between 0 and 1 shortens the patience in proportion.
    """
    price = passive_price(intent.side, (view.bid, view.ask), router.offset_bps, exact(view.tick_size))
    return Plan(
        style="maker",
        side=intent.side,
        qty=float(qty),
        limit_price=float(price),
        offset_bps=router.offset_bps,
        patience_s=router.patience_s * (1 - router.taker_bias_frac),
        reprices=router.reprices,
        fallback=fallback,
        reduce_only=intent.purpose == "exit",
    )


def incumbent_plan(intent: Intent, qty: Decimal, view: Slice, *, lines: Lines) -> Plan:
    """v5's way: take, unless an entry would pay a wide spread; then quote by the plain settings and never take."""
    if intent.purpose == "exit" or view.spread_bps <= lines.limits.wide_spread_bps:
        return taker(intent, qty)
    plain = RouterPolicy(
        maker_first=True,
        offset_bps=lines.router.offset_bps,
        patience_s=lines.router.patience_s,
        reprices=lines.router.reprices,
    )
    return maker(intent, qty, view=view, router=plain, fallback=False)


def candidate_plan(intent: Intent, qty: Decimal, view: Slice, *, policy: Policy) -> Plan:
    """v6's way: quote first and take at last, by the policy in force; stops and time limits take at once."""
    router = policy.router
    can_wait = intent.purpose == "entry" or intent.reason.startswith(TAKE_PROFIT)
    is_sane = isfinite(router.offset_bps) and isfinite(router.patience_s)
    if can_wait and is_sane and router.maker_first and router.taker_bias_frac < 1:
        return maker(intent, qty, view=view, router=router, fallback=True)
    return taker(intent, qty)
