"""Facts from tables, most quotes left out, are the facts of the journals, to the last byte."""

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.records.orders import Adjust
from hedge_assets.refreshing.facts import Facts, fold
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.carry import begun
from hedge_assets.tables.catalog import part, raw_tables
from hedge_assets.tables.days import DayError, day_of
from hedge_assets.tables.parquet import database, proof_of
from hedge_assets.tables.prepared import rows_of
from hedge_assets.tables.reach import days_over
from hedge_assets.tables.refolding import days_held, of_days, refolded
from hedge_assets.tables.thinning import Stretch, thin
from tests.hedge_assets.builders import (
    BTC,
    DAY,
    ETH,
    SECOND,
    T0,
    ack,
    decision,
    fill,
    heartbeat,
    intent,
    mark,
    quote,
    slice_of,
    submit,
    trade,
)
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, PAST, SECOND_DAY, THIRD, folds, journaled

START = T0 + DAY - 900 * SECOND


def ends(facts):
    return {stream: (one.first_seq, one.last_seq, one.key_us) for stream, one in facts.marks.items()}


def test_days_of_tables_are_what_was_carried_over_midnight(tmp_path):
    place = journaled(tmp_path)
    assert [each.reason for each in build(place, raw_tables(), [FIRST, SECOND_DAY])] == [None] * 6
    found, wanted = of_days(place, [FIRST, SECOND_DAY]), begun(place, THIRD, Facts())
    assert folds(found) == folds(wanted)
    assert ends(found) == ends(wanted)


def test_what_lies_behind_the_days_is_read_from_the_journals(tmp_path):
    place = journaled(tmp_path)
    list(build(place, raw_tables(), [FIRST]))
    until_us = T0 + DAY + 6 * 3_600 * SECOND
    found, wanted = refolded(place, until_us), fold(place.raw, Facts(), until_us=until_us)
    assert folds(found) == folds(wanted)
    assert {stream: one.last_seq for stream, one in found.marks.items()} == {stream: one.last_seq for stream, one in wanted.marks.items()}


def test_days_behind_a_missing_one_are_not_taken(tmp_path):
    place = journaled(tmp_path)
    list(build(place, raw_tables(), [SECOND_DAY]))
    assert days_held(place) == [SECOND_DAY]
    list(build(place, raw_tables()[:2], [FIRST]))
    assert days_held(place) == [SECOND_DAY]


def test_journals_that_reach_further_back_than_tables_are_read_from_their_beginning(tmp_path):
    place = journaled(tmp_path)
    list(build(place, raw_tables(), [SECOND_DAY]))
    assert folds(refolded(place, PAST)) == folds(fold(place.raw, Facts(), until_us=PAST))


def test_days_that_do_not_follow_each_other_are_refused(tmp_path):
    place = journaled(tmp_path / "one")
    other = journaled(tmp_path / "two")
    write(other.root, [quote(T0 + DAY + 3_600 * SECOND)])
    list(build(place, raw_tables(), [FIRST]))
    write(place.root, [])
    with pytest.raises(DayError, match="was the last before; build it again"):
        of_days(place, [FIRST, FIRST])


def test_most_quotes_of_a_quiet_minute_are_left_out(tmp_path):
    quotes = [quote(T0 + number * SECOND // 5, BTC, 50_000 + number % 7) for number in range(6_000)]
    write(tmp_path, [*quotes, heartbeat(T0 + 2 * DAY)])
    place = Place(root=tmp_path)
    list(build(place, raw_tables(), [FIRST]))
    with database(place.tables) as connection:
        thin(connection, Stretch(rows_of(place, "ticks", FIRST), rows_of(place, "orders", FIRST), start_us=T0, until_us=T0 + DAY - 1))
        (kept,) = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert kept < 100
    assert folds(of_days(place, [FIRST])) == folds(begun(place, SECOND_DAY, Facts()))


SYMBOLS = st.sampled_from((BTC, ETH))
TICK = st.tuples(st.just("tick"), st.integers(0, 9), SYMBOLS, st.integers(-30, 30), st.booleans())
BAD = st.tuples(st.just("bad"), st.integers(0, 9), SYMBOLS, st.sampled_from((0.0, -1.0)), st.booleans())
PRINT = st.tuples(st.sampled_from(("trade", "mark", "beat")), st.integers(0, 5), SYMBOLS)
ORDER = st.tuples(st.just("order"), st.integers(0, 70), SYMBOLS, st.sampled_from(("buy", "sell")), st.sampled_from(("USDT", "ETH")))
ADJUST = st.tuples(st.just("adjust"), st.integers(0, 5), SYMBOLS)


def told(steps, *, back_s):
    """Records of a lively quarter of an hour around midnight; the clock goes back once, if it does."""
    at, news, records = START, START, [quote(START, BTC), quote(START, ETH), heartbeat(START)]
    for number, (kind, wait, symbol, *rest) in enumerate(steps):
        at += wait * 700_000 - (back_s * SECOND if number == len(steps) // 2 else 0)
        at = max(at, START)
        if kind in ("tick", "bad"):
            news = at if rest[1] else news
            last = None if number % 5 == 0 and number % 2 else 50_000.0
            given_ = {"mid": 50_000.0 + rest[0]} if kind == "tick" else {"bid": rest[0]}
            records.append(quote(at, symbol, exchange_ts_us=news, last=last, **given_))
        elif kind == "order":
            ids, side = (f"c{number}", f"i{number}"), rest[0]
            records += [intent(at, ids[1], symbol, side=side), decision(at, ids[1], symbol, slice=slice_of(at, symbol))]
            records += [submit(at, *ids, symbol=symbol, side=side, mid=50_000.0), ack(at + 10, ids[0], symbol=symbol)]
            records.append(fill(at + 20, ids[0], symbol=symbol, side=side, price="50001", qty="0.1", fee_asset=rest[1]))
        elif kind == "adjust":
            records.append(Adjust(at, symbol=symbol, venue_qty=Decimal("0.2"), our_qty=Decimal(0), reason="venue"))
        else:
            records.append({"trade": trade, "mark": mark}[kind](at, symbol) if kind != "beat" else heartbeat(at, number))
    return [*records, heartbeat(at + 2 * DAY, 9_999)]


def spans_midnight_twice(place, days):
    """Whether a clock went back over midnight, so that the days' records lie between each other."""
    with database(place.tables) as connection:
        proofs = [proof_of(connection, part(place.tables, table.name, day)) for table in raw_tables() for day in days]
    return any(proof.strays for proof in proofs)


@settings(max_examples=12, deadline=None)
@given(
    steps=st.lists(st.one_of(TICK, TICK, TICK, BAD, PRINT, ORDER, ADJUST), min_size=1, max_size=150), back_s=st.sampled_from((0, 0, 0, 7))
)
def test_nobody_can_tell_thinned_days_from_whole_ones(steps, back_s):
    with tempfile.TemporaryDirectory() as folder:
        records = told(steps, back_s=back_s)
        write(Path(folder), records)
        place = Place(root=Path(folder))
        days = list(days_over(place.raw))[:3]
        assert [each.reason for each in build(place, raw_tables(), days) if each.reason] == []
        last = day_of(records[-2].ts_us)
        assert last in days
        if back_s and spans_midnight_twice(place, days[:-1]):
            with pytest.raises(DayError, match=r"records of other days between|was the last before"):
                of_days(place, days[:-1])
            return
        found = of_days(place, days[:-1])
        wanted = begun(place, days[-1], Facts())
        assert folds(found) == folds(wanted)
