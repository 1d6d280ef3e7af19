"""What sums of orders, fills and intents say about routing: shares, costs, times, markouts, grades."""

from collections.abc import Sequence

from hedge_assets.advice.router_grades import Grade, Measured, quality_of, regime_of
from hedge_assets.advice.router_shapes import Cost, Fallbacks, Fates, Intents, Markout, Routing, Shortfall, Spreads, Times
from hedge_assets.advice.routing_evidence import interval_of, mean_of
from hedge_assets.folds.execution_rows import HORIZONS_S, OrderRow
from hedge_assets.folds.execution_tally import ExecutionTally, FillTally, IntentTally, MarkoutTally
from hedge_assets.folds.weighted import Lasting, Weighted
from hedge_assets.settings import Telemetry


def routing(name: str, tally: ExecutionTally, live: Sequence[OrderRow], *, telemetry: Telemetry) -> Routing:
    """One set, with the orders of it that are still open."""
    orders, fills, intents = tally.orders, tally.fills, tally.intents
    quality, regime = grades(tally, telemetry)
    spread = fills.spread.every
    return Routing(
        symbol=name,
        fills=fills.n,
        orders=orders.n + len(live),
        notional_usd=fills.notional_usd,
        fee_bps=None if fills.charged_usd <= 0 else fills.fees_usd / fills.charged_usd * 1e4,
        maker_frac=share(fills.maker_usd, fills.notional_usd),
        maker_count_frac=share(fills.makers, fills.n),
        fallback_frac=share(intents.fell_back, intents.maker_first),
        reject_frac=share(orders.refused, orders.n),
        post_only_reject_frac=share(orders.posted_refused, orders.posted),
        fill_frac=share(orders.share, orders.n),
        open_orders=sum(row.outcome in ("sent", "open") for row in live),
        unknown_orders=sum(row.outcome == "unknown" for row in live),
        rejects=dict(sorted(orders.refusals.items())),
        slippage_bps_p50=spread.quantile(0.5),
        slippage_bps_p95=spread.quantile(0.95),
        slippage_bps_mean=fills.arrival.mean,
        slippage_n=fills.arrival.n,
        ack_ms=times(orders.ack),
        fill_ms=times(orders.first),
        whole_ms=times(orders.whole),
        intents=worked(intents),
        shortfall=shortfall(intents),
        fallback=fallbacks(fills, intents),
        spreads=spreads(fills),
        fates=fates(tally),
        markouts=markouts(fills),
        quality=quality.word,
        quality_by=quality,
        regime=regime.word,
        regime_by=regime,
        reason=quality.reason,
    )


def grades(tally: ExecutionTally, lines: Telemetry) -> tuple[Grade, Grade]:
    """Quality and regime."""
    orders, fills, intents = tally.orders, tally.fills, tally.intents
    slippage = Measured(fills.arrival.mean, fills.arrival.n)
    quality = quality_of(slippage, Measured(share(orders.refused, orders.n), orders.n), lines)
    fell = Measured(share(intents.fell_back, intents.maker_first), intents.maker_first)
    makers = Measured(share(fills.maker_usd, fills.notional_usd), fills.n)
    return quality, regime_of(quality, fallbacks=fell, slippage=slippage, makers=makers, lines=lines)


def spreads(fills: FillTally) -> Spreads:
    """What fills paid against the mids before and after."""
    return Spreads(
        decision=cost(fills.decision),
        effective=cost(fills.effective),
        realised_5s=cost(fills.realised[0]),
        realised_60s=cost(fills.realised[1]),
        moved_5s=cost(fills.moved[0]),
        moved_60s=cost(fills.moved[1]),
    )


def worked(intents: IntentTally) -> Intents:
    """How far intents got, and how fast."""
    return Intents(
        n=intents.n,
        unsent=intents.unsent,
        maker_first=intents.maker_first,
        unfilled=intents.unfilled_n,
        whole_frac=share(intents.whole_n, intents.n),
        fill_ms=times(intents.first),
        whole_ms=times(intents.whole),
    )


def fates(tally: ExecutionTally) -> Fates:
    """The rarer ends."""
    orders, fills = tally.orders, tally.fills
    return Fates(
        post_only=orders.posted,
        unknowns=orders.unknowns,
        dead=orders.outcomes.get("dead", 0),
        unanswered=orders.unanswered,
        unsided_fills=fills.n - fills.makers - fills.takers,
    )


def share(part: float, whole: float) -> float | None:
    """A part of a whole; null without a whole. Rounding never makes it more than all."""
    return min(1.0, part / whole) if whole > 0 else None


def cost(values: Weighted) -> Cost:
    """A weighted mean."""
    return Cost(n=values.n, mean_bps=values.mean)


def times(lasting: Lasting) -> Times:
    """Middle, tail and mean."""
    n = lasting.sketch.n
    return Times(n=n, p50=lasting.sketch.quantile(0.5), p95=lasting.sketch.quantile(0.95), mean=lasting.total / n if n else None)


def fallbacks(fills: FillTally, intents: IntentTally) -> Fallbacks:
    """What the fallbacks cost."""
    return Fallbacks(intents=intents.fell_back, fills=fills.fallback_n, cost_bps=fills.fallback.mean, extra_bps=fills.fallback_extra.mean)


def markouts(fills: FillTally) -> tuple[Markout, ...]:
    """Every horizon; null where none is mature."""
    tallies = fills.markouts or [MarkoutTally() for _ in HORIZONS_S]
    return tuple(
        Markout(
            horizon_s=horizon_s,
            n=tally.every.n,
            p50=tally.sketches.every.quantile(0.5),
            mean_bps=tally.every.mean,
            maker_n=tally.maker.n,
            maker_mean_bps=tally.maker.mean,
            taker_n=tally.taker.n,
            taker_mean_bps=tally.taker.mean,
        )
        for horizon_s, tally in zip(HORIZONS_S, tallies, strict=True)
    )


def shortfall(intents: IntentTally) -> Shortfall:
    """The four parts, and what they add up to."""
    usd = (intents.explicit_usd, intents.delay_usd, intents.impact_usd, intents.opportunity_usd)
    scale = 1e4 / intents.decided_usd if intents.decided_usd > 0 else None
    explicit, delay, impact, opportunity = (None if scale is None else part * scale for part in usd)
    bounds = interval_of(intents.cost)
    return Shortfall(
        judged=intents.cost.n,
        decided_usd=intents.decided_usd,
        explicit_bps=explicit,
        delay_bps=delay,
        impact_bps=impact,
        opportunity_bps=opportunity,
        cost_bps=None if scale is None else sum(part * scale for part in usd),
        mean_bps=mean_of(intents.cost),
        low_bps=bounds.low if bounds else None,
        high_bps=bounds.high if bounds else None,
        unjudged=dict(sorted(intents.unjudged.items())),
    )
