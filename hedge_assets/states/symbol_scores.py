"""How good each symbol is to trade, 0 to 1, with every part that says so."""

import math
from collections.abc import Mapping

from pydantic import Field

from executor.flags import Flags
from hedge_assets.advice.routing_evidence import evidence_of
from hedge_assets.advice.score_parts import WEIGHTS, Typical, drag, edge, execution, liquidity, typical, volatility
from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.market import Market, SymbolMarket
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.states.expectancy import Expectancy
from hedge_assets.statistics.stats import Estimate
from hedge_assets.statistics.trade_stats import TradeStats
from hedge_assets.statistics.windows import span_of

LEAST_WEIGHT = 0.5


class Part(Shape):
    """One part: its value 0..1 (null with a reason), its weight, and what it adds to the score. `n` is what it rests on."""

    name: str
    value: float | None
    weight_frac: float
    contribution: float | None = Field(description="value times weight over the weight that is known; contributions add up to the score")
    n: int
    reason: str | None


class SymbolScore(Shape):
    """One symbol. `score` is null while less than half of the weight is known; `rank` 1 is the best of those that have one."""

    symbol: str
    score: float | None
    rank: int | None
    known_weight_frac: float
    n: int = Field(description="closed trades in the window")
    is_mature: bool
    reason: str | None
    parts: tuple[Part, ...]


class SymbolScores(Document):
    """`n` counts symbols with a score."""

    window: str = Field(description="the window of expectancy that edge and drag are taken from")
    weights: dict[str, float]
    symbols: tuple[SymbolScore, ...]


def symbol_scores(
    expectancy: Expectancy,
    market: Market,
    executions: Executions,
    *,
    services: Services,
    account: Account,
    now_us: int,
    telemetry: Telemetry,
    flags: Flags,
) -> SymbolScores:
    """Every symbol of the universe, and every one that was traded, best first."""
    off, window = switched_off(flags, "INTEL_V6_ENABLED"), telemetry.research_window
    stats = {} if off else traded(expectancy, window)
    names = set() if off else universe(services, market) | set(stats)
    usual = typical({name: each for name, each in market.symbols.items() if name in names})
    since_us = span_of(telemetry.execution_window).start_us(now_us) or 0
    rows = []
    for name in sorted(names):
        parts = parts_of(stats.get(name), market.symbols.get(name), usual)
        parts["execution"] = execution(evidence_of(executions, name, since_us), telemetry)
        rows.append(scored(name, parts, stats.get(name)))
    ranked = ranks(rows)
    n = sum(row.score is not None for row in ranked)
    return SymbolScores(
        status="ok" if n else "empty",
        n=n,
        reason=None if n else off or ("no symbol is known yet" if not names else "no symbol has half of its parts yet"),
        event_us=newest_of(market, executions, account),
        window=window,
        weights=dict(WEIGHTS),
        symbols=ranked,
    )


def traded(expectancy: Expectancy, window: str) -> dict[str, TradeStats]:
    """What was earned in the window, by symbol."""
    part = expectancy.window(window)
    return {} if part is None else {stats.key: stats for stats in part.symbols}


def universe(services: Services, market: Market) -> set[str]:
    """The running executor's instruments; before any boot, what the market journal names."""
    if services.boots and services.boots[-1].instruments:
        return {instrument.symbol for instrument in services.boots[-1].instruments}
    return set(market.symbols)


def parts_of(stats: TradeStats | None, market: SymbolMarket | None, usual: Typical) -> dict[str, Estimate]:
    """The parts that rest on trades and on the market."""
    return {"edge": edge(stats), "drag": drag(stats), "volatility": volatility(market, usual), "liquidity": liquidity(market, usual)}


def scored(symbol: str, parts: Mapping[str, Estimate], stats: TradeStats | None) -> SymbolScore:
    """The weighted mean of what is known, if that is half of the weight or more."""
    weight = math.fsum(WEIGHTS[name] for name, part in parts.items() if part.value is not None)
    enough = weight >= LEAST_WEIGHT
    rows = tuple(part_of(name, parts[name], weight if enough else None) for name in WEIGHTS)
    score = math.fsum(row.contribution for row in rows if row.contribution is not None)
    return SymbolScore(
        symbol=symbol,
        score=min(1.0, max(0.0, score)) if enough else None,
        rank=None,
        known_weight_frac=weight,
        n=0 if stats is None else stats.n,
        is_mature=stats is not None and stats.is_mature,
        reason=None if enough else f"{weight:.0%} of the weight is known, at least {LEAST_WEIGHT:.0%} is needed",
        parts=rows,
    )


def part_of(name: str, part: Estimate, known_weight: float | None) -> Part:
    """One part with its weight; its contribution is null where it is unknown or there is no score."""
    has = part.value is not None and known_weight is not None and known_weight > 0
    contribution = (part.value or 0.0) * WEIGHTS[name] / (known_weight or 1.0) if has else None
    return Part(name=name, value=part.value, weight_frac=WEIGHTS[name], contribution=contribution, n=part.n, reason=part.reason)


def ranks(rows: list[SymbolScore]) -> tuple[SymbolScore, ...]:
    """Best first, equals by name; those without a score last and without a rank."""
    ordered = sorted(rows, key=lambda row: (row.score is None, -(row.score or 0.0), row.symbol))
    return tuple(row if row.score is None else row.model_copy(update={"rank": at}) for at, row in enumerate(ordered, 1))


def inconsistent(document: SymbolScores) -> str | None:
    """Scores lie in 0..1 and are what their parts add up to."""
    for row in document.symbols:
        if row.score is None:
            continue
        total = math.fsum(part.contribution for part in row.parts if part.contribution is not None)
        if not 0 <= row.score <= 1 or abs(total - row.score) > 1e-9:
            return f"{row.symbol} score was {row.score}, must be in [0, 1] and equal its parts' {total}"
    return None


STATE = StateSpec(
    build=symbol_scores,
    file="symbol_scores_v6.json",
    group=Group.RESEARCH,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="parts_add_up", holds=inconsistent),),
)
