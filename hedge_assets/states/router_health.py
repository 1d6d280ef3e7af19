"""How orders were filled, per symbol, route, hour and overall: maker share, fallbacks, refusals, costs, times, markouts, grades."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import Field

from hedge_assets.advice.router_figures import routing
from hedge_assets.advice.router_history import Distribution, OverTime, by_day, by_hour, distributions
from hedge_assets.advice.router_shapes import Routing
from hedge_assets.document import Document
from hedge_assets.folds.account import Account
from hedge_assets.folds.execution_rows import STOP, OrderRow
from hedge_assets.folds.execution_sums import ALL
from hedge_assets.folds.execution_tally import ExecutionTally
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of
from hedge_assets.folds.rolling import DAY_HOURS, HOUR_US
from hedge_assets.settings import Telemetry
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.figures import moment_or_null, outside
from hedge_assets.statistics.windows import span_of

NO_FILLS = "no fill in the window"
SHARES = ("maker_frac", "maker_count_frac", "fallback_frac", "reject_frac", "post_only_reject_frac", "fill_frac")
ADDS_UP = 1e-9


class RouterHealth(Document):
    """`n` counts fills of our orders in the window. What an order, a fill, a markout or an intent says is counted when it is known.

    Below `min_fills` observations a measure gives no grade, and a symbol is unproven; it is proven, one way or the other, from
    then on, while they stay in the window (`bootstrap` says the rule).
    """

    window: str
    since_ts: datetime | None = Field(description="the hour or UTC day that the window begins at; null for ever")
    min_fills: int
    bootstrap: str
    overall: Routing
    symbols: tuple[Routing, ...]
    routes: tuple[Routing, ...] = Field(description="by how an intent was sent out: `maker_first`, `taker`")
    hours: tuple[Routing, ...] = Field(
        description="by hour of the day (UTC) of fill, sending and decision; only those with anything in them"
    )
    distributions: tuple[Distribution, ...] = Field(description="of all fills in the window, then by symbol")
    by_hour: OverTime = Field(description="the last 7 days, whatever the window")
    by_day: OverTime = Field(description="the last 30 days, whatever the window")
    external_fills: int = Field(description="fills in the window of no order of ours (liquidations, hands): not graded")
    working_intents: int = Field(description="decided, and not over")
    lost_intents: int = Field(description="decided since the journal's start, and never ended within a day")


def router_health(executions: Executions, account: Account, *, now_us: int, telemetry: Telemetry) -> RouterHealth:
    """Fills, orders and intents of the window, by what they belong to and together."""
    since_us = span_of(telemetry.execution_window).start_us(now_us)
    sums = executions.rolling.since(since_us, ExecutionTally)
    live = [row for row in executions.live_orders.values() if row.step != STOP and (since_us is None or row.ts_us >= since_us)]
    whole = sums.get(ALL, ExecutionTally())

    def rows(dimension: str, name_of: Callable[[OrderRow], str]) -> tuple[Routing, ...]:
        return by_name(sums, live, dimension, name_of=name_of, telemetry=telemetry)

    return RouterHealth(
        status="ok" if whole.orders.n or whole.fills.n or live else "empty",
        n=whole.fills.n,
        reason=None if whole.fills.n else NO_FILLS,
        event_us=newest_of(executions, account),
        window=telemetry.execution_window,
        since_ts=moment_or_null(since_us),
        min_fills=telemetry.min_fills,
        bootstrap=bootstrap(telemetry.min_fills),
        overall=routing("all", whole, live, telemetry=telemetry),
        symbols=rows("symbol", lambda row: row.symbol),
        routes=rows("route", lambda row: row.route),
        hours=rows("hour", lambda row: f"{row.ts_us // HOUR_US % DAY_HOURS:02d}"),
        distributions=distributions(sums),
        by_hour=by_hour(executions.hours, now_us),
        by_day=by_day(executions.hours, now_us),
        external_fills=whole.fills.outside,
        working_intents=len(executions.working),
        lost_intents=executions.lost_intents,
    )


def by_name(
    sums: dict[str, ExecutionTally],
    live: Sequence[OrderRow],
    dimension: str,
    *,
    name_of: Callable[[OrderRow], str],
    telemetry: Telemetry,
) -> tuple[Routing, ...]:
    """One dimension's rows: all that has a sum or an open order, by name."""
    opened: dict[str, list[OrderRow]] = {}
    for row in live:
        opened.setdefault(name_of(row), []).append(row)
    head = f"{dimension}/"
    names = sorted({key.removeprefix(head) for key in sums if key.startswith(head)} | set(opened))
    return tuple(routing(name, sums.get(head + name, ExecutionTally()), opened.get(name, ()), telemetry=telemetry) for name in names)


def bootstrap(least: int) -> str:
    """The rule for small samples, in words."""
    return (
        f"a measure is graded from {least} observations in the window on; degraded or broken needs one graded measure, "
        "good or ok both slippage and refusals; until then unproven"
    )


def shares_are_shares(document: RouterHealth) -> str | None:
    """Every share lies in 0..1."""
    every = (document.overall, *document.symbols, *document.routes, *document.hours)
    found = (outside(f"{row.symbol} {name}", getattr(row, name)) for row in every for name in SHARES)
    return next((wrong for wrong in found if wrong is not None), None)


def parts_make_the_whole(document: RouterHealth) -> str | None:
    """Symbols, routes and hours each have all fills, and the four parts of a shortfall are all of it."""
    for name, rows in (("symbols", document.symbols), ("routes", document.routes), ("hours", document.hours)):
        listed = sum(row.fills for row in rows)
        if listed != document.n:
            return f"fills of the {name} were {listed}, must be n, {document.n}"
    for row in (document.overall, *document.symbols, *document.routes, *document.hours):
        short = row.shortfall
        known = (short.explicit_bps, short.delay_bps, short.impact_bps, short.opportunity_bps)
        parts = [part for part in known if part is not None]
        if short.cost_bps is not None and abs(sum(parts) - short.cost_bps) > ADDS_UP * max(1.0, *map(abs, parts)):
            return f"{row.symbol} shortfall was {short.cost_bps:.6g} bps, its parts are {sum(parts):.6g}"
    return None


def spilled(document: RouterHealth) -> str | None:
    """Every value of a distribution is in one bin, or beyond them."""
    for each in document.distributions:
        for found in (each.slippage, *(markout.histogram for markout in each.markouts)):
            for bars in (found.maker, found.taker):
                counted = bars.under + sum(bars.counts) + bars.over
                if counted != bars.n:
                    return f"{each.symbol}: bins hold {counted} values, there are {bars.n}"
    return None


def nothing_is_broken(document: RouterHealth) -> str | None:
    """No symbol's routing is broken."""
    broken = [row for row in document.symbols if row.quality == "broken"]
    if not broken:
        return None
    by = broken[0].quality_by
    return f"{broken[0].symbol} routing is broken: {by.measure} was {by.value:.4g} over {by.n}, limit {by.limit:.4g}; leave the symbol out"


STATE = StateSpec(
    build=router_health,
    file="router_health.json",
    group=Group.EXECUTION,
    pace=Pace.FAST,
    checks=(
        Check("shares_are_shares", shares_are_shares),
        Check("parts_make_the_whole", parts_make_the_whole),
        Check("nothing_is_broken", nothing_is_broken, gate=False),
        Check("nothing_falls_out_of_bins", spilled),
    ),
    schema_version=2,
)
