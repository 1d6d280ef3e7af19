"""What the folds make of days: as one reading of everything makes it, in any order of building."""

import tempfile
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.journal.segments import listed
from executor.records.streams import STREAMS
from hedge_assets.refreshing.facts import Facts, fold
from hedge_assets.refreshing.shadowing import nothing_of
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.carry import begun, kept, path_of
from hedge_assets.tables.catalog import derived_tables, part, scan
from hedge_assets.tables.days import day_of
from hedge_assets.tables.derived_days import build_derived
from hedge_assets.tables.reach import days_over, first_day
from tests.hedge_assets.builders import BTC, DAY, MINUTE, SECOND, T0, ack, decision, fill, heartbeat, intent, quote, slice_of, submit
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, THIRD, folds, journaled, pruned_to

TABLES = {table.name: table for table in derived_tables()}


def rows(place, name, day, columns="*"):
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{part(place.tables, name, day)}', hive_partitioning = false)").fetchall()


def test_a_trade_is_a_row_of_the_day_it_was_closed_on(tmp_path):
    place = journaled(tmp_path)
    proofs = build_derived(place, [TABLES["trades"]], FIRST)
    (trade,) = fold(place.raw, Facts()).ledger.recent
    assert [(proof.table, proof.rows) for proof in proofs] == [("trades", 1)]
    assert rows(place, "trades", FIRST, "number, symbol, net, closed_us") == [(1, trade.symbol, trade.net, trade.closed_us)]
    build_derived(place, [TABLES["trades"]], SECOND_DAY)
    assert rows(place, "trades", SECOND_DAY) == []


def test_a_fill_just_before_midnight_has_its_markouts_of_the_next_day(tmp_path):
    end = T0 + DAY
    at = end - 2 * SECOND
    late = [intent(at), decision(at, slice=slice_of(at)), submit(at, mid=50_000.0), ack(at), fill(at, price="50000")]
    after = [quote(end + second * SECOND, BTC, 50_000 + second) for second in range(0, 310, 10)]
    write(tmp_path, [quote(T0), heartbeat(T0), quote(at), *late, heartbeat(at), *after, heartbeat(end + 320 * SECOND)])
    place = Place(root=tmp_path)
    build_derived(place, list(TABLES.values()), FIRST)
    ((markouts,),) = rows(place, "fills", FIRST, "markouts_bps")
    assert [None if each is None else round(each, 6) for each in markouts] == [0.0, None, 4.0, 10.0, 58.0]  # 3 s is too old for 5 s


def test_the_second_day_is_made_from_its_own_records_and_what_the_first_left(tmp_path):
    place = journaled(tmp_path)
    build_derived(place, list(TABLES.values()), FIRST)
    assert kept(place.tables, SECOND_DAY, Facts()) is not None
    assert kept(place.tables, SECOND_DAY, nothing_of(place.telemetry)) is not None
    (proof,) = build_derived(place, [TABLES["fills"]], SECOND_DAY)
    assert proof.inputs["raw/ticks"].partition("..")[0] != "1"
    assert rows(place, "fills", SECOND_DAY, "symbol") == [("ETHUSDT",)]


def test_a_later_day_can_be_the_first_that_is_asked_for(tmp_path):
    place = journaled(tmp_path / "one")
    build_derived(place, list(TABLES.values()), SECOND_DAY)
    other = journaled(tmp_path / "two")
    for day in (FIRST, SECOND_DAY):
        build_derived(other, list(TABLES.values()), day)
    for name in TABLES:
        assert part(place.tables, name, SECOND_DAY).read_bytes() == part(other.tables, name, SECOND_DAY).read_bytes()


def test_a_damaged_carry_is_made_again(tmp_path):
    place = journaled(tmp_path)
    whole = folds(begun(place, SECOND_DAY, Facts()))
    path_of(place.tables, SECOND_DAY).write_bytes(b"nothing of ours")
    assert folds(begun(place, SECOND_DAY, Facts())) == whole


TRADED = st.lists(st.tuples(st.integers(1, 40_000), st.sampled_from(("buy", "sell"))), min_size=1, max_size=12)


@settings(max_examples=8, deadline=None)
@given(trades=TRADED, rotate=st.sampled_from((2_000, 1 << 20)))
def test_days_one_by_one_make_what_one_reading_makes(trades, rotate):
    with tempfile.TemporaryDirectory() as folder:
        records, at = [quote(T0), heartbeat(T0)], T0
        for number, (wait_s, side) in enumerate(trades):
            at += wait_s * SECOND
            ids = (f"c{number}", f"i{number}")
            records += [quote(at, BTC, 50_000 + number), intent(at, ids[1], side=side), decision(at, ids[1], slice=slice_of(at))]
            records += [submit(at, *ids, side=side), ack(at, ids[0]), fill(at, ids[0], side=side, price=50_000 + number, qty="0.1")]
            records += [heartbeat(at, number), quote(at + MINUTE, BTC, 50_001 + number), heartbeat(at + MINUTE, number)]
        records.append(heartbeat(at + 2 * DAY, 99))
        write(Path(folder), records, rotate_bytes=rotate)
        place = Place(root=Path(folder))
        days = [day for day in days_over(place.raw) if day <= day_of(at)]
        for day in days:
            build_derived(place, list(TABLES.values()), day)
        wholes = {"facts": fold(place.raw, Facts()), "shadow": fold(place.raw, nothing_of(place.telemetry))}
        for name, (total, newest) in {name: table.newest(wholes[table.of]) for name, table in TABLES.items()}.items():
            found = [row for day in days for row in rows(place, name, day, f"number, {TABLES[name].when}")]
            assert len(newest) == total
            assert sorted(found) == [(number, getattr(row, TABLES[name].when)) for number, row in enumerate(newest, 1)]


def test_the_third_day_is_not_over(tmp_path):
    place = journaled(tmp_path)
    assert days_over(place.raw) == (FIRST, SECOND_DAY)
    assert THIRD not in days_over(place.raw)


def test_a_day_of_which_the_journals_lost_a_part_is_not_made_again(tmp_path):
    place = journaled(tmp_path, rotate_bytes=1_024)
    list(build(place, scan(), [FIRST, SECOND_DAY]))
    before = {table.name: part(place.tables, table.name, FIRST).read_bytes() for table in scan()}
    for stream in STREAMS:
        listed(place.raw / stream)[0].path.unlink()
    assert first_day(place.raw) == FIRST
    refused = [each.reason for each in build(place, scan(), [FIRST])]
    assert all(reason is not None and "were pruned" in reason for reason in refused)
    assert {table.name: part(place.tables, table.name, FIRST).read_bytes() for table in scan()} == before


def test_a_day_that_the_journals_begin_with_is_made_from_what_was_kept_of_the_days_before(tmp_path):
    place = journaled(tmp_path, rotate_bytes=256)
    list(build(place, scan(), [FIRST, SECOND_DAY]))
    before = {table.name: rows(place, table.name, SECOND_DAY) for table in derived_tables()}
    pruned_to(place, SECOND_DAY)
    assert first_day(place.raw) == SECOND_DAY
    assert [each.reason for each in build(place, derived_tables(), [SECOND_DAY]) if each.reason] == []
    assert {table.name: rows(place, table.name, SECOND_DAY) for table in derived_tables()} == before
