"""The made market: the same from the same seed, exact across a restart, and its scenarios."""

import asyncio
from itertools import groupby

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.errors import SettingsError
from executor.feeds.base import FeedWiring
from executor.feeds.synthetic import FEED
from executor.market_model.facts import ASSUMED
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.settings import Settings, Synthetic

START_US = 1_748_764_800_000_000  # 2025-06-01 08:00 UTC
MINUTE_US = 60_000_000


def feed_of(*, seed=7, start_us=START_US, **made):
    made = {"step_ms": 5_000} | made
    return FEED(FeedWiring(settings=Settings(seed=seed, synthetic=Synthetic(**made)), path="", start_us=start_us))


def taken(feed, count):
    """The next batches, and the state after each."""

    async def take():
        batches, states = [], []
        async for batch in feed.batches():
            batches.append(batch)
            states.append(msgspec.json.encode(feed.state()))
            if len(batches) == count:
                return batches, states
        return batches, states

    return asyncio.run(take())


def mids(batches, symbol="BTCUSDT"):
    quotes = [event for batch in batches for event in batch if isinstance(event, Quote) and event.symbol == symbol]
    return [(quote.ts_us, (quote.bid + quote.ask) / 2) for quote in quotes]


@pytest.fixture(scope="module")
def unbroken():
    return taken(feed_of(), 400)


def test_the_same_seed_makes_the_same_market(unbroken):
    assert taken(feed_of(), 50)[0] == unbroken[0][:50]
    assert taken(feed_of(seed=8), 50)[0] != unbroken[0][:50]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 340))
def test_a_restart_at_any_batch_goes_on_as_if_unbroken(unbroken, cut):
    batches, states = unbroken
    feed = feed_of(start_us=START_US + 3_600_000_000)
    feed.restore(msgspec.json.decode(states[cut]))
    assert taken(feed, 30)[0] == batches[cut + 1 : cut + 31]


def test_the_state_is_small(unbroken):
    assert max(map(len, unbroken[1])) < 2_000


def test_events_are_in_time_order_on_the_grid_and_all_symbols_are_there(unbroken):
    previous_us = START_US - 5_000_000
    for batch in unbroken[0]:
        assert {event.ts_us for event in batch} == {previous_us + 5_000_000}
        previous_us = batch[0].ts_us
        assert len({event.symbol for event in batch if isinstance(event, Quote)}) == 6
    kinds = {type(event) for batch in unbroken[0] for event in batch}
    assert kinds == {Quote, Trade, Mark, Settlement}


def test_the_first_instant_is_the_first_on_the_grid_and_is_marked():
    [first] = taken(feed_of(start_us=START_US + 1), 1)[0]
    assert first[0].ts_us == START_US + 5_000_000
    assert sum(isinstance(event, Mark) for event in first) == 6


def test_an_iso_start_puts_the_market_in_history():
    feed = feed_of(start="2025-06-01T07:59:55")
    assert feed.time == "feed"
    assert feed_of().time == "wall"
    first, second = taken(feed, 2)[0]
    assert second[0].ts_us == START_US
    settled = [event for event in second if isinstance(event, Settlement)]
    assert {one.symbol for one in settled} == set(feed.instruments)
    due = {mark.symbol: mark.funding_rate for mark in first if isinstance(mark, Mark)}
    assert {one.symbol: one.funding_rate for one in settled} == due
    assert all(mark.next_funding_us == START_US for mark in first if isinstance(mark, Mark))


@settings(max_examples=25, deadline=None)
@given(before=st.integers(1, 200), unseen=st.integers(0, 180))
def test_after_an_absence_prices_are_where_they_would_have_been(unbroken, before, unseen):
    batches, states = unbroken
    feed = feed_of()
    feed.restore(msgspec.json.decode(states[before - 1]))
    back_us = batches[before + unseen][0].ts_us
    feed.skip_to(back_us - 1_000_000)
    after = taken(feed, 5)[0]
    assert after[0][0] == Gap(back_us, "", batches[before - 1][0].ts_us, "restart")
    assert mids(after) == mids(batches[before + unseen : before + unseen + 5])
    assert not any(isinstance(event, Gap) for batch in after[1:] for event in batch)


def test_an_absence_of_a_year_is_passed_in_a_week_of_walking():
    feed = feed_of()
    taken(feed, 3)
    back_us = START_US + 365 * 1440 * MINUTE_US
    feed.skip_to(back_us)
    [batch] = taken(feed, 1)[0]
    assert batch[0] == Gap(back_us, "", START_US + 10_000_000, "restart")
    bids = {event.symbol: event.bid for event in batch if isinstance(event, Quote)}
    assert set(bids) == set(ASSUMED)
    assert all(0.2 < bid / ASSUMED[symbol].start_price < 5 for symbol, bid in bids.items())


