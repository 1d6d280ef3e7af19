"""A small market that wanders by itself, for demonstrations: seeded, with trades on both sides."""

import asyncio
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue

TRADED_SHARE = 0.4


def step(venue: "LocalVenue", chance: Random, *, vol_bps: float = 1.0) -> None:
    """Move every symbol a little: a new touch of one or two ticks' width, and sometimes a trade on it."""
    for symbol, book in venue.market.books.items():
        tick = venue.rules[symbol].tick
        moved = Decimal(repr(float(book.bid) * (1 + chance.gauss(0, vol_bps) / 1e4)))
        bid = max(tick, moved // tick * tick)
        sizes = [venue.rules[symbol].step * chance.randint(500, 50_000) for _ in range(2)]
        venue.market.quote(symbol, bid, bid + tick * chance.choice((1, 1, 2)), *sizes)
        if chance.random() < TRADED_SHARE:
            side = chance.choice(("buy", "sell"))
            price = book.ask if side == "buy" else book.bid
            venue.market.trade(symbol, price, venue.rules[symbol].step * chance.randint(1, 400), side)


async def wander(venue: "LocalVenue", *, seed: int = 7, step_s: float = 0.25, vol_bps: float = 1.0) -> None:
    """Go on for ever."""
    chance = Random(seed)
    while True:
        step(venue, chance, vol_bps=vol_bps)
        await asyncio.sleep(step_s)
