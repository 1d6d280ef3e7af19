"""Quotes, trades and marks of a universe come from the venue's streams; what was not heard is a gap, and is polled meanwhile."""

import asyncio
import contextlib

import pytest

from executor.clock import WallClock
from executor.dialects._binance_public import Addresses, BinancePublic
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.wire.streams.arrivals import Arrivals
from executor.wire.streams.market import MarketStream, MarketTerms, Sending
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher, until

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")


class Seen(list):
    def of(self, kind, source=None):
        return [each for each in self if isinstance(each, kind) and (source is None or each.source == source)]


@contextlib.asynccontextmanager
async def watching(pusher, *, silence_s=60.0, poll_s=0.05):
    seen = Seen()
    async with pushing.door() as door:
        public = BinancePublic(Addresses(rest=pusher.rest, streams=pusher.streams))

        async def fetch_quotes():
            return await public.quotes(door, SYMBOLS)

        terms = MarketTerms(symbols=SYMBOLS, base_url=pusher.streams, quote_silence_s=silence_s, poll_s=poll_s)
        sending = Sending(put=seen.append, now_us=Arrivals(WallClock().now_us).now_us, fetch_quotes=fetch_quotes)
        stream = MarketStream(door, public.streams, terms, sending)
        run = asyncio.create_task(stream.run())
        try:
            yield stream, seen
        finally:
            run.cancel()
            await asyncio.wait([run])


def flows(seen, kind=Quote, since=0):
    """Whether the stream brought such events of every symbol, from a place in what was seen on."""
    return lambda: {each.symbol for each in Seen(seen[since:]).of(kind, "stream")} == set(SYMBOLS)


def in_order(seen):
    times = [each.ts_us for each in seen]
    return times == sorted(times)


def test_a_universe_is_heard_whole_on_two_connections():
    async def scene():
        async with Pusher() as pusher, watching(pusher) as (_, seen):
            await until(lambda: all(flows(seen, kind)() for kind in (Quote, Trade, Mark)))
            return pusher.connects, seen

    connects, seen = asyncio.run(scene())
    assert connects == {"public": 1, "market": 1}
    assert not seen.of(Gap)
    assert in_order(seen)


@pytest.mark.parametrize("fault", pushing.BREAKING, ids=lambda fault: fault.__name__)
def test_while_quotes_fail_in_any_way_they_are_polled_and_then_flow_again_behind_a_gap(fault):
    async def scene():
        silence_s = 2.0 if fault in pushing.SILENT else 60.0
        async with Pusher() as pusher, watching(pusher, silence_s=silence_s) as (_, seen):
            await until(flows(seen))
            await fault(pusher, "public")
            await until(lambda: any(gap.reason.startswith("public") for gap in seen.of(Gap)))
            [gap] = [gap for gap in seen.of(Gap) if gap.reason.startswith("public")]
            at = seen.index(gap)
            await until(flows(seen, since=at))
            polls = pusher.polls
            await asyncio.sleep(0.2)
            return gap, at, seen, pusher.polls - polls

    gap, at, seen, later_polls = asyncio.run(scene())
    assert gap.symbol == ""
    assert in_order(seen)
    assert not [each for each in seen[:at] if isinstance(each, Quote) and each.source == "stream" and gap.from_us < each.ts_us < gap.ts_us]
    assert later_polls <= 1
    assert not Seen(seen[at:]).of(Quote, "poll")


def test_quotes_are_polled_at_their_pace_for_as_long_as_the_stream_is_silent():
    async def scene():
        async with Pusher() as pusher, watching(pusher, silence_s=0.4) as (_, seen):
            await until(flows(seen))
            pusher.quiet = True
            since = len(seen)
            await until(lambda: len(Seen(seen[since:]).of(Quote, "poll")) >= 9)
            pusher.quiet = False
            await until(flows(seen, since=since))
            return seen, since

    seen, since = asyncio.run(scene())
    polled = Seen(seen[since:]).of(Quote, "poll")
    assert {each.symbol for each in polled} == set(SYMBOLS)
    assert polled[0].last == 100.1


def test_a_silent_stream_of_trades_stops_no_quote():
    async def scene():
        async with Pusher() as pusher, watching(pusher) as (_, seen):
            await until(flows(seen, Trade))
            polls = pusher.polls
            await pushing.closed(pusher, "market")
            await until(lambda: seen.of(Gap))
            at = len(seen)
            await until(flows(seen, Trade, since=at))
            return seen.of(Gap), pusher.connects, pusher.polls - polls

    [gap], connects, polls = asyncio.run(scene())
    assert gap.reason.startswith("market: closed")
    assert connects == {"public": 1, "market": 2}
    assert polls == 0


def test_repeated_reordered_and_missing_messages_are_dropped_or_told():
    async def scene():
        async with Pusher() as pusher, watching(pusher) as (stream, seen):
            await until(lambda: flows(seen)() and flows(seen, Trade)())
            pusher.quiet = True
            await asyncio.sleep(0.2)  # what is on its way arrives
            [public], [market] = pusher.on("public"), pusher.on("market")
            before = len(seen.of(Quote, "stream")), len(seen.of(Trade)), stream.tape.tally.repeated
            for number in (5_001, 5_003, 5_002, 5_003, 5_004):
                await public.say(pushing.book("AAAUSDT", number, pusher.now_ms()))
            for number in (9_000, 9_000, 9_001, 9_005, 9_003):
                await market.say(pushing.trade("BBBUSDT", number, pusher.now_ms()))
            await until(lambda: stream.tape.tally.repeated >= before[2] + 4)
            return seen, before

    seen, (quotes, trades, _) = asyncio.run(scene())
    assert len(seen.of(Quote, "stream")) - quotes == 3
    assert len(seen.of(Trade)) - trades == 3
    assert {gap.symbol for gap in seen.of(Gap)} == {"BBBUSDT"}


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_venue_whose_clock_is_an_hour_off_is_as_fresh_as_it_arrives(hours):
    async def scene():
        async with Pusher() as pusher:
            pusher.skew_ms = hours * 3_600_000
            async with watching(pusher) as (stream, seen):
                await until(lambda: len(seen.of(Quote, "stream")) > 30)
                return stream, seen

    stream, seen = asyncio.run(scene())
    assert not seen.of(Gap)
    assert stream.sockets["public"].counts.rebuilds == 1
    assert stream.tape.tally.off_clock > 0


def test_funding_settles_when_the_venue_announces_the_next():
    async def scene():
        async with Pusher() as pusher:
            pusher.due_ms = pusher.now_ms() + 300
            async with watching(pusher) as (_, seen):
                await until(flows(seen, Mark))
                due_ms, pusher.due_ms, pusher.rate = pusher.due_ms, pusher.due_ms + 28_800_000, 0.0005
                await until(lambda: len(seen.of(Settlement)) == 3)
                return due_ms, seen

    due_ms, seen = asyncio.run(scene())
    assert {(each.exchange_ts_us, each.funding_rate) for each in seen.of(Settlement)} == {(due_ms * 1000, 0.0001)}


def test_a_venue_that_answers_nothing_at_all_leaves_the_stream_trying():
    async def scene():
        async with Pusher() as pusher, watching(pusher) as (stream, seen):
            await until(flows(seen))
            await pusher.stop()
            await until(lambda: stream.failed_polls > 2)
            await pusher.start()
            at = len(seen)
            await until(flows(seen, since=at))
            return seen

    assert in_order(asyncio.run(scene()))
