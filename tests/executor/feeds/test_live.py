"""A live market is one feed like any other: its universe, its events as they arrive, and honest about what it did not see."""

import asyncio
import contextlib
import json
from decimal import Decimal

import msgspec
import pytest

from executor.clock import FixedClock
from executor.dialects._binance_public import Addresses, BinancePublic
from executor.errors import FeedError, SettingsError
from executor.feeds import cassette
from executor.feeds.base import FeedWiring
from executor.feeds.live import LiveFeed, cut
from executor.records.market import Gap, Instrument, Quote, Trade
from executor.settings import Settings, Venue
from executor.taping import opener_of
from tests.executor.wire.cassettes.taped import recording
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher, until
from tests.local_venue.venue import running_in_thread

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")


def rules_of(symbol):
    return Instrument(symbol=symbol, tick_size=Decimal("0.1"), step_size=Decimal(1), min_qty=Decimal(1), min_notional=Decimal(5))


RULES = {symbol: rules_of(symbol) for symbol in SYMBOLS}


def wiring_of(symbols=SYMBOLS, path="", **venue):
    return FeedWiring(settings=Settings(venue=Venue(symbols=symbols, **venue)), path=path, start_us=0)


def public_of(pusher):
    return BinancePublic(Addresses(rest=pusher.rest, streams=pusher.streams))


def feed_of(pusher, recorder=None, silence_s=60.0, **more):
    wiring = wiring_of(quote_silence_s=silence_s, poll_s=0.1)
    if recorder is not None:
        wiring = msgspec.structs.replace(wiring, opener=opener_of(recorder))
    return LiveFeed(wiring, instruments=RULES, public=public_of(pusher), **more)


async def seen_while(feed, meanwhile):
    """Batches that a feed gives until something else is done."""
    batches = []

    async def take():
        nonlocal batches
        async with contextlib.aclosing(feed.batches()) as given:
            async for batch in given:
                batches += [list(batch)]

    taking = asyncio.create_task(take())
    try:
        await meanwhile(batches)
    finally:
        taking.cancel()
        await asyncio.wait([taking])
    return batches


def events_of(batches):
    return [event for batch in batches for event in batch]


def streamed(batches, kind=Quote):
    return {event.symbol for event in events_of(batches) if isinstance(event, kind) and event.source == "stream"}


def test_events_arrive_in_order_of_our_clock_in_small_batches():
    async def scene():
        async with Pusher() as pusher:
            feed = feed_of(pusher)
            return await seen_while(feed, lambda batches: until(lambda: streamed(batches, Trade) == set(SYMBOLS) and len(batches) > 20))

    batches = asyncio.run(scene())
    times = [event.ts_us for event in events_of(batches)]
    assert times == sorted(times)
    assert all(batch and batch[-1].ts_us - batch[0].ts_us <= 50_000 for batch in batches)


def test_one_silent_symbol_stops_no_other():
    async def scene():
        async with Pusher() as pusher:
            feed = feed_of(pusher, silence_s=3.0)

            async def meanwhile(batches):
                await until(lambda: streamed(batches) == set(SYMBOLS))
                [connection] = pusher.on("public")
                connection.names.remove("aaausdt@bookTicker")
                await asyncio.sleep(4.0)

            return await seen_while(feed, meanwhile), feed

    batches, feed = asyncio.run(scene())
    assert not [event for event in events_of(batches) if isinstance(event, Gap)]
    assert feed.stream.sockets["public"].counts.rebuilds == 1


def test_the_rules_of_the_universe_are_asked_for_where_nobody_hands_them_in():
    async def scene():
        async with Pusher() as pusher:
            return await asyncio.to_thread(lambda: LiveFeed(wiring_of(), public=public_of(pusher)))

    feed = asyncio.run(scene())
    assert feed.time == "wall"
    assert list(feed.instruments) == list(SYMBOLS)
    assert feed.instruments["AAAUSDT"].tick_size.as_tuple() == Decimal("0.1").as_tuple()


@pytest.mark.parametrize(
    ("symbols", "path", "said"),
    [
        ((), "", r"venue.symbols was \[\]"),
        (("AAAUSDT", "AAAUSDT"), "", "each once"),
        (("AAAUSDT", "XXXUSDT"), "", "names XXXUSDT"),
        (("AAAUSDT",), "kraken", "'kraken', known are binanceusdm"),
    ],
)
def test_a_universe_that_cannot_be_is_refused(symbols, path, said):
    with pytest.raises(SettingsError, match=said):
        LiveFeed(wiring_of(symbols, path), instruments=RULES)


def test_a_venue_that_tells_no_rules_is_a_feed_that_cannot_go_on(monkeypatch):
    monkeypatch.setattr("executor.feeds.live.AGAIN_S", 0.0)
    nobody = BinancePublic(Addresses(rest="http://127.0.0.1:9", streams="ws://127.0.0.1:9"))
    with pytest.raises(FeedError, match="without an answer"):
        LiveFeed(wiring_of(), public=nobody)


