"""How orders were filled, per symbol and overall: maker share, fallbacks, refusals, slippage, latencies, markouts, quality and regime."""

from collections.abc import Callable, Iterable, Sequence

from pydantic import Field

from hedge_assets.advice.router_grades import Grade, quality_of, regime_of, ungraded
from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.folds.execution_rows import HORIZONS_S, FillRow, OrderRow
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of
from hedge_assets.settings import Telemetry
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.figures import outside
from hedge_assets.statistics.stats import quantile
from hedge_assets.statistics.windows import span_of

NO_FILLS = "no fill in the window"


class Spread(Shape):
    """A sample's middle and tail: `n` values, median, 95 % quantile, mean (slippage and markouts weighted by notional)."""

    n: int
    p50: float | None
    p95: float | None
    mean: float | None


class Markout(Shape):
    """How the mid moved after fills, in bps of the fill price, positive is good for us; only fills of which it is known."""

    horizon_s: int
    n: int
    p50: float | None
    mean_bps: float | None
    maker_mean_bps: float | None
    taker_mean_bps: float | None


class Routing(Shape):
    """One symbol, or `all`. Shares are null where there is nothing to share.

    Maker share is of filled notional (`maker_count_frac` of fills). `fallback_frac` is intents that ended in a taker
    fallback over intents that began as maker. `reject_frac` is of orders sent, `post_only_reject_frac` of post-only ones.
    `fill_frac` is filled over asked quantity of orders that are over. Slippage is against the mid at sending, positive is cost.
    """

    symbol: str
    fills: int
    orders: int
    notional_usd: float
    fee_bps: float | None = Field(description="fees over filled notional")
    maker_frac: float | None
    maker_count_frac: float | None
    fallback_frac: float | None
    reject_frac: float | None
    post_only_reject_frac: float | None
    fill_frac: float | None
    open_orders: int
    unknown_orders: int
    rejects: dict[str, int] = Field(description="refusals by code")
    slippage_bps_p50: float | None
    slippage_bps_p95: float | None
    slippage_bps_mean: float | None = Field(description="weighted by notional")
    slippage_n: int
    ack_ms: Spread
    fill_ms: Spread
    markouts: tuple[Markout, ...]
    quality: str | None
    quality_by: Grade
    regime: str | None
    regime_by: Grade
    reason: str | None


class RouterHealth(Document):
    """`n` counts fills in the window. Below `min_fills` a symbol has numbers but no grade: unproven."""

    window: str
    min_fills: int
    overall: Routing
    symbols: tuple[Routing, ...]
    external_fills: int = Field(description="fills in the window of no order of ours (liquidations, hands): not graded")


def router_health(executions: Executions, account: Account, *, now_us: int, telemetry: Telemetry) -> RouterHealth:
    """Fills and orders of the window, by symbol and together."""
    since_us = span_of(telemetry.execution_window).start_us(now_us) or 0
    recent = [row for row in executions.fills if row.ts_us > since_us]
    ours = [row for row in recent if row.step]
    orders = [row for row in (*executions.orders, *executions.live_orders.values()) if row.ts_us > since_us]
    names = sorted({row.symbol for row in ours} | {row.symbol for row in orders})
    return RouterHealth(
        status="ok" if orders or ours else "empty",
        n=len(ours),
        reason=None if ours else NO_FILLS,
        event_us=newest_of(executions, account),
        window=telemetry.execution_window,
        min_fills=telemetry.min_fills,
        overall=routing("all", ours, orders, telemetry=telemetry),
        symbols=tuple(
            routing(name, [row for row in ours if row.symbol == name], [row for row in orders if row.symbol == name], telemetry=telemetry)
            for name in names
        ),
        external_fills=len(recent) - len(ours),
    )


def routing(symbol: str, fills: Sequence[FillRow], orders: Sequence[OrderRow], *, telemetry: Telemetry) -> Routing:
    """Everything measured of one set of fills and orders."""
    notional = sum(row.notional_usd for row in fills)
    makers = [row for row in fills if row.liquidity == "maker"]
    costs = [(row.slippage_bps, row.notional_usd) for row in fills if row.slippage_bps is not None]
    slippage, rejects = weighted(costs), [row for row in orders if row.outcome == "rejected"]
    posted = [row for row in orders if row.post_only]
    maker_frac, reject_frac = share(sum(row.notional_usd for row in makers), notional), share(len(rejects), len(orders))
    fallback_frac = fallbacks(orders)
    unproven = f"unproven: {len(fills)} fills of {telemetry.min_fills}" if len(fills) < telemetry.min_fills else None
    quality = ungraded(unproven) if unproven else quality_of(slippage, reject_frac, telemetry)
    regime = regime_of(quality, fallback_frac=fallback_frac, slippage_bps=slippage, maker_frac=maker_frac, lines=telemetry)
    return Routing(
        symbol=symbol,
        fills=len(fills),
        orders=len(orders),
        notional_usd=notional,
        fee_bps=fee_bps(fills),
        maker_frac=maker_frac,
        maker_count_frac=share(len(makers), len(fills)),
        fallback_frac=fallback_frac,
        reject_frac=reject_frac,
        post_only_reject_frac=share(sum(row.outcome == "rejected" for row in posted), len(posted)),
        fill_frac=fill_frac(orders),
        open_orders=sum(row.outcome in ("sent", "open") for row in orders),
        unknown_orders=sum(row.outcome == "unknown" for row in orders),
        rejects=count(row.code for row in rejects),
        slippage_bps_p50=quantile([cost for cost, _ in costs], 0.5),
        slippage_bps_p95=quantile([cost for cost, _ in costs], 0.95),
        slippage_bps_mean=slippage,
        slippage_n=len(costs),
        ack_ms=spread([row.ack_ms for row in orders]),
        fill_ms=spread([row.fill_ms for row in fills]),
        markouts=tuple(markout(place, fills) for place in range(len(HORIZONS_S))),
        quality=quality.word,
        quality_by=quality,
        regime=regime.word,
        regime_by=regime,
        reason=unproven or quality.reason,
    )


