"""What a venue that ccxt knows lets be traded, in which steps and with how much leverage, read anew each time it is asked."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import msgspec

from executor.dialects import _unified_facts as facts
from executor.dialects._brackets import bracketed, closed_down
from executor.dialects._unified_voice import Voice


async def rules_read(voice: Voice, symbols: Collection[str]) -> dict[str, facts.Listed]:
    """Every linear perpetual by our name of it; those of `symbols` with their tiers, where the venue tells them. Raises `Unanswered`."""
    exchange = voice.exchange
    markets = await voice.read(lambda: exchange.load_markets(True))  # anew, whatever was loaded before
    listed = facts.listed_of(markets.values(), exchange.precisionMode)
    wanted = {symbol: listed[symbol].symbol for symbol in symbols if symbol in listed}
    if voice.manners.tells_tiers and wanted:
        told = await _tiers(voice, wanted.values())
        for symbol, name in wanted.items():
            instrument = bracketed(listed[symbol].instrument, facts.brackets_of(symbol, told.get(name) or ()))
            listed[symbol] = msgspec.structs.replace(listed[symbol], instrument=instrument)
    return listed


async def _tiers(voice: Voice, names: Collection[str]) -> Mapping[str, Any]:
    if voice.has("fetchMarketLeverageTiers"):
        return {name: await voice.read(partial(voice.exchange.fetch_market_leverage_tiers, name)) for name in names}
    found: Mapping[str, Any] = await voice.read(lambda: voice.exchange.fetch_leverage_tiers(list(names)))
    return found


def renewed(before: Mapping[str, facts.Listed], now: Mapping[str, facts.Listed]) -> dict[str, facts.Listed]:
    """Today's perpetuals, and those that are named no more, out of trading: what is held there must be left still."""
    gone = {name: one for name, one in before.items() if name not in now}
    return {**{name: msgspec.structs.replace(one, instrument=closed_down(one.instrument)) for name, one in gone.items()}, **now}
