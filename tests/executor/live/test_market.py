"""A venue whose streams are not spoken here: prices, orders and trades are asked for, and nothing is lost by it."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from executor.clock import WallClock
from executor.dialects.unified import Unified
from executor.errors import SettingsError
from executor.life import Order
from executor.live import market, run
from executor.live.market import PolledFeed, Pump, market_of
from executor.permission import Permit
from executor.records.account import Account
from executor.records.market import Gap, Quote
from executor.records.orders import Ack, Cancel, Fill
from executor.wire.access import Access
from executor.wire.secrets import Key, Secret
from tests.executor.live.desk import Desk, opened
from tests.local_venue.faults import Fault
from tests.local_venue.venue import KEY, SECRET

QUIET = {"venue": {"poll_s": 1, "reconcile_s": 30}}


PERMIT = Permit(mode="demo", reach="stand-in", dialect="binanceusdm", key=Key(name="local", key=Secret(KEY), secret=Secret(SECRET)))


def access_of(order_or_desk: Order | Desk, permit: Permit) -> Access:
    return Access(venue=permit.dialect, mode="demo", settings=order_or_desk.settings.venue, key=permit.key, clock=WallClock())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak to the local venue as to one without a file of its own: by ccxt's unified calls, with no stream."""
    monkeypatch.setattr(run, "dialect_of", lambda order, permit, **_: Unified(access_of(order, permit)))
    monkeypatch.setattr(market, "KNOWN", ())


def test_orders_are_followed_by_asking_and_are_there_after_a_restart(tmp_path: Path, asked: None) -> None:
    async def tried() -> None:
        async with opened(tmp_path, **QUIET) as desk:
            venue = desk.venue
            async with desk.running():
                await desk.loops(25)  # what the start asked has used up the venue's patience
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.of(Fill), "it is filled")
            assert venue.oracle.position("BTCUSDT") > 0
            async with desk.running():
                await desk.until(lambda: desk.of(Account)[-1].positions, "the position is known again")
                desk.ask("BTCUSDT", "sell", purpose="exit", qty=float(venue.oracle.position("BTCUSDT")))
                await desk.until(lambda: venue.oracle.position("BTCUSDT") == 0 and len(desk.of(Fill)) > 1, "it is left")
            assert len(desk.of(Ack)) == len(venue.oracle.acceptances)
            assert {fill.trade_id for fill in desk.of(Fill)} == {str(trade.trade_id) for trade in venue.oracle.fills}

    asyncio.run(tried())


def test_a_quote_that_is_filled_in_parts_is_seen_by_asking(tmp_path: Path, asked: None) -> None:
    async def tried() -> None:
        async with opened(tmp_path, **QUIET) as desk:
            venue = desk.venue
            venue.market.quote("BTCUSDT", "59980", "60030")
            async with desk.running():
                await desk.loops(25)  # what the start asked has used up the venue's patience
                desk.ask("BTCUSDT")
                await desk.until(lambda: desk.of(Ack), "it rests")
                order = venue.oracle.orders[0]
                venue.market.trade("BTCUSDT", str(order.price), "0.001", "sell")
                await desk.until(lambda: desk.of(Fill), "a part is told")
            assert venue.oracle.open_orders() == []
            assert desk.of(Cancel, outcome="done")

    asyncio.run(tried())


def test_prices_that_were_not_answered_for_a_while_are_a_gap(tmp_path: Path) -> None:
    async def tried() -> list[object]:
        async with opened(tmp_path, **QUIET) as desk:
            venue = desk.venue
            dialect = Unified(access_of(desk, PERMIT))
            instruments = await dialect.open()
            feed = PolledFeed(desk.settings, dialect, instruments, WallClock())
            batches = feed.batches()
            first = await anext(batches)
            venue.faults.add(Fault(action="reset", path="/fapi/v1/ticker/.*", phase="before", times=1))
            second = await anext(batches)
            await batches.aclose()
            await dialect.close()
            return [*first, *second]

    events = asyncio.run(tried())
    assert [type(event) for event in events] == [Quote, Quote, Gap, Quote, Quote]
    assert {event.source for event in events if isinstance(event, Quote)} == {"poll"}


def test_a_venue_is_not_traded_by_another_markets_prices(tmp_path: Path) -> None:
    async def tried() -> None:
        async with opened(tmp_path, **QUIET) as desk:
            settings = msgspec.structs.replace(desk.settings, feed="synthetic")
            with pytest.raises(SettingsError, match="set feed = 'live'"):
                market_of(settings, Unified(access_of(desk, PERMIT)), {}, clock=WallClock(), start_us=0)

    asyncio.run(tried())


class Endless:
    """A market that is quicker than anybody."""

    async def batches(self):
        while True:
            yield [Quote(1, 1, "BTCUSDT", 1.0, 2.0, 1.0, 1.0, None, "poll")]


def test_a_market_that_is_quicker_than_the_engine_is_not_piled_up() -> None:
    async def tried() -> list[int]:
        pump, held = Pump(Endless(), asyncio.Event()), []
        running = asyncio.create_task(pump.run())
        for _ in range(5):
            await asyncio.sleep(0.02)
            held.append(len(pump.batches))
            pump.batches.clear()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return held

    assert asyncio.run(tried()) == [Pump.MOST] * 5