def share(part: float, whole: float) -> float | None:
    """A part of a whole; null without a whole. Rounding never makes it more than all."""
    return min(1.0, part / whole) if whole > 0 else None


def weighted(values: Sequence[tuple[float, float]]) -> float | None:
    """The mean of values by their weights; null without weight."""
    whole = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / whole if whole > 0 else None


def fallbacks(orders: Sequence[OrderRow]) -> float | None:
    """Intents that ended in a taker fallback over intents that began as maker."""
    began = {row.intent_id for row in orders if row.step in ("maker", "reprice", "fallback")}
    fell = {row.intent_id for row in orders if row.step == "fallback"}
    return share(len(fell), len(began))


def fill_frac(orders: Sequence[OrderRow]) -> float | None:
    """Mean share of an order's quantity that was filled, of orders that are over."""
    over = [row for row in orders if row.outcome in ("filled", "canceled", "expired", "rejected") and row.qty > 0]
    return share(sum(min(1.0, row.filled_qty / row.qty) for row in over), len(over))


def fee_bps(fills: Sequence[FillRow]) -> float | None:
    """Fees over the notional of the fills of which the fee is known in USD; negative is a rebate."""
    known = [(row.fee_usd, row.notional_usd) for row in fills if row.fee_usd is not None]
    whole = sum(notional for _, notional in known)
    return sum(fee for fee, _ in known) / whole * 1e4 if whole > 0 else None


def spread(values: Iterable[float | None]) -> Spread:
    """Median, tail and mean of the values that are known."""
    known = [value for value in values if value is not None]
    return Spread(n=len(known), p50=quantile(known, 0.5), p95=quantile(known, 0.95), mean=sum(known) / len(known) if known else None)


def markout(place: int, fills: Sequence[FillRow]) -> Markout:
    """One horizon over the fills that are mature there."""

    def mean_of(wanted: Callable[[FillRow], bool]) -> float | None:
        rows = [(row.markouts_bps[place], row.notional_usd) for row in fills if wanted(row)]
        return weighted([(moved, notional) for moved, notional in rows if moved is not None])

    known = [moved for row in fills if (moved := row.markouts_bps[place]) is not None]
    return Markout(
        horizon_s=HORIZONS_S[place],
        n=len(known),
        p50=quantile(known, 0.5),
        mean_bps=mean_of(lambda _: True),
        maker_mean_bps=mean_of(lambda row: row.liquidity == "maker"),
        taker_mean_bps=mean_of(lambda row: row.liquidity == "taker"),
    )


def count(words: Iterable[str]) -> dict[str, int]:
    """How often each word came, by word."""
    counted: dict[str, int] = {}
    for word in sorted(words):
        counted[word] = counted.get(word, 0) + 1
    return counted


def shares_are_shares(document: RouterHealth) -> str | None:
    """Every share lies in 0..1."""
    names = ("maker_frac", "maker_count_frac", "fallback_frac", "reject_frac", "post_only_reject_frac", "fill_frac")
    found = (outside(f"{row.symbol} {name}", getattr(row, name)) for row in (document.overall, *document.symbols) for name in names)
    return next((wrong for wrong in found if wrong is not None), None)


def symbols_make_the_whole(document: RouterHealth) -> str | None:
    """The symbols' fills are all fills."""
    listed = sum(row.fills for row in document.symbols)
    return None if listed == document.n else f"fills of the symbols were {listed}, must be n, {document.n}"


def nothing_is_broken(document: RouterHealth) -> str | None:
    """No symbol's routing is broken."""
    broken = [row for row in document.symbols if row.quality == "broken"]
    if not broken:
        return None
    by = broken[0].quality_by
    return f"{broken[0].symbol} routing is broken: {by.measure} was {by.value:.4g}, limit {by.limit:.4g}; leave the symbol out"


STATE = StateSpec(
    build=router_health,
    file="router_health.json",
    group=Group.EXECUTION,
    pace=Pace.FAST,
    checks=(
        Check("shares_are_shares", shares_are_shares),
        Check("symbols_make_the_whole", symbols_make_the_whole),
        Check("nothing_is_broken", nothing_is_broken, gate=False),
    ),
)
