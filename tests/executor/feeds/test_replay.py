"""Recordings come out whole, in order, the same again after a restart, and refused when they are damaged."""

import asyncio
import itertools
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.errors import UnreadableFeed
from executor.feeds.base import FeedWiring
from executor.feeds.replay import FEED
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.settings import Replay, Settings

T0 = 1_748_736_000_000  # 2025-06-01 00:00 UTC, ms


def feed_of(path, **replay):
    return FEED(FeedWiring(settings=Settings(replay=Replay(**replay)), path=str(path), start_us=0))


def taken(feed, count=None):
    """The next batches (all of them without `count`), and the state after each."""

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
    return [event for batch in batches for event in batch]


def books(times=(0, 10, 10, 400_000), **changed):
    columns = {
        "recv_ns": [(T0 + at + 7) * 1_000_000 for at in times],
        "event_ms": [T0 + at for at in times],
        "ts_ms": [T0 + at for at in times],
        "symbol": ["AAAUSDT"] * len(times),
        "update_id": [5, 7, 6, 8][: len(times)],
        "bid": [1.25, 1.27, 1.26, 1.28][: len(times)],
        "bid_qty": [3.0] * len(times),
        "ask": [1.26, 1.28, 1.27, 1.29][: len(times)],
        "ask_qty": [4.5] * len(times),
    }
    return columns | changed


def trades(**changed):
    columns = {
        "ts_ms": [T0 + 10, T0 + 70],
        "symbol": ["AAAUSDT"] * 2,
        "trade_id": [1, 2],
        "price": [1.26, 1.28],
        "qty": [1.0, 2.0],
        "side": ["buy", "sell"],
        "kind": ["MARKET"] * 2,
    }
    return columns | changed


def test_a_real_recording_is_whole_and_in_the_exchanges_order(shared):
    feed = feed_of(shared / "data/ticks/20240718")
    batches = taken(feed)[0]
    events = flat(batches)
    assert Counter(type(event) for event in events) == {Quote: 99_588, Trade: 24_356}
    assert (feed.notes["quotes"], feed.notes["trades"]) == (99_588, 24_356)
    assert all(a.ts_us <= b.ts_us for a, b in itertools.pairwise(events))
    assert all(batch[-1].ts_us - batch[0].ts_us < 50_000 for batch in batches)
    last = {}
    for event in events:
        if isinstance(event, Trade):
            last[event.symbol] = event.price
        else:
            assert event.last == last.get(event.symbol)
            assert event.bid < event.ask


def test_a_recorders_clock_offset_is_found(shared):
    files = feed_of(shared / "data/ticks/20240718").notes["files"]
    for one in files:
        assert one["clock_offset_ms"] == pytest.approx(-1524, abs=2)
        assert one["latency_p50_ms"] == pytest.approx(3, abs=1)
        assert one["latency_p95_ms"] == pytest.approx(12, abs=4)


def test_funding_settles_where_recorded_marks_pass_their_time(shared):
    events = flat(taken(feed_of(shared / "data/ticks/20230404"))[0])
    assert Counter(type(event) for event in events) == {Quote: 44_205, Trade: 12_935, Mark: 514, Settlement: 1}
    [settled] = [event for event in events if isinstance(event, Settlement)]
    assert (settled.ts_us, settled.funding_rate) == (1_680_652_800_010_000, 2.754e-05)


def test_snapshots_of_books_are_quotes_and_marks_once_funding_is_known(shared):
    events = flat(taken(feed_of(shared / "data/ticks/20240921"))[0])
    assert Counter(type(event) for event in events) == {Quote: 1_331, Mark: 1_208}


def test_real_bars_of_sixteen_symbols_are_four_quotes_each(shared):
    feed = feed_of(shared / "data/klines_1m")
    assert (feed.notes["bars"], feed.notes["quotes"], len(feed.instruments)) == (683_759, 2_735_036, 16)
    assert feed.loop_s == 60.0
    events = flat(taken(feed, 2_000)[0])
    assert {event.symbol for event in events if isinstance(event, Settlement)} >= {"BTCUSDT", "ENAUSDT"}
    assert all(a.ts_us <= b.ts_us for a, b in itertools.pairwise(events))


def test_one_symbols_month_of_real_bars_comes_out_whole(shared):
    feed = feed_of(shared / "data/klines_1m", symbols=("BTCUSDT",))
    kinds = Counter(type(event) for event in flat(taken(feed)[0]))
    assert kinds[Quote] == 4 * 43_197
    assert kinds[Settlement] == kinds[Mark] == feed.notes["settlements"] == 89  # the file ends before 2025-06-03 08:00


def test_within_a_millisecond_trades_come_before_books_and_ids_decide(table):
    folder = table("t/a_book_ticker.parquet", books()).parent
    table("t/a_trades.parquet", trades())
    batches = taken(feed_of(folder))[0]
    assert [[(type(one).__name__, getattr(one, "bid", None)) for one in batch] for batch in batches] == [
        [("Quote", 1.25), ("Trade", None), ("Quote", 1.26), ("Quote", 1.27)],
        [("Trade", None)],
        [("Quote", 1.28)],
    ]
    assert [event.last for event in flat(batches) if isinstance(event, Quote)] == [None, 1.26, 1.26, 1.28]


