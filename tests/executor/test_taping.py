"""Who is told to record does, into the data root or where the settings say; and what paper sees of a live market plays as a market."""

import asyncio
from pathlib import Path

import pytest

from executor.app import Run
from executor.clock import WallClock
from executor.configuration import settings_from
from executor.errors import SettingsError, UnreadableCassette
from executor.feeds import cassette
from executor.feeds.base import FeedWiring
from executor.flags import read_flags
from executor.journal.reader import read
from executor.life import Order
from executor.records.market import Quote
from executor.replaying.replay import replayed
from executor.settings import Settings, Venue
from executor.taping import folder_of, opener_of, recorder_of
from executor.wire.cassettes.files import files_at
from executor.wire.cassettes.reading import heads_of
from tests.executor.wire.cassettes.taped import kept
from tests.local_venue.venue import LocalVenue

QUIET = {"loop": {"period_s": 0.1}, "features": {"bar_s": 1}}


def order_of(root: Path, **venue: object) -> Order:
    return Order(root=root, settings=Settings(venue=Venue(**venue)), flags=read_flags({}), speed=1.0)


def test_cassettes_go_under_the_data_root_or_where_the_settings_say(tmp_path: Path) -> None:
    assert folder_of(tmp_path, Settings()) == tmp_path / "cassettes"
    assert folder_of(tmp_path, Settings(venue=Venue(record_folder=str(tmp_path / "far")))) == tmp_path / "far"


def test_nothing_is_recorded_unless_it_is_wanted(tmp_path: Path) -> None:
    assert recorder_of(order_of(tmp_path), boots=1, clock=WallClock()) is None
    assert opener_of(None) is None
    assert not list(tmp_path.iterdir())


def test_a_recording_of_a_made_market_is_refused() -> None:
    with pytest.raises(SettingsError, match="only what a venue says is recorded"):
        settings_from({"venue": {"record": "on"}}, {})


def test_paper_on_a_live_market_is_recorded_and_plays_as_a_feed_but_not_as_a_venue(tmp_path: Path) -> None:
    async def lived() -> None:
        async with LocalVenue(symbols=("BTCUSDT",), mark_s=0.2) as venue:
            reach = {"symbols": ["BTCUSDT"], "route": f"127.0.0.1:{venue.port}", "ca_file": str(venue.ca_file), "record": "on"}
            settings = settings_from({"feed": "live", "venue": reach, **QUIET}, {})
            order = Order(root=tmp_path, settings=settings, flags=read_flags({}), speed=1.0)
            run = await asyncio.to_thread(Run, order)
            running = asyncio.create_task(run.run())
            price = 60_000
            async with asyncio.timeout(120):
                while len(journaled(tmp_path)) < 5:
                    price += 1
                    venue.market.quote("BTCUSDT", str(price), str(price + 1))
                    await asyncio.sleep(0.03)
            run.stop("test over")
            await running

    asyncio.run(lived())
    [head] = heads_of(files_at(tmp_path / "cassettes"))
    assert head is not None
    assert (head.venue, head.mode, head.key, head.account) == ("binanceusdm", "paper", "", "paper")
    assert any("exchangeInfo" in line.text for line in kept(tmp_path / "cassettes", "ask"))
    feed = cassette.FEED(FeedWiring(settings=Settings(), path=str(tmp_path / "cassettes"), start_us=0))
    assert feed.instruments["BTCUSDT"].min_notional == 100
    played = {event.exchange_ts_us: event for batch in taken(feed) for event in batch if isinstance(event, Quote)}
    seen = [event for event in journaled(tmp_path) if event.exchange_ts_us in played]
    assert len(seen) >= 3
    assert all(played[event.exchange_ts_us].bid == event.bid for event in seen)
    with pytest.raises(UnreadableCassette, match="is of paper"):
        replayed(tmp_path / "cassettes", tmp_path / "again")


def journaled(root: Path) -> list[Quote]:
    """What the stream brought."""
    return [event for _, event in read(root / "raw", "ticks") if isinstance(event, Quote) and event.source == "stream"]


def taken(feed: cassette.CassetteFeed) -> list[list[object]]:
    async def take() -> list[list[object]]:
        return [list(batch) async for batch in feed.batches()]

    return asyncio.run(take())