def test_after_a_restart_the_market_opens_with_what_was_not_seen():
    async def scene():
        async with Pusher() as pusher:
            first = feed_of(pusher)
            before = await seen_while(first, lambda batches: until(lambda: len(batches) > 3))
            state = msgspec.json.decode(msgspec.json.encode(first.state()))
            again = feed_of(pusher)
            again.restore(state)
            return before, await seen_while(again, lambda batches: until(lambda: len(batches) > 3))

    before, after = asyncio.run(scene())
    gap, *others = events_of(after)
    assert gap == Gap(after[0][1].ts_us, "", events_of(before)[-1].ts_us, "restart")
    assert not [event for event in others if isinstance(event, Gap)]


def test_time_away_is_a_gap_and_nothing_arrives_before_what_was_seen():
    async def scene():
        async with Pusher() as pusher:
            feed = feed_of(pusher, clock=FixedClock(1_000))
            feed.restore({"seen_us": 5_000, "gap_from_us": None})
            feed.skip_to(9_000)
            return await seen_while(feed, lambda batches: until(lambda: len(batches) > 3))

    batches = asyncio.run(scene())
    gap = batches[0][0]
    assert (gap.reason, gap.from_us) == ("restart", 5_000)
    assert gap.ts_us >= 5_000


def test_a_first_start_has_nothing_to_tell_of():
    async def scene():
        async with Pusher() as pusher:
            return await seen_while(feed_of(pusher), lambda batches: until(lambda: len(batches) > 3))

    assert not [event for event in events_of(asyncio.run(scene())) if isinstance(event, Gap)]


def test_a_feed_that_is_left_leaves_no_task_and_no_connection():
    async def scene():
        async with Pusher() as pusher:
            await seen_while(feed_of(pusher), lambda batches: until(lambda: batches))
            await until(lambda: not pusher.connections)
            return [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and "MarketStream" in repr(task)]

    assert asyncio.run(scene()) == []


def test_what_was_recorded_plays_again_as_it_was_seen(tmp_path):
    async def scene():
        with recording(tmp_path, mode="paper") as recorder:
            async with Pusher() as pusher:
                return await watched(feed_of(pusher, recorder), pusher, recorder)

    async def watched(feed, pusher, recorder):
        recorder.universe(tuple(feed.instruments.values()))

        async def meanwhile(batches):
            await until(lambda: streamed(batches) == streamed(batches, Trade) == set(SYMBOLS))
            await pushing.half_a_message(pusher, "public")
            await pushing.closed(pusher, "market")
            await until(lambda: sum(isinstance(event, Gap) for event in events_of(batches)) >= 2)
            at = len(batches)
            await until(lambda: streamed(batches[at:]) == set(SYMBOLS))

        return await seen_while(feed, meanwhile)

    def is_streamed(event):
        return getattr(event, "source", "stream") == "stream"

    lived = list(filter(is_streamed, events_of(asyncio.run(scene()))))
    played = cassette.FEED(wiring_of(path=str(tmp_path)))
    assert dict(played.instruments) == RULES
    again = events_of(played_batches(played))
    assert again[: len(lived)] == lived
    assert len(again) - len(lived) < 100  # what came while the feed was being left


def played_batches(feed):
    async def take():
        return [list(batch) async for batch in feed.batches()]

    return asyncio.run(take())


def test_batches_are_cut_at_fifty_milliseconds():
    quotes = [Quote(ts_us, ts_us, "A", 1, 2, 1, 1, None, "stream") for ts_us in (0, 10, 50_000, 50_001, 99_999, 200_000)]
    assert [[quote.ts_us for quote in batch] for batch in cut(quotes)] == [[0, 10, 50_000], [50_001, 99_999], [200_000]]


def test_the_local_venue_is_watched_through_its_real_names_without_a_key():
    symbols = ("BTCUSDT", "ETHUSDT")
    with running_in_thread(symbols=symbols) as hosted:
        wiring = wiring_of(symbols, route=f"127.0.0.1:{hosted.port}", ca_file=str(hosted.ca_file), poll_s=0.1)
        feed = LiveFeed(wiring)

        async def meanwhile(batches):
            price = 60_000

            async def moving(holds):
                nonlocal price
                while not holds():
                    price += 1
                    for symbol in symbols:
                        hosted.call(hosted.venue.market.quote, symbol, str(price), str(price + 1))
                        hosted.call(hosted.venue.market.trade, symbol, str(price), "0.01", "buy")
                    await asyncio.sleep(0.05)

            await asyncio.wait_for(moving(lambda: streamed(batches) == streamed(batches, Trade) == set(symbols)), 120)
            hosted.call(hosted.venue.streams.reset_all)
            await asyncio.wait_for(moving(lambda: any(isinstance(event, Gap) for event in events_of(batches))), 120)
            at = len(batches)
            await asyncio.wait_for(moving(lambda: streamed(batches[at:]) == set(symbols)), 120)

        batches = asyncio.run(seen_while(feed, meanwhile))
    assert feed.instruments["BTCUSDT"].min_notional == 100
    assert not [request for request in hosted.venue.log if "X-MBX-APIKEY" in request.headers]
    assert json.loads(msgspec.json.encode(feed.state()))["seen_us"] == events_of(batches)[-1].ts_us
