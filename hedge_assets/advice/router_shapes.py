"""Everything measured of one set of orders, fills and intents, as fields of a file.

Costs are positive when they cost, markouts positive when they are good for us. Quantiles are right to 1 % of the value.
"""

from pydantic import Field

from hedge_assets.advice.router_grades import Grade
from hedge_assets.document import Shape

SKETCHED = "from a sketch, right to 1 % of the value"


class Times(Shape):
    """How long something took, in ms: `n` of them."""

    n: int
    p50: float | None = Field(description=SKETCHED)
    p95: float | None = Field(description=SKETCHED)
    mean: float | None


class Cost(Shape):
    """A mean in bps, weighted by notional, over `n` fills of which it is known; null over none."""

    n: int
    mean_bps: float | None


class Markout(Shape):
    """How the mid moved after fills, in bps of the fill price, positive is good for us: of mature fills with a mid near the horizon."""

    horizon_s: int
    n: int
    p50: float | None = Field(description=SKETCHED)
    mean_bps: float | None = Field(description="weighted by notional, as the next two")
    maker_n: int
    maker_mean_bps: float | None
    taker_n: int
    taker_mean_bps: float | None


class Shortfall(Shape):
    """Implementation shortfall (Perold 1988) of intents that ended, in bps of decided quantity at the decision's mid.

    `cost_bps` is exactly `explicit_bps + delay_bps + impact_bps + opportunity_bps`: fees; arrival less decision mid; fill less arrival
    mid; and the unfilled part times the way the mid had gone at the end. These are means by decided notional over `judged`
    intents; `mean_bps` with its 95 % interval counts each intent once. `unjudged` are the others, by reason.
    """

    judged: int
    decided_usd: float
    explicit_bps: float | None
    delay_bps: float | None
    impact_bps: float | None
    opportunity_bps: float | None
    cost_bps: float | None
    mean_bps: float | None
    low_bps: float | None
    high_bps: float | None
    unjudged: dict[str, int]


class Fallbacks(Shape):
    """What taking after quoting in vain cost: fallback fills, by notional. `cost_bps` is against the mid at the decision, `extra_bps`
    against the other side's price at the decision: what was paid beyond taking at once."""

    intents: int
    fills: int
    cost_bps: float | None
    extra_bps: float | None


class Spreads(Shape):
    """Half-spreads in bps of the mid just before the fill: effective against that mid, realised against the mid 5 and 60 s later.
    `moved` is effective less realised: how far the mid went our way, the price impact. `decision` is against the mid at the decision."""

    decision: Cost
    effective: Cost
    realised_5s: Cost
    realised_60s: Cost
    moved_5s: Cost
    moved_60s: Cost


class Intents(Shape):
    """Intents that ended in the window: `n` with at least one order sent, `unsent` without. Times are from the decision, `fill_ms` to
    the first fill, `whole_ms` to the last of those that were filled whole; `unfilled` got nothing."""

    n: int
    unsent: int
    maker_first: int
    unfilled: int
    whole_frac: float | None = Field(description="share that was filled whole")
    fill_ms: Times
    whole_ms: Times


class Fates(Shape):
    """What else became of orders: post-only ones among those that are over, fates that became unknown, orders proved never to have
    reached the venue (`dead`), and those over that were neither acknowledged nor refused. `unsided_fills` are neither maker nor taker."""

    post_only: int
    unknowns: int
    dead: int
    unanswered: int
    unsided_fills: int


class Routing(Shape):
    """One symbol, or `all`, or a route or an hour. Shares are null where there is nothing to share.

    `maker_frac` is of filled notional, `maker_count_frac` of fills. `orders` are those that were over in the window, or are open;
    `reject_frac` is of those that are over, `post_only_reject_frac` of the post-only ones. `fill_frac` is the mean share of
    an order's quantity that was filled when it was over. `fallback_frac` is intents that fell back to taking over those that began
    as maker. `fill_ms` is from sending to an order's first fill, `whole_ms` to the last of one filled whole.
    """

    symbol: str = Field(description="a symbol, `all`, a route (`maker_first`, `taker`) or an hour of the day (UTC, `00` to `23`)")
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
    unknown_orders: int = Field(description="open ones whose fate is not known now")
    rejects: dict[str, int] = Field(description="refusals by code")
    slippage_bps_p50: float | None = Field(description=SKETCHED)
    slippage_bps_p95: float | None = Field(description=SKETCHED)
    slippage_bps_mean: float | None = Field(description="fill against the mid at sending (arrival), weighted by notional")
    slippage_n: int
    ack_ms: Times = Field(description="sending to acknowledgement, by the monotonic clock where the venue is real")
    fill_ms: Times
    whole_ms: Times
    intents: Intents
    shortfall: Shortfall
    fallback: Fallbacks
    spreads: Spreads
    fates: Fates
    markouts: tuple[Markout, ...]
    quality: str | None
    quality_by: Grade
    regime: str | None
    regime_by: Grade
    reason: str | None
