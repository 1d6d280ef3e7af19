"""What a set of closed trades has earned, and how sure that is: the numbers of one group of `expectancy`."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
from pydantic import Field

from hedge_assets.document import Shape
from hedge_assets.folds.ledger import ClosedTrade
from hedge_assets.statistics.stats import Estimate, deviation, drawdown, known, mean, quantile, share, shrink, unknown, wilson
from hedge_assets.statistics.stats import Z as NORMAL_POINT

SQN_CAP = 100
SQN_FEW = 30
NO_TRADES = "no closed trades"
NO_LOSS = "no losing trade"
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
    the group and `k/(n+k)` of the book (the book's own toward 0), with its 95 % interval.
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
    maker_frac: float | None
    holding_s_p50: float | None
    shrunk_bps: float | None
    shrunk_bps_low: float | None
    shrunk_bps_high: float | None
    own_weight_frac: float
    is_mature: bool
    maturity: str
    reasons: dict[str, str]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What a group is shrunk toward: the book's own shrunk mean per trade, its deviation, both in bps, and its size.

    `strength` is the number of trades at which a group's own evidence weighs as much as the book's.
    """

    mean_bps: float
    deviation_bps: float | None
    n: int
    strength: float
    mature_trades: int


class Earned(msgspec.Struct, frozen=True, gc=False):
    """A closed trade with what statistics need of it, worked out once: net USD, bps of entry notional, R, seconds held.

    `bps` is null without notional, `multiple` without a stop.
    """

    trade: ClosedTrade
    net: float
    bps: float | None
    multiple: float | None
    held_s: float


def earned(trades: Iterable[ClosedTrade]) -> list[Earned]:
    """Closed trades in order of closing; equal times are ordered by trade number."""
    ordered = sorted(trades, key=lambda trade: (trade.closed_us, trade.number))
    return [
        Earned(
            trade,
            float(trade.net),
            float(trade.net / trade.notional) * 1e4 if trade.notional > 0 else None,
            float(trade.net) / trade.initial_risk_usd if trade.initial_risk_usd else None,
            (trade.closed_us - trade.opened_us) / 1e6,
        )
        for trade in ordered
    ]


def money(amount: Decimal) -> float:
    """Exact money as a number, rounded once, to 1e-8 USD."""
    return float(round(amount, 8))


def per_trade_bps(group: Sequence[Earned]) -> list[float]:
    """Net profit of each trade in bps of its entry notional; trades without notional are left out."""
    return [row.bps for row in group if row.bps is not None]


def book_of(group: Sequence[Earned], *, strength: float, mature_trades: int) -> Book:
    """The book as a prior: its mean is itself shrunk toward 0, so that a book of ten lucky trades has no edge either."""
    values = per_trade_bps(group)
    own = shrink(mean(values) or 0.0, len(values), prior=0.0, strength=strength)
    return Book(mean_bps=own, deviation_bps=deviation(values), n=len(values), strength=strength, mature_trades=mature_trades)


def trade_stats(key: str, group: Sequence[Earned], book: Book, *, is_book: bool = False) -> TradeStats:
    """Everything about one group, in order of closing."""
    nets = [row.net for row in group]
    totals = {
        "net_usd": sum((row.trade.net for row in group), Decimal(0)),
        "gross_usd": sum((row.trade.gross for row in group), Decimal(0)),
        "fees_usd": sum((row.trade.fees for row in group), Decimal(0)),
        "funding_usd": sum((row.trade.funding for row in group), Decimal(0)),
        "notional_usd": sum((row.trade.notional for row in group), Decimal(0)),
    }
    amounts = {name: money(total) for name, total in totals.items()}
    r_basis, multiples = _risk_multiples(group, nets)
    estimates = {**_outcomes(nets), **_returns(group, amounts), **multiples, **_shrunk(per_trade_bps(group), book, is_book=is_book)}
    n = len(nets)
    counts = {"wins": sum(net > 0 for net in nets), "losses": sum(net < 0 for net in nets), "zeros": sum(net == 0 for net in nets)}
    return TradeStats.model_validate(
        {
            **counts,
            **amounts,
            **{name: estimate.value for name, estimate in estimates.items()},
            "key": key,
            "n": n,
            "r_basis": r_basis,
            "with_stop": sum(row.multiple is not None for row in group),
            "own_weight_frac": n / (n + book.strength),
            "is_mature": n >= book.mature_trades,
            "maturity": f"{n} closed trades of {book.mature_trades} needed",
            "reasons": {name: estimate.reason for name, estimate in estimates.items() if estimate.reason is not None},
        }
    )


