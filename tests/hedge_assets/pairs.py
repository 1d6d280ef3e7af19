"""Pairs of answers as columns give them, and a shadow that has compared some."""

from collections.abc import Iterable

from executor.records.base import Record
from hedge_assets.folds.shadow import Shadow
from hedge_assets.shadow.causes import by_rule, causes_of
from hedge_assets.shadow.pairs import Outcome, Pair
from tests.hedge_assets.builders import BTC, SECOND, T0, account, boot, heartbeat, quote


def running(ts_us: int = T0) -> list[Record]:
    """An executor that has booted, seen one quote and written its account."""
    return [boot(ts_us), quote(ts_us), account(ts_us), heartbeat(ts_us)]


def answer(rule: str | None = None, *, pipeline: str = "v5", notional: float = 5_000.0, style: str = "taker", **given) -> Outcome:
    """An approval of 5,000 USD by a taker order; with a rule a veto, or a silence."""
    sized = {"qty": notional / 50_000, "notional_usd": notional, "style": style, "offset_bps": 0.0}
    none = dict.fromkeys(sized)
    fields = {"mode": "ok", **(none if rule else sized), **given}
    return Outcome(pipeline=pipeline, approved=rule is None, rule=rule, **fields)


def pair(live: Outcome, shadow: Outcome, number: int = 1, **given) -> Pair:
    """Both answers to one entry, with how they differ."""
    names = {"intent_id": f"i{number}", "ts_us": T0 + number * SECOND, "symbol": BTC, "strategy": "momentum", "side": "buy"}
    fields = {**names, "purpose": "entry", "number": number, "regime": "normal", **given}
    causes = causes_of(live, shadow)
    return Pair(**{"causes": causes, "by": by_rule(live, shadow, causes, fields["purpose"]), **fields}, live=live, shadow=shadow)


def paired(pairs: Iterable[Pair]) -> Shadow:
    """A shadow that has compared these pairs, with v5 live."""
    rows = list(pairs)
    shadow = Shadow(newest_us=max((row.ts_us for row in rows), default=None))
    shadow.stage.pipeline = "v5"
    shadow.hearing.journaled = shadow.ledger.pairs = len(rows)
    for row in rows:
        shadow.ledger.add(row)
    return shadow
