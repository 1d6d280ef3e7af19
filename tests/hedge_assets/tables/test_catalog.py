"""Tables are found by their files, and their columns by their structs."""

import pytest

from hedge_assets.tables.catalog import derived_tables, part, raw_tables, scan
from hedge_assets.tables.days import DayError, between, day_of, end_us, named, start_us
from hedge_assets.tables.shape import DerivedTable
from tests.hedge_assets.builders import T0
from tests.hedge_assets.tabled import FIRST, SECOND_DAY


def test_the_journals_own_come_first():
    assert [table.name for table in scan()] == ["orders", "positions", "ticks", "fills", "intents", "shadow", "trades"]
    assert scan() == (*raw_tables(), *derived_tables())


def test_a_structs_fields_are_columns():
    (fills,) = (table for table in scan() if isinstance(table, DerivedTable) and table.name == "fills")
    assert {name: fills.columns[name] for name in ("number", "ts_us", "symbol", "fee_usd", "markouts_bps")} == {
        "number": "BIGINT",
        "ts_us": "BIGINT",
        "symbol": "VARCHAR",
        "fee_usd": "DOUBLE",
        "markouts_bps": "DOUBLE[]",
    }


def test_every_table_says_what_it_holds():
    assert all(table.description.strip() for table in scan())


def test_days_are_utc(tmp_path):
    assert day_of(T0) == FIRST == named("2026-01-05")
    assert day_of(T0 - 1) < FIRST
    assert (start_us(FIRST), end_us(FIRST)) == (T0, start_us(SECOND_DAY))
    assert list(between(FIRST, SECOND_DAY)) == [FIRST, SECOND_DAY]
    assert part(tmp_path, "ticks", FIRST) == tmp_path / "ticks" / "day=2026-01-05" / "part.parquet"
    with pytest.raises(DayError, match="write it like 2026-01-05"):
        named("5.1.2026")
