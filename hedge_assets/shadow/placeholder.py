"""A decision on a placeholder intent over the last view, so that an idle desk still shows what its pipelines would say."""

from typing import Any

from executor.pipeline.base import Pipeline
from executor.records.account import Account as AccountRecord
from executor.records.market import Instrument
from executor.records.trading import Intent, Policy, Slice
from executor.settings import Limits, Settings, lines_of
from executor.slicing import tier_of
from hedge_assets.folds.account import Account
from hedge_assets.folds.decisions import OTHER, PIPELINES
from hedge_assets.folds.in_force import routing_in_force, settings_in_force
from hedge_assets.folds.market import Market, SymbolMarket
from hedge_assets.folds.pairs import plain
from hedge_assets.folds.services import Services

STRATEGY = "heartbeat"
STOP_BPS = 50.0


def placeholder_decision(market: Market, account: Account, services: Services, *, now_us: int) -> dict[str, Any] | str:
    """Both pipelines' decisions on a placeholder entry, as `{"intent", "live", "shadow"}`; or why there is nothing to decide on."""
    settings = settings_in_force(services)
    if settings is None:
        return "no boot record with settings of this version: start the executor"
    boot = services.boots[-1]
    rules = {instrument.symbol: instrument for instrument in boot.instruments}
    seen = last_seen(market, rules)
    if seen is None:
        return "no quote has been seen of any symbol of the universe"
    view = view_of(seen, rules[seen.symbol], account, services=services, settings=settings, now_us=now_us)
    intent = placeholder(seen.symbol, now_us)
    live, policy = PIPELINES.get(boot.pipeline, PIPELINES["v5"]), Policy(router=routing_in_force(settings))
    shadow = PIPELINES[OTHER[live.name]]
    answers = {
        name: decided(pipeline, intent, view, settings=settings, policy=policy) for name, pipeline in (("live", live), ("shadow", shadow))
    }
    return {"intent": plain(intent), **answers}


def decided(pipeline: Pipeline, intent: Intent, view: Slice, *, settings: Settings, policy: Policy) -> dict[str, Any]:
    """One pipeline's decision as plain values."""
    return plain(pipeline.decide(intent, view, lines_of(settings), policy))


def placeholder(symbol: str, now_us: int) -> Intent:
    """A small wish to buy that nobody has."""
    return Intent(
        ts_us=now_us,
        intent_id=f"heartbeat-{now_us}",
        symbol=symbol,
        side="buy",
        strategy=STRATEGY,
        purpose="entry",
        reason="no intent came: a placeholder shows what would be decided",
        stop_bps=STOP_BPS,
    )


def last_seen(market: Market, rules: dict[str, Instrument]) -> SymbolMarket | None:
    """The symbol quoted last, of those that may be traded; the first by name among equals."""
    candidates = [each for each in market.symbols.values() if each.symbol in rules and each.mid and each.touch_usd is not None]
    return min(candidates, key=lambda each: (-each.ts_us, each.symbol), default=None)


def view_of(seen: SymbolMarket, rules: Instrument, account: Account, *, services: Services, settings: Settings, now_us: int) -> Slice:
    """What a decision may look at, from the last quote and account; what only the executor counts is unknown, or none so far."""
    return Slice(
        ts_us=now_us,
        **quoted(seen, rules, now_us),
        **held(seen.symbol, account.latest, settings.limits),
        **money_of(account, now_us),
        since_exit_s=None,
        entries_last_minute=0,
        errors_in_window=0,
        reject_frac=None,
        fallback_frac=None,
        unknown_orders=0,
        halted=services.halted is not None,
    )


def quoted(seen: SymbolMarket, rules: Instrument, now_us: int) -> dict[str, Any]:
    """One symbol's market and the venue's rules for it; sizes are the usual ones at the touch."""
    bid, ask, touch_usd = seen.bid or 0.0, seen.ask or 0.0, seen.touch_usd or 0.0
    touch_qty = touch_usd / ((bid + ask) / 2)
    return {
        "symbol": seen.symbol,
        "bid": bid,
        "ask": ask,
        "bid_qty": touch_qty,
        "ask_qty": touch_qty,
        "quote_age_s": max(0.0, (now_us - seen.ts_us) / 1e6),
        "vol_bps": seen.vol_bps,
        "tick_size": float(rules.tick_size),
        "step_size": float(rules.step_size),
        "min_qty": float(rules.min_qty),
        "min_notional_usd": float(rules.min_notional),
        "max_leverage": rules.max_leverage,
    }


def held(symbol: str, latest: AccountRecord | None, limits: Limits) -> dict[str, Any]:
    """Our position in the symbol and the account's exposures."""
    values = exposures(latest)
    own = next((position for position in latest.positions if position.symbol == symbol), None) if latest else None
    tier = tier_of(symbol, limits)
    return {
        "tier": tier,
        "position_qty": 0.0 if own is None else float(own.qty),
        "entry_price": None if own is None else float(own.entry_price),
        "symbol_usd": values.get(symbol, 0.0),
        "tier_usd": sum(abs(value) for name, value in values.items() if tier_of(name, limits) == tier),
        "gross_usd": sum(abs(value) for value in values.values()),
        "net_usd": sum(values.values()),
        "open_positions": len(values),
    }


def exposures(latest: AccountRecord | None) -> dict[str, float]:
    """Signed USD held in each symbol at its mark; nothing when no account is known."""
    return {} if latest is None else {position.symbol: float(position.qty * position.mark_price) for position in latest.positions}


def money_of(account: Account, now_us: int) -> dict[str, Any]:
    """NAV, its age and its reference points in USD; null where unknown."""
    latest = account.latest
    return {
        "nav_usd": None if latest is None else float(latest.nav),
        "nav_age_s": None if latest is None else max(0.0, (now_us - latest.nav_ts_us) / 1e6),
        "peak_nav_usd": None if account.peak is None else float(account.peak.nav),
        "day_start_nav_usd": float(account.days[-1].open) if account.days else None,
        "week_start_nav_usd": None if account.week_open is None else float(account.week_open),
        "available_usd": None if latest is None else float(latest.available),
    }
