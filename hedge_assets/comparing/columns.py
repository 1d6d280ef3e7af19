"""Each column's own desk as a shape, the live account beside them, and how far the model is from the account."""

from collections.abc import Mapping

from hedge_assets.comparing.blocks import difference
from hedge_assets.comparing.shapes import Column, ModelError, Trade
from hedge_assets.document import moment
from hedge_assets.folds.curve import Curve
from hedge_assets.folds.shadow import Shadow
from hedge_assets.shadow.candidates import ACCOUNT
from hedge_assets.shadow.courses import MARKOUTS, Courses, Trip
from hedge_assets.statistics.curves import HOURS_SHOWN_US, series

TRADES_SHOWN = 10
NOT_BEGUN = "no loop since it began"


def columns_of(shadow: Shadow, *, hours_us: int = HOURS_SHOWN_US) -> dict[str, Column]:
    """The live account and every column, by name; curves by hour as far back as `hours_us`."""
    error_usd = gain_error(shadow)
    pipelines = {each.name: each.pipeline for each in shadow.candidates}
    found = {
        ACCOUNT: column(
            ACCOUNT,
            shadow.stage.pipeline,
            (shadow.real, shadow.curve),
            open_positions=len(shadow.live.holdings),
            error_usd=error_usd,
            hours_us=hours_us,
        )
    }
    for name, kept in shadow.columns.items():
        own = column(
            name,
            pipelines.get(name, name),
            (kept.courses, kept.curve),
            open_positions=len(kept.venue.positions),
            error_usd=error_usd,
            hours_us=hours_us,
        )
        found[name] = own if kept.fault is None else own.model_copy(update={"reason": kept.fault})
    return found


def gain_error(shadow: Shadow) -> float | None:
    """What the live pipeline's column has gained more than the live account, in USD; null while one of them has not begun."""
    kept = shadow.columns.get(shadow.stage.pipeline)
    if kept is None or kept.curve.gain is None or shadow.curve.gain is None:
        return None
    return float(kept.curve.gain - shadow.curve.gain)


def column(key: str, pipeline: str, found: tuple[Courses, Curve], *, open_positions: int, error_usd: float | None, hours_us: int) -> Column:
    """One desk's sums and curve."""
    courses, curve = found
    totals, gain = courses.totals, curve.gain
    return Column(
        key=key,
        pipeline=pipeline,
        nav_usd=None if curve.last is None else float(curve.last.nav),
        gain_usd=None if gain is None else float(gain),
        model_error_usd=error_usd,
        drawdown_frac=None if curve.last is None else curve.trough_frac,
        approved=totals.approved,
        orders=totals.orders,
        fills=totals.fills,
        traded_usd=float(totals.traded_usd),
        maker_frac=totals.maker_frac,
        fees_usd=float(totals.fees_usd),
        funding_usd=float(totals.funding_usd),
        slippage_bps=totals.slippage_bps,
        fee_bps=totals.fee_bps,
        markouts_bps=tuple(totals.markout_bps(horizon) for horizon in range(MARKOUTS)),
        trades=totals.trades,
        win_frac=totals.wins / totals.trades if totals.trades else None,
        net_usd=float(totals.net_usd),
        net_bps_mean=totals.bps.mean if totals.bps.n else None,
        open_positions=open_positions,
        curve=series(curve, hours_us=hours_us),
        newest_trades=tuple(trade(each) for each in reversed(courses.recent[-TRADES_SHOWN:])),
        reason=None if curve.last is not None else NOT_BEGUN,
    )


def trade(trip: Trip) -> Trade:
    """One closed trade."""
    return Trade(
        intent_id=trip.intent_id,
        symbol=trip.symbol,
        side=trip.side,
        strategy=trip.strategy,
        opened_ts=moment(trip.opened_us),
        closed_ts=moment(trip.closed_us or trip.opened_us),
        net_usd=float(trip.net),
    )


def model_error(shadow: Shadow) -> ModelError:
    """How far the model is from the account."""
    model, held = shadow.ledger.model, shadow.held_before
    before = f"the account held {held} positions when columns began flat: what these brought is in its gain alone" if held else None
    nothing = "no intent filled by both the account and the model is settled yet"
    return ModelError(
        decisions=model.decisions,
        drifted=model.drifted,
        filled_by_both=model.both,
        filled_by_account_only=model.only_real,
        filled_by_model_only=model.only_model,
        flattery_bps=difference(model.flattery_bps, nothing),
        away_p50_bps=model.away_bps.quantile(0.5),
        away_p95_bps=model.away_bps.quantile(0.95),
        fee_bps=difference(model.fee_bps, nothing),
        gain_usd=gain_error(shadow),
        reason="; ".join(each for each in (None if model.both else nothing, before) if each) or None,
    )


def pair_of(columns: Mapping[str, Column], live: str | None, shadow: str | None) -> tuple[Column | None, Column | None]:
    """The two columns of a comparison."""
    return (None if live is None else columns.get(live)), (None if shadow is None else columns.get(shadow))