def test_an_absence_is_told_even_after_a_second_restart():
    feed = feed_of()
    taken(feed, 3)
    feed.skip_to(START_US + 30 * MINUTE_US)
    again = feed_of()
    again.restore(msgspec.json.decode(msgspec.json.encode(feed.state())))
    again.skip_to(START_US + 60 * MINUTE_US)
    assert taken(again, 1)[0][0][0] == Gap(START_US + 60 * MINUTE_US, "", START_US + 10_000_000, "restart")


def test_time_going_backwards_moves_nothing():
    feed = feed_of()
    batches = taken(feed, 3)[0]
    feed.skip_to(START_US - MINUTE_US)
    assert taken(feed, 1)[0][0][0] == Gap(batches[-1][0].ts_us + 5_000_000, "", batches[-1][0].ts_us, "restart")


def test_a_quiet_weekend_has_prices_that_never_move_and_sizes_that_do():
    batches = taken(feed_of(scenario="quiet_weekend"), 300)[0]
    for symbol in ("BTCUSDT", "ENAUSDT"):
        assert len({mid for _, mid in mids(batches, symbol)}) == 1
    sizes = {event.bid_qty for batch in batches for event in batch if isinstance(event, Quote) and event.symbol == "BTCUSDT"}
    assert len(sizes) > 100


def test_a_flash_crash_falls_eight_percent_and_gets_half_of_it_back():
    crashed, calm = taken(feed_of(scenario="flash_crash"), 300)[0], taken(feed_of(), 300)[0]
    for symbol in ("BTCUSDT", "ENAUSDT"):
        ratio = {now: fallen / usual for (now, fallen), (_, usual) in zip(mids(crashed, symbol), mids(calm, symbol), strict=True)}
        assert ratio[START_US + 10 * MINUTE_US] == pytest.approx(1.0)
        assert ratio[START_US + 12 * MINUTE_US] == pytest.approx(0.92, abs=0.003)
        assert ratio[START_US + 22 * MINUTE_US] == pytest.approx(0.96, abs=0.003)
    falling = [event for event in crashed[132] if isinstance(event, Quote)]
    usual = [event for event in calm[132] if isinstance(event, Quote)]
    for here, there in zip(falling, usual, strict=True):
        assert here.ask - here.bid == pytest.approx(20 * (there.ask - there.bid))
    assert sum(quote.bid_qty * quote.bid for quote in falling) < 0.2 * sum(quote.bid_qty * quote.bid for quote in usual)


def test_a_feed_outage_is_silent_and_then_told():
    batches = taken(feed_of(scenario="feed_outage"), 100)[0]
    times = [batch[0].ts_us - START_US for batch in batches]
    assert not [at for at in times if 5 * MINUTE_US <= at < 8 * MINUTE_US]
    gaps = [event for batch in batches for event in batch if isinstance(event, Gap)]
    assert gaps == [Gap(START_US + 8 * MINUTE_US, "", START_US + 5 * MINUTE_US - 5_000_000, "outage")]
    assert next(batch for batch in batches if batch[0].ts_us == gaps[0].ts_us)[0] == gaps[0]


def test_a_funding_spike_is_announced_settled_once_and_over():
    feed = feed_of(scenario="funding_spike", step_ms=60_000, start_us=START_US + MINUTE_US)
    batches = taken(feed, 1440)[0]
    settled = [event for batch in batches for event in batch if isinstance(event, Settlement)]
    by_time = [[one.funding_rate for one in group] for _, group in groupby(settled, lambda one: one.ts_us)]
    assert by_time[0] == [0.0075] * 6
    assert max(rate for rates in by_time[1:] for rate in rates) <= 0.0001
    assert {event.funding_rate for event in batches[0] if isinstance(event, Mark)} == {0.0075}


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"symbols": ("DOGEUSDT",)}, "DOGEUSDT"),
        ({"symbols": ()}, "BTCUSDT"),
        ({"symbols": ("BTCUSDT", "BTCUSDT")}, "once"),
        ({"step_ms": 700}, "700"),
        ({"step_ms": 0}, "divide a minute"),
        ({"start": "tomorrow"}, "tomorrow"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(made, says):
    with pytest.raises(SettingsError, match=says) as refused:
        feed_of(**made)
    assert "\n" not in str(refused.value)


def test_another_universe_does_not_take_over_a_checkpoint(unbroken):
    with pytest.raises(SettingsError, match="ETHUSDT"):
        feed_of(symbols=("BTCUSDT",)).restore(msgspec.json.decode(unbroken[1][0]))


def test_a_part_of_the_universe_moves_as_it_does_in_the_whole(unbroken):
    part = taken(feed_of(symbols=("BTCUSDT",)), 130)[0]
    assert mids(part)[120] == mids(unbroken[0])[120]


def test_notes_say_what_market_it_is():
    assert feed_of(scenario="flash_crash").notes == {"seed": 7, "scenario": "flash_crash", "step_ms": 5_000, "origin_us": START_US}
