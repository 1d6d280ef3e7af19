"""What waits for a slow consumer is bounded, in order, and what did not fit is told."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from executor.records.market import Gap, Quote, Trade
from executor.wire.streams.inbox import SLOW, Inbox


def quote(ts_us, symbol="AAAUSDT"):
    return Quote(ts_us, ts_us, symbol, 1.0, 2.0, 1.0, 1.0, None, "stream")


def trade(ts_us, symbol="AAAUSDT"):
    return Trade(ts_us, ts_us, symbol, 1.0, 1.0, "buy", "stream")


def test_what_fits_comes_out_as_it_went_in():
    async def scene():
        inbox = Inbox(10, conflate=True)
        events = [quote(1), trade(2), quote(3)]
        for event in events:
            inbox.put(event)
        return events, await inbox.take()

    events, taken = asyncio.run(scene())
    assert events == taken


def test_of_quotes_that_do_not_fit_the_newest_of_each_symbol_stays_and_trades_become_a_gap():
    async def scene():
        inbox = Inbox(2, conflate=True)
        for event in (quote(1), quote(2), quote(3), trade(4), quote(5, "BBBUSDT"), trade(6), quote(7)):
            inbox.put(event)
        return inbox.left, await inbox.take()

    left, taken = asyncio.run(scene())
    assert taken == [quote(1), quote(2), quote(5, "BBBUSDT"), Gap(6, "AAAUSDT", 4, SLOW), quote(7)]
    assert (left.conflated, left.dropped) == (1, 2)


def test_nothing_is_conflated_unless_told():
    async def scene():
        inbox = Inbox(1, conflate=False)
        for event in (quote(1), quote(2), quote(3)):
            inbox.put(event)
        return inbox.left, await inbox.take()

    left, taken = asyncio.run(scene())
    assert taken == [quote(1), Gap(3, "AAAUSDT", 2, SLOW)]
    assert (left.conflated, left.dropped) == (0, 2)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ABC")), max_size=60), st.integers(1, 20), st.booleans())
def test_every_event_is_taken_or_counted_and_times_never_go_back(kinds, limit, conflate):
    async def scene():
        inbox = Inbox(limit, conflate=conflate)
        for at, (is_quote, symbol) in enumerate(kinds):
            inbox.put(quote(at, symbol) if is_quote else trade(at, symbol))
        inbox.end()
        return inbox.left, await inbox.take()

    left, taken = asyncio.run(scene())
    kept = [event for event in taken if not isinstance(event, Gap)]
    assert len(kept) + left.conflated + left.dropped == len(kinds)
    times = [event.ts_us for event in taken]
    assert times == sorted(times)
    assert len(taken) <= limit + 6


def test_an_inbox_that_ended_is_empty_for_ever():
    async def scene():
        inbox = Inbox(2, conflate=True)
        inbox.put(quote(1))
        inbox.end()
        return [await inbox.take() for _ in range(3)]

    assert asyncio.run(scene()) == [[quote(1)], [], []]
