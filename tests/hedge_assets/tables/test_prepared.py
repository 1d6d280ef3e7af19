"""Days are made ready in turn, each with its own database, which is gone once the next is asked for."""

import duckdb
import pytest

from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import raw_tables
from hedge_assets.tables.prepared import in_turn
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled


def test_each_day_comes_in_turn_and_leaves_nothing_behind(tmp_path):
    place = journaled(tmp_path)
    list(build(place, raw_tables(), [FIRST, SECOND_DAY]))
    seen = []
    for ready in in_turn(place, [FIRST, SECOND_DAY]):
        seen.append((ready.day, ready.connection))
        assert ready.proofs["ticks"].day == str(ready.day)
    assert [day for day, _ in seen] == [FIRST, SECOND_DAY]
    for _, connection in seen:
        with pytest.raises(duckdb.ConnectionException):
            connection.execute("SELECT 1")
    assert not list(place.tables.rglob(".spilled*"))


def test_no_days_are_no_work(tmp_path):
    assert list(in_turn(journaled(tmp_path), [])) == []
