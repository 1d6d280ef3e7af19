"""The rule that makes quotes of bars, and funding beside them."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import UnreadableFeed
from executor.recordings.bars import Bars, books_of, path_of, rules_of
from executor.recordings.files import connection, recorded_at
from executor.records.market import Instrument, Mark, Quote, Settlement
from executor.settings import Replay

T0 = 1_748_736_000_000  # 2025-06-01 00:00 UTC, ms
MINUTE = 60_000


def bars(symbol="BTCUSDT", *, times=(0, 1), **changed):
    count = len(times)
    columns = {
        "ts_ms": [T0 + MINUTE * at for at in times],
        "symbol": [symbol] * count,
        "open": [100.0] * count,
        "high": [103.0] * count,
        "low": [99.0] * count,
        "close": [102.0] * count,
        "volume": [600.0] * count,
    }
    return columns | changed


def opened(where, **replay):
    con = connection()
    return Bars(con, recorded_at(con, str(where)), where=str(where), replay=Replay(**replay))


def whole(recording):
    batches, memory = [], recording.memory
    for chunk in range(len(recording)):
        more, memory = recording.read(chunk, memory)
        batches += more
    return batches


ohlc = (
    st.lists(st.integers(1, 10**6), min_size=4, max_size=4)
    .map(sorted)
    .flatmap(lambda four: st.permutations(four[1:3]).map(lambda inner: [inner[0], four[3], four[0], inner[1]]))
)


@given(st.lists(ohlc, min_size=1, max_size=20))
def test_a_path_opens_closes_and_reaches_both_extremes_the_nearer_first(rows):
    for (opening, high, low, close), path in zip(rows, path_of(np.array(rows, dtype=float)).tolist(), strict=True):
        assert (path[0], path[3]) == (opening, close)
        assert path[1:3] == ([low, high] if close >= opening else [high, low])


@given(price=st.integers(2_000, 10**9), spread_bps=st.floats(0, 50), places=st.integers(0, 5))
def test_a_book_is_on_the_tick_as_wide_as_told_and_around_its_price(price, spread_bps, places):
    tick = Decimal(1).scaleb(-places)
    rules = rules_of({"A": Instrument(symbol="A", tick_size=tick, step_size=tick, min_qty=tick, min_notional=tick)})
    at = float(price * tick)
    [[bid], [ask]] = books_of(np.array([at]), np.array([0]), rules, spread_bps=spread_bps)
    assert (round(bid, places), round(ask, places)) == (bid, ask)
    ticks = round((ask - bid) * 10**places)
    assert ticks >= 1
    assert abs(ticks - max(1.0, at * spread_bps * 1e-4 * 10**places)) <= 0.5 + 1e-6
    assert bid - 1e-9 <= at <= ask + 1e-9


def test_all_symbols_of_an_instant_are_one_batch_and_a_bar_is_four_instants(table):
    table("bars/BTCUSDT_1m_x.parquet", bars())
    folder = table("bars/ETHUSDT_1m_x.parquet", bars("ETHUSDT", times=(1,), close=[99.0])).parent
    recording = opened(folder, bar_spread_bps=0.0)
    batches = whole(recording)
    assert [batch[0].ts_us // 1_000 - T0 for batch in batches] == [0, 20_000, 40_000, 59_999, 60_000, 80_000, 100_000, 119_999]
    assert [[quote.symbol for quote in batch] for batch in batches] == [["BTCUSDT"]] * 4 + [["BTCUSDT", "ETHUSDT"]] * 4
    assert [batch[0].last for batch in batches[4:]] == [100.0, 99.0, 103.0, 102.0]
    assert [batch[1].last for batch in batches[4:]] == [100.0, 103.0, 99.0, 99.0]
    first = batches[0][0]
    assert (first.bid, first.ask, first.bid_qty, first.ask_qty, first.source) == (100.0, 100.1, 10.0, 10.0, "replay")
    assert recording.loop_s == 60.0


def test_longer_bars_pass_their_four_prices_at_thirds(table):
    path = table("XRPUSDT_5m_x.parquet", bars("XRPUSDT", times=(0, 5)))
    assert opened(path).loop_s == 300.0
    assert [batch[0].ts_us // 1_000 - T0 for batch in whole(opened(path))][:4] == [0, 100_000, 200_000, 299_999]


def test_funding_beside_the_bars_settles_at_the_last_mid_and_expects_the_same_again(table):
    path = table("bars/BTCUSDT_1m_x.parquet", bars(times=(479, 480, 481)))
    funding = {"ts_ms": [T0 + 28_800_004, T0 + 28_800_004, T0 + 57_600_000], "symbol": ["BTCUSDT", "ELSE", "BTCUSDT"]}
    table("funding/some.csv.gz", funding | {"funding_rate": [0.0003, 0.5, 0.0001]})
    recording = opened(path.parent)
    events = [event for batch in whole(recording) for event in batch]
    [place] = [place for place, event in enumerate(events) if isinstance(event, Settlement)]
    assert all(a.ts_us <= b.ts_us for a, b in pairwise(events))
    settled, mark, before = events[place], events[place + 1], events[place - 1]
    assert isinstance(before, Quote)
    mid = (before.bid + before.ask) / 2
    assert settled == Settlement((T0 + 28_800_004) * 1_000, (T0 + 28_800_004) * 1_000, "BTCUSDT", 0.0003, mid, "replay")
    assert isinstance(mark, Mark)
    assert (mark.funding_rate, mark.next_funding_us) == (0.0003, (T0 + 57_600_000) * 1_000)
    assert (recording.notes["funding"], recording.notes["settlements"]) == ("some.csv.gz", 1)


def test_a_settlement_between_days_uses_the_last_mid_seen(table):
    path = table("bars/BTCUSDT_1m_x.parquet", bars(times=(0, 1, 2_880)))
    funding = {"ts_ms": [T0 + 1_440 * MINUTE], "symbol": ["BTCUSDT"], "funding_rate": [0.0003]}
    named = table("f.csv.gz", funding)
    kinds = [type(batch[0]).__name__ for batch in whole(opened(path, funding=str(named)))]
    assert kinds == ["Quote"] * 8 + ["Settlement"] + ["Quote"] * 4


def test_a_settlement_at_the_very_instant_of_a_quote_is_of_its_batch(table):
    path = table("bars/BTCUSDT_1m_x.parquet", bars(times=(0, 1, 2)))
    named = table("f.csv.gz", {"ts_ms": [T0 + MINUTE], "symbol": ["BTCUSDT"], "funding_rate": [0.0003]})
    batches = whole(opened(path, funding=str(named)))
    assert [type(event).__name__ for event in batches[4]] == ["Quote", "Settlement", "Mark"]
    assert len({batch[0].ts_us for batch in batches}) == len(batches) == 12


def test_funding_of_several_venues_counts_once(table):
    path = table("bars/BTCUSDT_1m_x.parquet", bars(times=(0, 1, 2)))
    funding = {"ts_ms": [T0 + MINUTE] * 2, "venue": ["b", "a"], "symbol": ["BTCUSDT"] * 2, "funding_rate": [0.2, 0.1]}
    named = table("f.csv.gz", funding)
    settled = [event for batch in whole(opened(path, funding=str(named))) for event in batch if isinstance(event, Settlement)]
    assert [one.funding_rate for one in settled] == [0.1]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"high": [101.0, 103.0]}, "impossible prices"),
        ({"low": [float("nan"), 99.0]}, "impossible prices"),
        ({"volume": [-1.0, 1.0]}, "impossible prices"),
        ({"times": (1, 1)}, "twice"),
    ],
)
def test_damaged_bars_are_refused(table, changed, says):
    with pytest.raises(UnreadableFeed, match=says):
        opened(table("BTCUSDT_1m_x.parquet", bars(**changed)))


def test_bars_of_two_lengths_and_funding_that_does_not_fit_are_refused(table):
    path = table("bars/BTCUSDT_1m_x.parquet", bars())
    with pytest.raises(UnreadableFeed, match="does not exist"):
        opened(path, funding="nowhere.csv.gz")
    named = table("f.csv.gz", {"ts_ms": [T0 - MINUTE], "symbol": ["BTCUSDT"], "funding_rate": [0.0003]})
    with pytest.raises(UnreadableFeed, match="no settlement"):
        opened(path, funding=str(named))
    table("bars/ETHUSDT_5m_x.parquet", bars("ETHUSDT", times=(0, 5)))
    with pytest.raises(UnreadableFeed, match="one length"):
        opened(path.parent)
