"""Tables prove themselves: by their own rows, by the day before, by the journals while they are there."""

import shutil

import duckdb
import msgspec
import pytest

from hedge_assets.store import StoreError
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import part, scan
from hedge_assets.tables.held import Kept, hole, kept, missing, verified
from hedge_assets.tables.parquet import database, proof_of, write
from hedge_assets.tables.shape import Proof
from tests.hedge_assets.builders import heartbeat
from tests.hedge_assets.journals import write as journal
from tests.hedge_assets.tabled import FIRST, PAST, SECOND_DAY, journaled


@pytest.fixture
def place(tmp_path):
    made = journaled(tmp_path)
    assert [each.reason for each in build(made, scan(), [SECOND_DAY, FIRST])] == [None] * 14
    return made


def faults(place):
    return {(each.table, each.day): each.fault for each in verified(place, scan()) if each.fault is not None}


def rewritten(place, name, query):
    """A table's day with other rows under its old proof."""
    path = part(place.tables, name, FIRST)
    with database(place.tables) as connection:
        proof = proof_of(connection, path)
    other = path.with_name("other")
    options = "FORMAT parquet, KV_METADATA {hedge: '" + msgspec.json.encode(proof).decode() + "'}"
    duckdb.execute(f"COPY ({query.format(rows=f'read_parquet({str(path)!r}, hive_partitioning = false)')}) TO '{other}' ({options})")
    other.rename(path)


def test_what_was_built_is_whole(place):
    assert faults(place) == {}
    assert missing(place, scan()) == []


def test_what_was_built_is_whole_when_the_journals_are_gone(place):
    shutil.rmtree(place.raw)
    assert faults(place) == {}


def test_a_row_that_is_gone_is_told(place):
    rewritten(place, "ticks", "SELECT * FROM {rows} WHERE seq <> 7")
    assert faults(place)["ticks", FIRST] == "it has 25 rows from 1 to 26, its proof says 26 from 1 to 26"


def test_rows_out_of_order_are_told(place):
    rewritten(place, "ticks", "SELECT * FROM {rows} ORDER BY seq DESC")
    assert faults(place)["ticks", FIRST] == "25 rows are not in order"


def test_a_changed_line_is_told_also_without_journals(place):
    shutil.rmtree(place.raw)
    rewritten(place, "orders", "SELECT * REPLACE (replace(line, 'momentum', 'momentun') AS line) FROM {rows}")
    assert faults(place)["orders", FIRST] == "the line of record 1 is broken"


def test_a_file_that_is_none_of_ours_is_told(place):
    part(place.tables, "trades", FIRST).write_bytes(b"PAR1 and nothing else PAR1")
    assert "is no table of ours" in faults(place)["trades", FIRST]
    assert "is no table of ours" in next(each.fault for each in kept(place, scan()) if each.fault)


def test_a_table_that_has_less_than_the_journal_is_told(place):
    path = part(place.tables, "positions", SECOND_DAY)
    with database(place.tables) as connection:
        rows = f"SELECT * FROM read_parquet('{path}', hive_partitioning = false) ORDER BY seq LIMIT 1"
        count, first, last = connection.execute(f"SELECT count(*), min(seq), max(seq) FROM ({rows})").fetchone()
        shorter = Proof(table="positions", day=str(SECOND_DAY), rows=count, first_seq=first, last_seq=last)
        write(connection, rows, path.with_name("shorter"), proof=shorter, order="seq")
    path.with_name("shorter").rename(path)
    assert faults(place)["positions", SECOND_DAY].startswith("the journal has ")


def row(day, first, last, strays=0):
    held = 0 if first is None else last - first + 1 - strays
    proof = Proof(table="ticks", day=str(day), rows=held, first_seq=first, last_seq=last, strays=strays)
    return Kept("ticks", day, path=None, size_bytes=0, proof=proof)


def test_a_day_goes_on_where_the_one_before_it_ended():
    assert hole(row(FIRST, 1, 9), row(SECOND_DAY, 10, 12)) is None
    assert hole(row(FIRST, 1, 9), row(SECOND_DAY, 11, 12)) == "it begins with 11, the day before ended with 9; build both days again"
    assert hole(row(FIRST, None, None), row(SECOND_DAY, 11, 12)) is None
    assert hole(row(FIRST, 1, 11, strays=1), row(SECOND_DAY, 10, 12)) is None
    assert hole(None, row(SECOND_DAY, 11, 12)) is None


def test_a_file_is_not_written_where_rows_are_not_those_that_were_counted(tmp_path):
    path = tmp_path / "ticks" / f"day={FIRST}" / "part.parquet"
    with database(tmp_path) as connection, pytest.raises(StoreError, match="came to 2 rows from 1 to 2, must be 3 from 1 to 3"):
        write(
            connection,
            "SELECT unnest([1, 2]) AS seq",
            path,
            proof=Proof(table="ticks", day=str(FIRST), rows=3, first_seq=1, last_seq=3),
            order="seq",
        )
    assert list(path.parent.iterdir()) == []


def test_days_that_were_not_made_are_missing(tmp_path):
    place = journaled(tmp_path)
    assert missing(place, scan()) == [FIRST, SECOND_DAY]
    list(build(place, scan(), [FIRST]))
    assert missing(place, scan()) == [SECOND_DAY]


def test_a_day_that_is_refused_leaves_the_others(tmp_path):
    place = journaled(tmp_path)
    journal(tmp_path, [heartbeat(PAST)])
    done = list(build(place, scan()[:1], [FIRST, SECOND_DAY.replace(day=9)]))
    assert [each.reason is None for each in done] == [True, False]
    assert done[0].size_bytes == part(place.tables, done[0].table, FIRST).stat().st_size
