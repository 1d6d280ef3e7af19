"""How good each symbol is to trade, 0 to 1, with every part that says so."""

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from executor.flags import Flags
from hedge_assets.advice.rank_stability import Past, Stability, past_of, stability_of
from hedge_assets.advice.routing_evidence import evidence_of
from hedge_assets.advice.score_history import DAY_US, DAYS_BACK, History
from hedge_assets.advice.score_parts import WEIGHTS, drag, edge, execution, liquidity, takings, typical, volatility
from hedge_assets.advice.scored import Scored, ranks, scored
from hedge_assets.document import Document
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.states.expectancy import Expectancy
from hedge_assets.statistics.trade_stats import TradeStats
from hedge_assets.statistics.windows import span_of


class SymbolScore(Scored):
    """One symbol as it is, and as it was at the end of each of the last 7 UTC days, newest first."""

    history: tuple[Past, ...]


class SymbolScores(Document):
    """`n` counts symbols with a score."""

    window: str = Field(description="the window of expectancy that edge and drag are taken from")
    execution_window: str
    weights: dict[str, float]
    symbols: tuple[SymbolScore, ...]
    stability: tuple[Stability, ...] = Field(description="how far the order of now is that of earlier days, newest day first")


def symbol_scores(
    expectancy: Expectancy,
    market: Market,
    executions: Executions,
    *,
    ledger: Ledger,
    services: Services,
    now_us: int,
    telemetry: Telemetry,
    flags: Flags,
) -> SymbolScores:
    """Every symbol of the universe, and every one that was traded, best first."""
    off, window = switched_off(flags, "INTEL_V6_ENABLED"), telemetry.research_window
    stats = {} if off else traded(expectancy, window)
    names = sorted(set() if off else universe(services, market) | set(stats))
    ranked = scores_now(names, stats, market, executions=executions, now_us=now_us, telemetry=telemetry)
    history = History(ledger=ledger, executions=executions, market=market, telemetry=telemetry)
    past = {day: history.score_as_of(day, names) for day in days_before(now_us)} if names else {}
    by_symbol = {day: {row.symbol: row for row in then} for day, then in past.items()}
    n = sum(row.score is not None for row in ranked)
    return SymbolScores(
        status="ok" if n else "empty",
        n=n,
        reason=None if n else off or ("no symbol is known yet" if not names else "no symbol has half of its parts yet"),
        event_us=max((us for us in (newest_of(market, executions), expectancy.event_us) if us is not None), default=None),
        window=window,
        execution_window=telemetry.execution_window,
        weights=dict(WEIGHTS),
        symbols=tuple(with_history(row, by_symbol) for row in ranked),
        stability=tuple(stability_of(ranked, then, day, weakness=history.weakness(day)) for day, then in past.items()),
    )


def scores_now(
    names: Sequence[str],
    stats: Mapping[str, TradeStats],
    market: Market,
    *,
    executions: Executions,
    now_us: int,
    telemetry: Telemetry,
) -> tuple[Scored, ...]:
    """Every one of these symbols by what is known now, best first."""
    usual = typical({name: market.symbols[name] for name in names if name in market.symbols})
    since_us = span_of(telemetry.execution_window).start_us(now_us)
    rows = []
    for name in names:
        own, seen, evidence = stats.get(name), market.symbols.get(name), evidence_of(executions, name, since_us)
        parts = {
            "edge": edge(own),
            "execution": execution(evidence, telemetry),
            "drag": drag(takings(own), evidence.slippage_bps),
            "volatility": volatility(seen, usual),
            "liquidity": liquidity(seen, usual),
        }
        rows.append(scored(name, parts, n=0 if own is None else own.n, is_mature=own is not None and own.is_mature))
    return ranks(rows)


def days_before(now_us: int) -> tuple[int, ...]:
    """The last 7 UTC days that are over, newest first."""
    today = now_us // DAY_US
    return tuple(range(today - 1, today - 1 - DAYS_BACK, -1))


def with_history(row: Scored, past: Mapping[int, Mapping[str, Scored]]) -> SymbolScore:
    """A symbol with what it was."""
    earlier = tuple(past_of(row, then[row.symbol], day) for day, then in past.items())
    return SymbolScore.model_validate({**dict(row), "history": earlier})


def traded(expectancy: Expectancy, window: str) -> dict[str, TradeStats]:
    """What was earned in the window, by symbol."""
    part = expectancy.window(window)
    return {} if part is None else {stats.key: stats for stats in part.symbols}


def universe(services: Services, market: Market) -> set[str]:
    """The running executor's instruments; before any boot, what the market journal names."""
    if services.boots and services.boots[-1].instruments:
        return {instrument.symbol for instrument in services.boots[-1].instruments}
    return set(market.symbols)


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
