"""Markouts that wait for their moment: which fall due when, and the mid that was in force then."""

from bisect import insort

import msgspec

from executor.records.market import Quote
from hedge_assets.folds.execution_rows import HORIZONS_S, SECOND_US, FillRow


class Pending(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A markout not yet mature: which fill (its number), which horizon, and when it is due."""

    fill: int
    horizon: int
    due_us: int


def due_us(pending: Pending) -> int:
    """When a markout is due."""
    return pending.due_us


def wait(waiting: list[Pending], row: FillRow, number: int) -> None:
    """A fill's markouts join those of its symbol, soonest first."""
    for horizon, seconds in enumerate(HORIZONS_S):
        insort(waiting, Pending(fill=number, horizon=horizon, due_us=row.ts_us + seconds * SECOND_US), key=due_us)


def fallen_due(waiting: list[Pending], now_us: int) -> list[Pending]:
    """Those due before now, which wait no longer."""
    done = 0
    for pending in waiting:
        if pending.due_us >= now_us:
            break
        done += 1
    due = waiting[:done]
    del waiting[:done]
    return due


def mid_at(pending: Pending, quote: Quote | None) -> float | None:
    """The mid that was in force when it fell due, by the newest quote: null where that was older than half the horizon (and 1 s)."""
    limit_us = max(SECOND_US, HORIZONS_S[pending.horizon] * SECOND_US // 2)
    if quote is None or pending.due_us - quote.ts_us > limit_us or not 0 < quote.bid <= quote.ask:
        return None
    return (quote.bid + quote.ask) * 0.5
