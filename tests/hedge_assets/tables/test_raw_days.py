"""A journal's day as a table: every line, once, as the journal has it, and nothing where it is not whole."""

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from executor.journal.segments import content, listed
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import part, raw_tables
from hedge_assets.tables.days import DayError, day_of
from hedge_assets.tables.raw_days import build_raw, counted
from tests.hedge_assets.builders import DAY, SECOND, T0, heartbeat, quote
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, PAST, SECOND_DAY, THIRD, journaled

TICKS, ORDERS, POSITIONS = ({table.name: table for table in raw_tables()}[name] for name in ("ticks", "orders", "positions"))


def rows(place, table, day, columns="*"):
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{part(place.tables, table.name, day)}', hive_partitioning = false)").fetchall()


def lines(place, stream):
    return [line for segment in listed(place.raw / stream) for line in content(segment).decode().splitlines()]


@pytest.mark.parametrize("table", [ORDERS, POSITIONS])
def test_every_line_of_a_day_is_there_as_it_was_written(tmp_path, table):
    place = journaled(tmp_path)
    proofs = [build_raw(place, table, day) for day in (FIRST, SECOND_DAY)]
    found = [line for day in (FIRST, SECOND_DAY) for (line,) in rows(place, table, day, "line")]
    written = lines(place, table.stream)
    assert found == written[: len(found)]
    assert sum(proof.rows for proof in proofs) == len(found) >= len(written) - 2  # the third day has two
    assert proofs[1].first_seq == proofs[0].last_seq + 1


def test_ticks_are_columns(tmp_path):
    place = journaled(tmp_path)
    build_raw(place, TICKS, FIRST)
    seq, ts_us, kind, symbol, bid, mark = rows(place, TICKS, FIRST, "seq, ts_us, kind, symbol, bid, mark")[0]
    assert (seq, ts_us, kind, symbol, bid, mark) == (1, T0, "quote", "BTCUSDT", 49_999.5, None)
    build_raw(place, TICKS, SECOND_DAY)
    assert {row[0] for row in rows(place, TICKS, SECOND_DAY, "kind")} == {"quote", "mark", "gap"}


def test_a_day_that_is_not_over_is_refused(tmp_path):
    place = journaled(tmp_path)
    with pytest.raises(DayError, match="is not over: the newest heartbeat is -86000 s past its end, must be 300 s"):
        build_raw(place, TICKS, THIRD)


def test_a_day_before_the_journals_is_refused(tmp_path):
    place = journaled(tmp_path)
    with pytest.raises(DayError, match="the journals begin with 2026-01-05"):
        build_raw(place, TICKS, day_of(T0 - DAY))


def test_without_journals_it_is_said_that_there_are_none(tmp_path):
    with pytest.raises(DayError, match="no heartbeat is journaled"):
        build_raw(Place(root=tmp_path), TICKS, FIRST)


def test_a_damaged_line_makes_no_table_and_leaves_the_old_one(tmp_path):
    place = journaled(tmp_path, rotate_bytes=64 * 1024 * 1024)
    build_raw(place, ORDERS, FIRST)
    old = part(place.tables, "orders", FIRST).read_bytes()
    segment = listed(place.raw / "orders")[-1].path
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b"momentum", b"momentun", 1))
    with pytest.raises(CorruptJournal, match=r"orders record \d+ in .* is missing or broken"):
        build_raw(place, ORDERS, FIRST)
    assert part(place.tables, "orders", FIRST).read_bytes() == old
    assert [path.name for path in part(place.tables, "orders", FIRST).parent.iterdir()] == ["part.parquet"]


def test_a_missing_segment_is_told(tmp_path):
    place = journaled(tmp_path, rotate_bytes=1_024)
    segments = listed(place.raw / "ticks")
    assert len(segments) > 2
    segments[1].path.unlink()
    with pytest.raises(CorruptJournal, match=r"ticks record \d+ is missing before"):
        build_raw(place, TICKS, FIRST)


def test_a_pruned_beginning_leaves_the_day_as_it_was_built(tmp_path):
    place = journaled(tmp_path, rotate_bytes=1_024)
    build_raw(place, TICKS, FIRST)
    listed(place.raw / "ticks")[0].path.unlink()
    with pytest.raises(DayError, match="were pruned; what was built stays"):
        build_raw(place, TICKS, FIRST)
    assert len(rows(place, TICKS, FIRST)) > 0


def test_the_same_journals_give_the_same_bytes(tmp_path):
    place = journaled(tmp_path)
    found = []
    for _ in range(2):
        build_raw(place, TICKS, FIRST)
        found.append(part(place.tables, "ticks", FIRST).read_bytes())
    assert found[0] == found[1]


@settings(max_examples=8, deadline=None)
@given(jumps=st.lists(st.integers(-40_000, 90_000), min_size=1, max_size=30), rotate=st.sampled_from((600, 3_000, 1 << 20)))
def test_each_record_is_in_the_one_day_of_its_own_time_whatever_the_clock_did(jumps, rotate):
    """The clock may go back over midnight, and on again."""
    with tempfile.TemporaryDirectory() as folder:
        times = [T0 + DAY - 3_600 * SECOND]
        for jump in jumps:
            times.append(max(T0, times[-1] + jump * SECOND))
        ends = max(*times, T0 + DAY)
        write(Path(folder), [quote(ts_us) for ts_us in times] + [heartbeat(ends + DAY + 300 * SECOND)], rotate_bytes=rotate)
        place = Place(root=Path(folder))
        days = sorted({day_of(ts_us) for ts_us in times} | {FIRST})
        first = day_of(times[0])
        proofs = {day: build_raw(place, TICKS, day) for day in days if day >= first}
        seen = {day: rows(place, TICKS, day, "seq, ts_us") for day in proofs}
        assert all(day_of(ts_us) == day for day, found in seen.items() for _, ts_us in found)
        assert all(found == sorted(found, key=lambda row: row[0]) for found in seen.values())
        wanted = {seq for seq, ts_us in enumerate(times, 1) if day_of(ts_us) >= first}
        assert sorted(seq for found in seen.values() for seq, _ in found) == sorted(wanted)
        assert all(proof == counted(place, TICKS, day) for day, proof in proofs.items())


def test_a_beat_just_past_is_enough():
    assert day_of(PAST) == THIRD


def test_what_a_killed_builder_left_is_removed_by_the_next(tmp_path):
    place = journaled(tmp_path)
    left = [
        place.tables / "ticks" / name
        for name in (".ticks.77.jsonl", ".rows.77.jsonl", ".spilled.abc/x.tmp", "day=2026-01-04/.part.parquet.77.new")
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    list(build(place, [TICKS], [FIRST]))
    assert [path for path in left if path.exists()] == []
    assert [path.name for path in (place.tables / "ticks").iterdir() if path.name.startswith(".")] == []
