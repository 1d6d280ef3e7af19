"""A wish that nobody has, over the last view, so that an idle desk still shows what its pipelines would say."""

from collections.abc import Collection, Mapping

import msgspec

from executor.records.market import Quote
from executor.records.trading import Decision, Intent

STRATEGY = "heartbeat"
STOP_BPS = 50.0


class Shown(msgspec.Struct, frozen=True):
    """A placeholder intent, and what each column would decide on it."""

    intent: Intent
    decisions: dict[str, Decision]


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


def last_seen(quotes: Mapping[str, Quote], universe: Collection[str]) -> Quote | None:
    """The newest quote with two sides of a symbol that may be traded; the first by name among equals."""
    usable = [quote for symbol, quote in quotes.items() if symbol in universe and 0 < quote.bid <= quote.ask]
    return min(usable, key=lambda quote: (-quote.ts_us, quote.symbol), default=None)
