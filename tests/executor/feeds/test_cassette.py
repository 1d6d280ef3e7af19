"""A cassette plays as it was recorded, the same each time, from wherever a run stopped."""

import asyncio
import itertools
import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import UnreadableFeed
from executor.feeds.base import FeedWiring
from executor.feeds.cassette import FEED
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.settings import Replay, Settings

T0 = 1_700_000_000_000_000
MS0 = T0 // 1000


def feed_of(path, symbols=()):
    return FEED(FeedWiring(settings=Settings(replay=Replay(symbols=symbols)), path=str(path), start_us=0))


def taken(feed, count=None):
    async def take():
        batches, states = [], []
        async for batch in feed.batches():
            batches.append(list(batch))
            states.append(msgspec.json.encode(feed.state()))
            if len(batches) == count:
                break
        return batches, states

    return asyncio.run(take())


def flat(batches):
    return list(itertools.chain.from_iterable(batches))


def written(path, *, messages=200, step_us=9_000):
    lines = []
    for at in range(messages):
        ts_us, symbol = T0 + at * step_us, ("AAAUSDT", "BTCUSDT")[at % 2]
        number = {"s": symbol, "T": MS0 + at, "E": MS0 + at}
        if at % 5 == 4:
            event = {"e": "aggTrade", "a": at + (at > 100), "p": "100.25", "q": "1.5", "f": 1, "l": 1, "m": True, **number}
        elif at % 17 == 3:
            event = {"e": "markPriceUpdate", **number, "p": "100.1", "i": "100.2", "r": "0.0001", "T": MS0 + (500 if at < 90 else 9_000)}
        else:
            event = {"e": "bookTicker", "u": at, "b": "100.25", "B": "1.5", "a": "100.50", "A": "2", **number}
        lines.append(f"{ts_us}000 {json.dumps(event)}\n")
    path.write_text("".join(lines))
    return path


def test_a_cassette_plays_the_same_each_time(tmp_path):
    path = written(tmp_path / "a.jsonl")
    first, second = flat(taken(feed_of(path))[0]), flat(taken(feed_of(path))[0])
    assert first == second
    assert {type(event) for event in first} == {Quote, Trade, Mark, Settlement, Gap}
    assert all(getattr(event, "source", "stream") == "stream" for event in first)
    times = [event.ts_us for event in first]
    assert times == sorted(times)


def test_batches_are_small(tmp_path):
    batches, _ = taken(feed_of(written(tmp_path / "a.jsonl")))
    assert all(batch[-1].ts_us - batch[0].ts_us < 50_000 for batch in batches)


@given(data=st.data())
def test_from_wherever_it_stopped_the_rest_is_the_same(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("tape") / "a.jsonl")
    batches, states = taken(feed_of(path))
    at = data.draw(st.integers(0, len(batches) - 1))
    again = feed_of(path)
    again.restore(msgspec.json.decode(states[at]))
    assert taken(again)[0] == batches[at + 1 :]


def test_a_restore_in_the_middle_of_playing_goes_on_from_there(tmp_path):
    path = written(tmp_path / "a.jsonl")
    batches, states = taken(feed_of(path))
    feed = feed_of(path)

    async def take():
        got = []
        async for batch in feed.batches():
            got.append(list(batch))
            if len(got) == 5:
                feed.restore(msgspec.json.decode(states[1]))
        return got

    assert asyncio.run(take()) == batches[:5] + batches[2:]


def test_time_that_is_skipped_is_told(tmp_path):
    path = written(tmp_path / "a.jsonl")
    batches, states = taken(feed_of(path))
    feed = feed_of(path)
    feed.restore(msgspec.json.decode(states[2]))
    until_us = T0 + 1_000_000
    feed.skip_to(until_us)
    rest = flat(taken(feed)[0])
    assert rest[0] == Gap(rest[1].ts_us, "", batches[2][-1].ts_us, "restart")
    assert rest[1:] == [event for event in flat(batches) if event.ts_us >= until_us]


def test_rules_are_the_usual_ones_or_what_the_numbers_show(tmp_path):
    rules = feed_of(written(tmp_path / "a.jsonl")).instruments
    assert rules["BTCUSDT"].tick_size == Decimal("0.1")
    assert (rules["AAAUSDT"].tick_size, rules["AAAUSDT"].step_size) == (Decimal("0.01"), Decimal("0.1"))


def test_symbols_may_be_chosen(tmp_path):
    path = written(tmp_path / "a.jsonl")
    feed = feed_of(path, ("BTCUSDT",))
    assert list(feed.instruments) == ["BTCUSDT"]
    assert {event.symbol for event in flat(taken(feed)[0])} == {"BTCUSDT"}
    with pytest.raises(UnreadableFeed, match="XXXUSDT"):
        feed_of(path, ("XXXUSDT",))


def test_a_cassette_without_a_quote_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('1700000000000000000 {"e":"depthUpdate"}\n')
    with pytest.raises(UnreadableFeed, match="no quote"):
        feed_of(path)


def test_another_cassette_than_the_one_before_is_refused(tmp_path):
    state = feed_of(written(tmp_path / "a.jsonl")).state()
    with pytest.raises(UnreadableFeed, match="put it back"):
        feed_of(written(tmp_path / "b.jsonl", messages=100)).restore(state)


def test_bad_frames_are_counted_and_played_over(tmp_path):
    path = written(tmp_path / "a.jsonl")
    sound = flat(taken(feed_of(path))[0])
    with path.open("a") as file:
        file.write("1700009999000000000 public {half of\n1700009999000000000 private {}\n")
    feed = feed_of(path)
    assert feed.notes["kinds"]["bad frame"] == 1
    assert flat(taken(feed)[0]) == sound


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ws_market_2023-04-05.jsonl", {Quote: 15, Trade: 15, Mark: 20, Settlement: 1}),
        ("ws_market_2024-07-19.jsonl", {Quote: 30, Trade: 30}),
    ],
)
def test_real_recordings_play_whole(shared, name, kinds):
    events = flat(taken(feed_of(shared / "wire" / "binanceusdm" / name))[0])
    counted = {kind: sum(isinstance(event, kind) for event in events) for kind in kinds}
    assert counted == kinds
    assert {type(event) for event in events} == set(kinds)
