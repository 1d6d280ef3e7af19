"""A dialect opened at the local venue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from executor.clock import WallClock
from executor.dialects.binanceusdm import BinanceUsdm
from executor.records.orders import Submit, Trigger
from executor.settings import Venue
from executor.wire.access import Access
from executor.wire.secrets import key_of
from tests.local_venue.venue import KEY, SECRET, LocalVenue


def access_at(venue: LocalVenue, mode: Any = "live", **settings: Any) -> Access:
    """The account at the local venue."""
    told = {"timeout_ms": 60_000, "recv_window_ms": 10_000, "route": f"127.0.0.1:{venue.port}", "ca_file": str(venue.ca_file)}
    return Access(venue="binanceusdm", mode=mode, settings=Venue(**(told | settings)), key=key_of(KEY, SECRET), clock=WallClock())


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[tuple[LocalVenue, BinanceUsdm]]:
    """A running venue, and our line to it."""
    async with LocalVenue(symbols=("BTCUSDT", "ETHUSDT"), wallet="1000000") as venue:
        dialect = BinanceUsdm(access_at(venue, **settings))
        await dialect.open()
        try:
            yield venue, dialect
        finally:
            await dialect.close()


def gives_up_soon(dialect: BinanceUsdm) -> None:
    """From now on an answer is waited for a second; everything before had the time that it took."""
    dialect.line.door._session._timeout = aiohttp.ClientTimeout(total=1.0)  # type: ignore[attr-defined]


def submit(client_id: str, qty: str = "0.010", price: str | None = None, **more: Any) -> Submit:
    """An order; everything not said is valid."""
    told = {"intent_id": "i", "symbol": "BTCUSDT", "side": "buy", "step": "taker" if price is None else "maker"}
    told |= {"post_only": False, "reduce_only": False} | more
    if "trigger" in more:
        told |= {"side": "sell", "step": "stop", "reduce_only": True, "trigger": Trigger(price=Decimal(more["trigger"]))}
    return Submit(1, client_id=client_id, qty=Decimal(qty), price=None if price is None else Decimal(price), **told)
