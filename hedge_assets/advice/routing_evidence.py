"""What working orders in one symbol has cost, by the way they went: quoted first, or taken at once."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from hedge_assets.document import Shape
from hedge_assets.folds.executions import HORIZONS_S, Executions, FillRow, OrderRow
from hedge_assets.statistics.stats import Interval, Z, mean, mean_interval

QUOTED = frozenset({"maker", "reprice"})
FALLBACK = "fallback"
MARKOUT_AT = HORIZONS_S.index(60)


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """One intent as it was worked. `cost_bps` is against the mid when it was decided (else when it left), fees
    included, positive is cost, null without a mid or a known fee; `quoted` says whether it was quoted first."""

    symbol: str
    quoted: bool
    fell_back: bool
    fills: int
    slippage_bps: float | None
    cost_bps: float | None


class Path(Shape):
    """What one way of working has cost: mean over intents in bps of notional, fees included, with its 95 % interval."""

    n: int
    cost_bps: float | None
    low_bps: float | None
    high_bps: float | None
    reason: str | None


class RoutingEvidence(Shape):
    """One symbol's intents in the window. Shares are null (with `n` 0 of what they are shares of) where nothing was tried."""

    n: int
    fills: int
    fallback_frac: float | None
    reject_frac: float | None
    post_only_orders: int
    slippage_bps: float | None
    maker_markout_bps: float | None
    maker_markout_high_bps: float | None
    maker_markouts: int
    quoted: Path
    kept: Path
    fallback: Path
    taken: Path


def evidence_of(executions: Executions, symbol: str, since_us: int) -> RoutingEvidence:
    """One symbol since a moment."""
    fills = [row for row in executions.fills if row.symbol == symbol and row.ts_us > since_us]
    orders = [row for row in (*executions.orders, *executions.live_orders.values()) if row.symbol == symbol and row.ts_us > since_us]
    intents = worked(fills, orders)
    quoted = [each for each in intents if each.quoted]
    posted = {row.client_id: row.outcome for row in orders if row.post_only}
    outs = [row.markouts_bps[MARKOUT_AT] for row in fills if row.liquidity == "maker" and row.markouts_bps]
    markouts = [value for value in outs if value is not None]
    bounds = mean_interval(markouts)
    return RoutingEvidence(
        n=len(intents),
        fills=len(fills),
        fallback_frac=mean([float(each.fell_back) for each in quoted]),
        reject_frac=mean([float(outcome == "rejected") for outcome in posted.values()]),
        post_only_orders=len(posted),
        slippage_bps=mean([each.slippage_bps for each in intents if each.slippage_bps is not None]),
        maker_markout_bps=mean(markouts),
        maker_markout_high_bps=bounds.high if bounds else None,
        maker_markouts=len(markouts),
        quoted=path(quoted),
        kept=path(each for each in quoted if not each.fell_back),
        fallback=path(each for each in quoted if each.fell_back),
        taken=path(each for each in intents if not each.quoted),
    )


def worked(fills: Iterable[FillRow], orders: Iterable[OrderRow]) -> list[Worked]:
    """Intents that were filled, in order of their first fill; a fill without an intent stands for itself."""
    groups: dict[str, list[FillRow]] = {}
    for row in fills:
        groups.setdefault(row.intent_id or row.client_id, []).append(row)
    quoted = {row.intent_id for row in orders if row.step in QUOTED}
    return [one(rows, is_quoted=key in quoted or any(row.step in QUOTED for row in rows)) for key, rows in groups.items()]


def one(rows: Sequence[FillRow], *, is_quoted: bool) -> Worked:
    """All fills of one intent together, against what they would have cost at the mid when the intent was decided.

    So waiting is paid for. Where one fill has no mid, or one fee is not known, the whole is not known.
    """
    mids = [row.mid_decision or row.mid_arrival for row in rows]
    at_mid = math.fsum(mid * row.qty for mid, row in zip(mids, rows, strict=True) if mid)
    slip: float | None = None
    if all(mids) and at_mid > 0:
        ways = [1.0 if row.side == "buy" else -1.0 for row in rows]
        slip = math.fsum(way * (row.price - (mid or 0.0)) * row.qty for way, mid, row in zip(ways, mids, rows, strict=True))
    fees = [row.fee_usd for row in rows if row.fee_usd is not None]
    fee = math.fsum(fees) if len(fees) == len(rows) else None
    return Worked(
        symbol=rows[0].symbol,
        quoted=is_quoted,
        fell_back=any(row.step == FALLBACK for row in rows),
        fills=len(rows),
        slippage_bps=None if slip is None else slip / at_mid * 1e4,
        cost_bps=None if slip is None or fee is None else (slip + fee) / at_mid * 1e4,
    )


def path(intents: Iterable[Worked]) -> Path:
    """The mean cost of some intents."""
    every = list(intents)
    costs = [each.cost_bps for each in every if each.cost_bps is not None]
    bounds = mean_interval(costs)
    reason = None if costs else ("none was filled this way" if not every else "no mid or fee is known")
    if costs and bounds is None:
        reason = f"an interval needs 3, has {len(costs)}"
    return Path(
        n=len(costs),
        cost_bps=mean(costs),
        low_bps=bounds.low if bounds else None,
        high_bps=bounds.high if bounds else None,
        reason=reason,
    )


def spread_of(part: Path) -> float | None:
    """The standard error behind a path's interval, as a normal one's; null without an interval."""
    if part.low_bps is None or part.high_bps is None:
        return None
    return (part.high_bps - part.low_bps) / (2 * Z)


def saving(dear: Path, cheap: Path, share: float = 1.0) -> tuple[float, Interval] | None:
    """What going `cheap` instead of `dear` saves in bps, times `share`, with its 95 % interval (Welch); null without both intervals."""
    errors = spread_of(dear), spread_of(cheap)
    if dear.cost_bps is None or cheap.cost_bps is None or errors[0] is None or errors[1] is None:
        return None
    centre = (dear.cost_bps - cheap.cost_bps) * share
    half = Z * math.hypot(errors[0], errors[1]) * share
    return centre, Interval(low=centre - half, high=centre + half)
