"""Folds as the executor's records leave them: decisions on intents, quotes, boots and accounts."""

from collections.abc import Iterable

from hedge_assets.folds.pairs import Outcome, Pair

from executor.records.base import Record
from hedge_assets.folds.account import Account
from hedge_assets.folds.decisions import Decisions
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from tests.hedge_assets.builders import BTC, SECOND, T0, account, boot, heartbeat, quote


def folds(records: Iterable[Record]) -> tuple[Decisions, Market, Account, Services]:
    """Folds that have taken these records."""
    built = (Decisions(), Market(), Account(), Services())
    for record in records:
        for fold in built:
            fold.take(record)
    return built


def running(ts_us: int = T0) -> list[Record]:
    """An executor that has booted, seen one quote and written its account."""
    return [boot(ts_us), quote(ts_us), account(ts_us), heartbeat(ts_us)]


def answer(rule: str | None = None, *, pipeline: str = "v5", notional: float = 5_000.0, style: str = "taker", **given) -> Outcome:
    """An approval of 5,000 USD by a taker order; with a rule a veto."""
    sized = {"qty": notional / 50_000, "notional_usd": notional, "style": style, "offset_bps": 0.0}
    none = dict.fromkeys(sized)
    fields = {"mode": "ok", **(none if rule else sized), **given}
    return Outcome(pipeline=pipeline, approved=rule is None, rule=rule, **fields)


def pair(live: Outcome, shadow: Outcome, number: int = 1, **given) -> Pair:
    """Both answers to one entry."""
    names = {"intent_id": f"i{number}", "ts_us": T0 + number * SECOND, "symbol": BTC, "strategy": "momentum", "side": "buy"}
    return Pair(**{**names, "purpose": "entry", "number": number, **given}, live=live, shadow=shadow)


def paired(pairs: Iterable[Pair]) -> Decisions:
    """A fold that has compared these pairs."""
    rows = list(pairs)
    fold = Decisions(intents=len(rows), paired=len(rows), live="v5", newest_us=max((row.ts_us for row in rows), default=None))
    for row in rows:
        fold.compare(row)
    return fold