def _outcomes(nets: Sequence[float]) -> dict[str, Estimate]:
    """Wins, losses and what follows from them."""
    n = len(nets)
    wins, losses = [net for net in nets if net > 0], [-net for net in nets if net < 0]
    win, loss, bounds = mean(wins), mean(losses), wilson(len(wins), n)
    if bounds is None:
        return {name: unknown(NO_TRADES, 0) for name in OUTCOMES}
    expectancy = math.fsum(nets) / n
    no_ratio = unknown(NO_LOSS, n)
    return {
        "win_frac": known(len(wins) / n, n),
        "win_frac_low": known(bounds.low, n),
        "win_frac_high": known(bounds.high, n),
        "avg_win_usd": unknown("no winning trade", n) if win is None else known(win, n),
        "avg_loss_usd": no_ratio if loss is None else known(loss, n),
        "expectancy_usd": known(expectancy, n),
        "expectancy_ratio": no_ratio if loss is None else known(expectancy / loss, n),
        "payoff_ratio": _payoff(win, loss, n),
        "profit_factor": no_ratio if loss is None else known(math.fsum(wins) / math.fsum(losses), n),
        "max_drawdown_usd": known(drawdown(_running(nets), 0.0).depth, n),
    }


def _payoff(win: float | None, loss: float | None, n: int) -> Estimate:
    if loss is None:
        return unknown(NO_LOSS, n)
    return unknown("no winning trade", n) if win is None else known(win / loss, n)


def _running(nets: Sequence[float]) -> list[float]:
    total, sums = 0.0, []
    for net in nets:
        total += net
        sums.append(total)
    return sums


def _returns(group: Sequence[Earned], amounts: dict[str, float]) -> dict[str, Estimate]:
    """Per notional, and what fees and funding took; drags are positive when paid."""
    n, notional = len(group), amounts["notional_usd"]
    average = mean(per_trade_bps(group))
    reason = NO_TRADES if n == 0 else "no notional"
    held = quantile([row.held_s for row in group], 0.5)
    maker = math.fsum(row.trade.maker_frac * float(row.trade.notional) for row in group)
    return {
        "expectancy_bps": unknown(reason, n) if average is None else known(average, n),
        "return_bps": share(amounts["net_usd"] * 1e4, notional, n=n, reason=reason),
        "fee_drag_bps": share(amounts["fees_usd"] * 1e4, notional, n=n, reason=reason),
        "funding_drag_bps": share((0.0 - amounts["funding_usd"]) * 1e4, notional, n=n, reason=reason),
        "maker_frac": share(maker, notional, n=n, reason=reason),
        "holding_s_p50": unknown(reason, n) if held is None else known(held, n),
    }


def _risk_multiples(group: Sequence[Earned], nets: Sequence[float]) -> tuple[str | None, dict[str, Estimate]]:
    """Mean R and SQN: by the stops when every trade had one, else by the average loss."""
    n = len(group)
    if n == 0:
        return None, {"expectancy_r": unknown(NO_TRADES, 0), "sqn": unknown(NO_TRADES, 0)}
    multiples = [row.multiple for row in group if row.multiple is not None]
    if len(multiples) == n:
        return "stop", {"expectancy_r": known(math.fsum(multiples) / n, n), "sqn": sqn(multiples)}
    loss = mean([-net for net in nets if net < 0])
    if loss is None:
        return None, {"expectancy_r": unknown("not every trade had a stop, and no losing trade", n), "sqn": sqn(nets)}
    return "r_proxy", {"expectancy_r": known(math.fsum(nets) / n / loss, n), "sqn": sqn(nets)}


def sqn(multiples: Sequence[float]) -> Estimate:
    """System quality number: root of n (at most 100) times mean over deviation of R (Tharp); the unit of R cancels."""
    n, spread, centre = len(multiples), deviation(multiples), mean(multiples)
    if spread is None or centre is None:
        return unknown(f"needs 2 trades, has {n}", n)
    if spread == 0:
        return unknown("results do not vary", n)
    few = f"only {n} trades of {SQN_FEW}" if n < SQN_FEW else None
    return known(math.sqrt(min(n, SQN_CAP)) * centre / spread, n, few)


def _shrunk(values: Sequence[float], book: Book, *, is_book: bool) -> dict[str, Estimate]:
    """The posterior mean and its interval.

    Variance is `s^2 / (n + k) + (1 - w)^2 s_book^2 / N` with `w = n / (n + k)` and `s^2` the group's and the
    book's variance, weighted n to k: an empirical-Bayes posterior (Robinson; Efron and Morris) with a known k.
    """
    n, spread = len(values), book.deviation_bps
    names = ("shrunk_bps", "shrunk_bps_low", "shrunk_bps_high")
    if book.n == 0:
        return {name: unknown(NO_TRADES, 0) for name in names}
    centre = shrink(mean(values) or 0.0, n, prior=0.0 if is_book else book.mean_bps, strength=book.strength)
    if spread is None:
        reason = f"needs 2 trades in the book, has {book.n}"
        return {"shrunk_bps": known(centre, n), "shrunk_bps_low": unknown(reason, n), "shrunk_bps_high": unknown(reason, n)}
    own = deviation(values)
    variance = shrink((spread if own is None else own) ** 2, n, prior=spread**2, strength=book.strength)
    doubt = 0.0 if is_book else (1 - n / (n + book.strength)) ** 2 * spread**2 / book.n
    half = NORMAL_POINT * math.sqrt(variance / (n + book.strength) + doubt)
    weak = "no trades of its own: the book's" if n == 0 else None
    return {"shrunk_bps": known(centre, n, weak), "shrunk_bps_low": known(centre - half, n), "shrunk_bps_high": known(centre + half, n)}
