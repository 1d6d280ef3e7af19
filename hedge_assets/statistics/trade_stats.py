"""What a set of closed trades has earned, and how sure that is: the numbers of one group of `expectancy`."""

import math
from decimal import Decimal

from pydantic import Field

from hedge_assets.document import Shape
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.tally import TradeTally
from hedge_assets.statistics.figures import number
from hedge_assets.statistics.shrinkage import Book, deviation_of, posterior
from hedge_assets.statistics.stats import Estimate, known, unknown, wilson

SQN_CAP = 100
SQN_FEW = 30
NO_TRADES = "no closed trades"
NO_LOSS = "no losing trade"
NO_WIN = "no winning trade"
OUTCOMES = (
    "win_frac",
    "win_frac_low",
    "win_frac_high",
    "avg_win_usd",
    "avg_loss_usd",
    "expectancy_usd",
    "expectancy_ratio",
    "payoff_ratio",
    "profit_factor",
    "max_drawdown_usd",
)


class TradeStats(Shape):
    """One group of closed trades; every null number is named in `reasons`, with what weakens the others.

    Money in USD, net of fees and funding. `win_frac` counts break-even trades in the denominator.
    `expectancy_bps` is the mean over trades of net profit in bps of entry notional, `return_bps` the whole
    net profit in bps of the whole notional. `r_basis` is `stop` when every trade had a stop (R is net profit
    over what the stop would have lost), else `r_proxy` (over the average loss). `shrunk_bps` is `n/(n+k)` of
    the group and `k/(n+k)` of the book (the book's own toward 0), with its 95 % interval; `own_weight_frac` is that `n/(n+k)`,
    and `edge_prob_frac` how sure it is that the true mean is above 0. `holding_s_p50` is right to 1 %.
    """

    key: str = Field(description="what the group is: a symbol, a strategy, long or short, an hour, a regime, or `all`")
    n: int
    wins: int
    losses: int
    zeros: int
    net_usd: float
    gross_usd: float
    fees_usd: float
    funding_usd: float
    notional_usd: float
    win_frac: float | None
    win_frac_low: float | None
    win_frac_high: float | None
    avg_win_usd: float | None
    avg_loss_usd: float | None
    expectancy_usd: float | None
    expectancy_bps: float | None
    return_bps: float | None
    expectancy_r: float | None
    r_basis: str | None
    with_stop: int
    expectancy_ratio: float | None
    payoff_ratio: float | None
    profit_factor: float | None
    sqn: float | None
    max_drawdown_usd: float | None
    fee_drag_bps: float | None
    funding_drag_bps: float | None
    maker_frac: float | None = Field(description="share of the traded notional, in and out, that was filled as maker")
    holding_s_p50: float | None
    adverse_bps: float | None = Field(description="mean over trades of how far the price went against them")
    favourable_bps: float | None = Field(description="mean over trades of how far the price went their way")
    shrunk_bps: float | None
    shrunk_bps_low: float | None
    shrunk_bps_high: float | None
    edge_prob_frac: float | None
    own_weight_frac: float
    is_mature: bool
    maturity: str
    reasons: dict[str, str]


def trade_stats(key: str, tally: TradeTally, book: Book, *, is_book: bool = False) -> TradeStats:
    """Everything about one group."""
    n = tally.n
    r_basis, multiples = _risk_multiples(tally)
    estimates = {**_outcomes(tally), **_returns(tally), **multiples, **posterior(tally.bps, book, is_book=is_book)}
    return TradeStats.model_validate(
        {
            **{name: estimate.value for name, estimate in estimates.items()},
            **{name: number(getattr(tally, name)) for name in ("net_usd", "gross_usd", "fees_usd", "funding_usd", "notional_usd")},
            **{name: getattr(tally, name) for name in ("n", "wins", "losses", "zeros")},
            "key": key,
            "r_basis": r_basis,
            "with_stop": tally.r.n,
            "own_weight_frac": tally.bps.n / (tally.bps.n + book.strength),
            "is_mature": n >= book.mature_trades,
            "maturity": _maturity(n, book.mature_trades, estimates),
            "reasons": {name: estimate.reason for name, estimate in estimates.items() if estimate.reason is not None},
        }
    )


def _maturity(n: int, needed: int, estimates: dict[str, Estimate]) -> str:
    """The rule that decided, with its numbers; the interval's width stands beside it and decides nothing."""
    low, high = estimates["shrunk_bps_low"].value, estimates["shrunk_bps_high"].value
    width = "no interval" if low is None or high is None else f"interval {high - low:.4g} bps wide"
    return f"{n} closed trades of {needed} needed, {width}"


