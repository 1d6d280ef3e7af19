"""The shapes of a comparison. Differences are shadow less live; swapping the two turns every sign."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hedge_assets.document import Shape
from hedge_assets.shadow.causes import Cause
from hedge_assets.statistics.curves import NavSeries


class Cell(Shape):
    """How often the one answered `live` and the other `shadow` (a veto's rule, why it did not ask, or `approved`)."""

    live: str
    shadow: str
    n: int


class Sizes(Shape):
    """Shadow against live for entries that both approved (an exit closes what there is, in both).

    Ratios are shadow over live: `ratio_mean` is the geometric mean, quantiles are right to 1 % of their logarithm. Differences are
    in USD of notional, their quantiles right to 1 %.
    """

    n: int
    ratio_mean: float | None
    ratio_p05: float | None
    ratio_p50: float | None
    ratio_p95: float | None
    diff_usd_mean: float | None
    diff_usd_p05: float | None
    diff_usd_p50: float | None
    diff_usd_p95: float | None
    abs_diff_usd_mean: float | None
    larger_frac: float | None = Field(description="how often the shadow's order was larger")
    smaller_frac: float | None
    reason: str | None


class Difference(Shape):
    """The mean of differences on intents that both filled, with Student's 95 % interval (null below two)."""

    n: int
    mean_bps: float | None
    low_bps: float | None
    high_bps: float | None
    reason: str | None


class Costs(Shape):
    """What the shadow paid more on the same intents, in bps of notional (positive is cost), and what the mid gained more on its fills
    after 1, 5, 30, 60 and 300 s (positive is good for the shadow)."""

    slippage: Difference
    fees: Difference
    markouts: tuple[Difference, ...] = Field(description="after 1, 5, 30, 60 and 300 s")


class Money(Shape):
    """What trades on the same intents earned net of fees and funding, in USD, both by the model of fills; `n` intents on which at least one
    side traded and all is settled.

    `diff_low_usd` and `diff_high_usd` bound the difference at 95 % by a paired bootstrap over intents, `hour_low_usd` and
    `hour_high_usd` by one over hours of decision (of the whole alone). `model_error_usd` is what the model says the live desk earned
    more than it did, on `checked` of these intents.
    """

    n: int
    live_usd: float
    shadow_usd: float
    diff_usd: float
    diff_low_usd: float | None
    diff_high_usd: float | None
    hour_low_usd: float | None
    hour_high_usd: float | None
    diff_per_intent_usd: float | None
    model_error_usd: float | None
    checked: int
    reason: str | None


class Example(Shape):
    """One of the worst divergences: by what it earned more, then by the notional at stake. `hedge explain INTENT_ID` shows its chain."""

    intent_id: str
    symbol: str
    live: str
    shadow: str
    stake_usd: float
    diff_usd: float | None = Field(description="what the shadow earned more by it; null until it is settled, or where nobody traded")
    model_error_usd: float | None


class CauseRow(Shape):
    """One cause of divergence: in how many pairs, with how much notional at stake, what the shadow earned more on those settled, and the
    worst of them. A pair may have several."""

    cause: Cause
    n: int
    stake_usd: float
    settled: int
    diff_usd: float
    model_error_usd: float | None
    worst: tuple[Example, ...]


class RuleRow(Shape):
    """One rule, cap or step that made the difference: directly (`n`, `diff_usd`), and in what followed from it (`knock_n`,
    `knock_diff_usd`): positions that the other had not, and so did not ask."""

    rule: str
    n: int
    stake_usd: float
    settled: int
    diff_usd: float
    knock_n: int
    knock_diff_usd: float
    model_error_usd: float | None
    worst: tuple[Example, ...]


class Agreement(Shape):
    """One set of pairs. `agree_frac` is the share in which both said yes or both said no, with Wilson's 95 % interval;
    `identical_frac` the share with no difference in rule, size, route or price either."""

    key: str
    n: int
    agreed: int
    agree_frac: float | None
    agree_frac_low: float | None
    agree_frac_high: float | None
    identical_frac: float | None
    live_only: int = Field(description="live approved, the shadow did not")
    shadow_only: int = Field(description="the shadow approved, live did not")
    both_approved: int
    neither: int
    route_differs: int
    sizes: Sizes
    costs: Costs
    money: Money
    reason: str | None


class Verdict(Shape):
    """What to do about the candidate, by a stated rule, with its evidence."""

    verdict: Literal["promote", "keep watching", "reject"]
    rule: str
    evidence: tuple[str, ...]


class Standing(Shape):
    """How the comparison stood at the end of a UTC day, and what that day brought: the bounds are the wider of both ways of drawing."""

    day: str
    n: int
    money_n: int
    diff_usd: float
    low_usd: float | None
    high_usd: float | None
    day_diff_usd: float


class Comparison(Shape):
    """Two columns held side by side, intent by intent."""

    live_pipeline: str | None
    shadow_pipeline: str | None
    warmup_missing: int
    overall: Agreement
    matrix: tuple[Cell, ...] = Field(description="answers of the live pipeline against answers of the shadow")
    routes: tuple[Cell, ...] = Field(description="maker or taker, where both approved")
    causes: tuple[CauseRow, ...] = Field(description="every cause of the vocabulary, also those not found")
    rules: tuple[RuleRow, ...] = Field(description="what made the difference, the dearest first")
    symbols: tuple[Agreement, ...]
    strategies: tuple[Agreement, ...]
    regimes: tuple[Agreement, ...]
    purposes: tuple[Agreement, ...]
    standings: tuple[Standing, ...] = Field(description="by UTC day, the present one last")
    verdict: Verdict


class Trade(Shape):
    """One closed trade of a column."""

    intent_id: str
    symbol: str
    side: str
    strategy: str
    opened_ts: datetime
    closed_ts: datetime
    net_usd: float


class Column(Shape):
    """One column's own desk: what it earned, traded and paid, by the model of fills. The live account itself has the key `account`.

    `gain_usd` is NAV since it began, less what came in from outside; `model_error_usd` is by how much the live pipeline's column has
    gained more than the account: how far every money figure here may be off.
    """

    key: str
    pipeline: str
    nav_usd: float | None
    gain_usd: float | None
    model_error_usd: float | None
    drawdown_frac: float | None
    approved: int
    orders: int
    fills: int
    traded_usd: float
    maker_frac: float | None
    fees_usd: float
    funding_usd: float
    slippage_bps: float | None
    fee_bps: float | None
    markouts_bps: tuple[float | None, ...]
    trades: int
    win_frac: float | None
    net_usd: float
    net_bps_mean: float | None
    open_positions: int
    curve: NavSeries | None = Field(description="its NAV over time; null of the account in the state file, since `nav.json` has it")
    newest_trades: tuple[Trade, ...]
    reason: str | None


class ModelError(Shape):
    """How the model of fills compares with the live account: the live pipeline's column beside it, decision by decision, fill by fill.

    `flattery_bps` is by how much the model's average price was better for us (positive: the model flatters), `away_*` its size.
    """

    decisions: int
    drifted: int = Field(description="decisions of the live desk that its column made otherwise: verdict, size or route")
    filled_by_both: int
    filled_by_account_only: int
    filled_by_model_only: int
    flattery_bps: Difference
    away_p50_bps: float | None
    away_p95_bps: float | None
    fee_bps: Difference
    gain_usd: float | None = Field(description="what the column gained more than the account since both began")
    reason: str | None