def test_rules_of_an_unknown_symbol_are_read_off_its_numbers(table):
    [instrument] = feed_of(table("a_book_ticker.parquet", books())).instruments.values()
    assert (str(instrument.tick_size), str(instrument.step_size)) == ("0.01", "1")


@settings(max_examples=12, deadline=None)
@given(cut=st.integers(0, 2_000))
def test_a_restart_in_real_ticks_goes_on_as_if_unbroken(shared, cut):
    goes_on(shared / "data/ticks/20210722", cut)


@settings(max_examples=6, deadline=None)
@given(cut=st.integers(0, 2_000))
def test_a_restart_in_real_bars_goes_on_as_if_unbroken(shared, cut):
    goes_on(shared / "data/klines_5m", cut)


UNBROKEN = {}


def goes_on(path, cut):
    if path not in UNBROKEN:
        UNBROKEN[path] = (*taken(feed_of(path), 2_050), feed_of(path))
    batches, states, feed = UNBROKEN[path]
    cut %= len(batches)
    feed.restore(msgspec.json.decode(states[cut]))
    assert taken(feed, 40)[0] == batches[cut + 1 : cut + 41]


def test_a_restart_does_not_settle_twice_or_forget_the_last_price(table):
    at = [T0 + 28_790_000, T0 + 28_801_000, T0 + 29_200_000]
    marks = {
        "event_ms": at,
        "symbol": ["AAAUSDT"] * 3,
        "mark": [1.25, 1.26, 1.27],
        "index": [1.25] * 3,
        "funding_rate": [0.0001, 0.0002, 0.0002],
        "next_funding_ms": [T0 + 28_800_000, T0 + 28_800_000, T0 + 57_600_000],
    }
    folder = table("t/a_mark_price.parquet", marks).parent
    table("t/a_book_ticker.parquet", books(times=(0, 28_800_500, 29_100_000, 29_200_001)))
    table("t/a_trades.parquet", trades())
    batches, states = taken(feed_of(folder))
    settled = [event for event in flat(batches) if isinstance(event, Settlement)]
    assert [(one.ts_us, one.funding_rate, one.mark) for one in settled] == [(at[1] * 1_000, 0.0001, 1.26)]
    for cut, state in enumerate(states):
        feed = feed_of(folder)
        feed.restore(msgspec.json.decode(state))
        assert taken(feed)[0] == batches[cut + 1 :]


def test_a_skip_gives_nothing_older_and_tells_of_it(table):
    feed = feed_of(table("a_book_ticker.parquet", books()))
    taken(feed, 1)
    feed.skip_to((T0 + 100_000) * 1_000)
    [batch] = taken(feed)[0]
    assert batch[0] == Gap((T0 + 400_000) * 1_000, "", (T0 + 10) * 1_000, "restart")
    assert batch[1].bid == 1.28


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"bid": [1.25, 1.27, 1.26, 9.0]}, f"1 rows with a crossed.*AAAUSDT at ts_ms {T0 + 400_000}"),
        ({"ask": [1.26, float("nan"), 1.27, 1.29]}, "crossed or unfinished"),
        ({"ask_qty": [1.0, None, 1.0, 1.0]}, "crossed or unfinished"),
        ({"bid": [0.0, 1.27, 1.26, 1.28]}, "crossed or unfinished"),
    ],
)
def test_damaged_books_are_refused_in_one_line(table, changed, says):
    path = table("a_book_ticker.parquet", books(**changed))
    with pytest.raises(UnreadableFeed, match=says) as refused:
        feed_of(path)
    assert "\n" not in str(refused.value)


def test_what_is_no_recording_is_refused(table, tmp_path):
    with pytest.raises(UnreadableFeed, match="does not exist"):
        feed_of(tmp_path / "nowhere")
    with pytest.raises(UnreadableFeed, match="does not exist"):
        feed_of("")
    with pytest.raises(UnreadableFeed, match="no best prices"):
        feed_of(tmp_path)
    with pytest.raises(UnreadableFeed, match="no best prices"):
        feed_of(table("only_trades.parquet", trades()))
    with pytest.raises(UnreadableFeed, match="no rows"):
        feed_of(table("empty_book_ticker.parquet", {name: [] for name in books()}))
    torn = table("torn_book_ticker.parquet", books())
    torn.write_bytes(torn.read_bytes()[:-20])
    with pytest.raises(UnreadableFeed, match=r"cannot be read.*fetch it again"):
        feed_of(torn)


def test_damaged_trades_and_unknown_symbols_are_refused(table):
    folder = table("t/a_book_ticker.parquet", books()).parent
    with pytest.raises(UnreadableFeed, match="BBBUSDT"):
        feed_of(folder, symbols=("BBBUSDT",))
    table("t/a_trades.parquet", trades(price=[float("nan"), 1.0]))
    with pytest.raises(UnreadableFeed, match="positive price"):
        feed_of(folder)


def test_another_recording_does_not_take_over_a_checkpoint(table):
    longer = feed_of(table("a_book_ticker.parquet", books()))
    shorter = feed_of(table("b_book_ticker.parquet", books(times=(0,))))
    with pytest.raises(UnreadableFeed, match="2 chunks, now 1"):
        shorter.restore(msgspec.json.decode(msgspec.json.encode(longer.state())))