def _outcomes(tally: TradeTally) -> dict[str, Estimate]:
    """Wins, losses and what follows from them; amounts are exact until they are divided."""
    n, bounds = tally.n, wilson(tally.wins, tally.n)
    if bounds is None:
        return {name: unknown(NO_TRADES, 0) for name in OUTCOMES}
    win = tally.won_usd / tally.wins if tally.wins else None
    loss = tally.lost_usd / tally.losses if tally.losses else None
    expectancy = tally.net_usd / n
    return {
        "win_frac": known(tally.wins / n, n),
        "win_frac_low": known(bounds.low, n),
        "win_frac_high": known(bounds.high, n),
        "avg_win_usd": ratio(win, Decimal(1), n, NO_WIN),
        "avg_loss_usd": ratio(loss, Decimal(1), n, NO_LOSS),
        "expectancy_usd": known(float(expectancy), n),
        "expectancy_ratio": ratio(expectancy, loss, n, NO_LOSS),
        "payoff_ratio": ratio(win, loss, n, NO_LOSS if loss is None else NO_WIN),
        "profit_factor": ratio(tally.won_usd, tally.lost_usd, n, NO_LOSS),
        "max_drawdown_usd": known(float(tally.fall_usd), n),
    }


def ratio(part: Decimal | None, whole: Decimal | None, n: int, reason: str) -> Estimate:
    """`part / whole` of exact amounts; null with `reason` when either is missing or the whole is not above 0."""
    return unknown(reason, n) if part is None or whole is None or whole <= 0 else known(float(part / whole), n)


def _returns(tally: TradeTally) -> dict[str, Estimate]:
    """Per notional, how it was traded, and what fees and funding took; drags are positive when paid."""
    n, notional = tally.n, tally.notional_usd
    reason = NO_TRADES if n == 0 else "no notional"
    held = tally.held_s.quantile(0.5)
    return {
        "expectancy_bps": average(tally.bps, reason),
        "return_bps": ratio(tally.net_usd * 10_000, notional, n, reason),
        "fee_drag_bps": ratio(tally.fees_usd * 10_000, notional, n, reason),
        "funding_drag_bps": ratio((0 - tally.funding_usd) * 10_000, notional, n, reason),
        "maker_frac": ratio(tally.maker_usd, tally.traded_usd, n, NO_TRADES if n == 0 else "no fill said whether it was a maker's"),
        "holding_s_p50": unknown(NO_TRADES if n == 0 else "no time of opening", n) if held is None else known(held, n),
        "adverse_bps": average(tally.adverse_bps, NO_TRADES if n == 0 else "no price while it was open"),
        "favourable_bps": average(tally.favourable_bps, NO_TRADES if n == 0 else "no price while it was open"),
    }


def average(moments: Moments, reason: str) -> Estimate:
    """The mean; null with `reason` without values."""
    return known(moments.mean, moments.n) if moments.n else unknown(reason, 0)


def _risk_multiples(tally: TradeTally) -> tuple[str | None, dict[str, Estimate]]:
    """Mean R and SQN: by the stops when every trade had one, else by the average loss."""
    n = tally.n
    if n == 0:
        return None, {"expectancy_r": unknown(NO_TRADES, 0), "sqn": unknown(NO_TRADES, 0)}
    if tally.r.n == n:
        return "stop", {"expectancy_r": known(tally.r.mean, n), "sqn": sqn(tally.r)}
    if not tally.losses:
        return None, {"expectancy_r": unknown("not every trade had a stop, and no losing trade", n), "sqn": sqn(tally.usd)}
    loss = tally.lost_usd / tally.losses
    return "r_proxy", {"expectancy_r": known(float(tally.net_usd / n / loss), n), "sqn": sqn(tally.usd)}


def sqn(multiples: Moments) -> Estimate:
    """System quality number: root of n (at most 100) times mean over deviation of R (Tharp); the unit of R cancels."""
    n, spread = multiples.n, deviation_of(multiples)
    if spread is None:
        return unknown(f"needs 2 trades, has {n}", n)
    if spread == 0:
        return unknown("results do not vary", n)
    few = f"only {n} trades of {SQN_FEW}" if n < SQN_FEW else None
    return known(math.sqrt(min(n, SQN_CAP)) * multiples.mean / spread, n, few)
