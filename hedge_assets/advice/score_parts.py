"""The scale-free parts of a symbol's score, each 0 (bad) to 1 (good), or unknown with a reason."""

import math
from collections.abc import Mapping
from typing import Protocol

import msgspec

from hedge_assets.folds.symbol_market import DayClose, SymbolMarket
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.stats import Estimate, known, quantile, unknown
from hedge_assets.statistics.trade_stats import TradeStats

WEIGHTS: Mapping[str, float] = {"edge": 0.40, "execution": 0.20, "drag": 0.15, "volatility": 0.10, "liquidity": 0.15}


class Execution(Protocol):
    """What execution is judged by: intents that orders left for, their mean slippage in bps, the share of quotes refused."""

    @property
    def n(self) -> int:
        """How many intents."""
        ...

    @property
    def slippage_bps(self) -> float | None:
        """Null without a known mid."""
        ...

    @property
    def reject_frac(self) -> float | None:
        """Null without a quote."""
        ...


class Typical(msgspec.Struct, frozen=True):
    """Medians over the universe: what a symbol's market is measured against; null where nothing is known."""

    vol_bps: float | None
    touch_usd: float | None
    spread_bps: float | None


def typical(markets: Mapping[str, SymbolMarket | DayClose]) -> Typical:
    """The medians of what is known."""
    every = markets.values()
    return Typical(
        quantile([each.vol_bps for each in every if each.vol_bps is not None], 0.5),
        quantile([each.touch_usd for each in every if each.touch_usd is not None], 0.5),
        quantile([each.spread_bps for each in every if each.spread_bps is not None], 0.5),
    )


def edge(stats: TradeStats | None) -> Estimate:
    """How sure it is that a trade earns: the probability that true expectancy is above 0, from the shrunk one over its error."""
    if stats is None:
        return unknown("no closed trade in the window", 0)
    if stats.edge_prob_frac is None:
        return unknown(stats.reasons.get("edge_prob_frac", "expectancy has no interval"), stats.n)
    return known(stats.edge_prob_frac, stats.n)


def execution(evidence: Execution, telemetry: Telemetry) -> Estimate:
    """What is left of 1 after slippage and refused quotes, each as a share of the line beyond which routing is broken."""
    if evidence.n < telemetry.min_fills:
        return unknown(f"{evidence.n} worked intents of {telemetry.min_fills} needed", evidence.n)
    if evidence.slippage_bps is None:
        return unknown("no mid was known at any decision", evidence.n)
    slipped = clipped(evidence.slippage_bps / telemetry.broken_slippage_bps)
    refused = clipped((evidence.reject_frac or 0.0) / telemetry.broken_reject_frac)
    return known((1.0 - slipped) * (1.0 - refused), evidence.n)


class Takings(msgspec.Struct, frozen=True):
    """What closed trades made before fees, what fees took, and the notional they were entered at, in USD."""

    n: int
    gross_usd: float
    fees_usd: float
    notional_usd: float


def takings(stats: TradeStats | None) -> Takings:
    """Of one group of trades; nothing where there is none."""
    return Takings(0, 0.0, 0.0, 0.0) if stats is None else Takings(stats.n, stats.gross_usd, stats.fees_usd, stats.notional_usd)


def drag(made: Takings, slippage_bps: float | None) -> Estimate:
    """How much of what moves is ours: gross profit or loss, over it with the fees and the slippage of going in and out.

    Costs are drags only: a rebate or a price better than the mid adds nothing.
    """
    if made.n == 0:
        return unknown("no closed trade in the window", 0)
    slipped_usd = 2.0 * made.notional_usd * max(slippage_bps or 0.0, 0.0) / 1e4
    moved, lost = abs(made.gross_usd), max(made.fees_usd, 0.0) + slipped_usd
    if moved + lost == 0:
        return unknown("nothing was earned, lost or paid", made.n)
    return known(moved / (moved + lost), made.n, "fees alone: slippage is not known" if slippage_bps is None else None)


def volatility(market: SymbolMarket | DayClose | None, usual: Typical) -> Estimate:
    """Calm against the universe: 0.5 at its median volatility, towards 1 below."""
    value = None if market is None else market.vol_bps
    return against(value, usual.vol_bps, "volatility is not known before 5 minutes", higher=False)


def liquidity(market: SymbolMarket | DayClose | None, usual: Typical) -> Estimate:
    """Depth at the touch and tightness against the universe, half each: 0.5 at its medians."""
    deep = against(None if market is None else market.touch_usd, usual.touch_usd, "no quote with sizes", higher=True)
    tight = against(None if market is None else market.spread_bps, usual.spread_bps, "no quote", higher=False)
    if deep.value is None or tight.value is None:
        return deep if deep.value is None else tight
    return known((deep.value + tight.value) / 2, 1)


def against(value: float | None, usual: float | None, reason: str, *, higher: bool) -> Estimate:
    """A value beside the usual one, as a share of both; 0.5 when they are equal."""
    if value is None or usual is None or not math.isfinite(value):
        return unknown(reason, 0)
    if value + usual <= 0:
        return known(0.5, 1)
    return known((value if higher else usual) / (value + usual), 1)


def clipped(share: float) -> float:
    """Between 0 and 1."""
    return min(1.0, max(0.0, share))
