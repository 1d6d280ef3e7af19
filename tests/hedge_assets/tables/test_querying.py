"""SQL over the tables: it sees them, and nothing else, and changes nothing."""

from decimal import Decimal

import pytest

from hedge_assets.store import StoreError
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.querying import QueryError, answer
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = journaled(tmp_path_factory.mktemp("desk"))
    list(build(made, scan(), [FIRST, SECOND_DAY]))
    return made


def test_every_table_is_a_view_with_its_day(place):
    found = answer(place, scan(), "SELECT symbol, sum(net) AS net, any_value(day) AS day FROM trades GROUP BY 1")
    assert found.columns == ("symbol", "net", "day")
    assert found.rows == [("BTCUSDT", Decimal("45.825040000000"), FIRST)]
    for table in scan():
        assert answer(place, scan(), f"SELECT count(DISTINCT day) FROM {table.name}").rows[0][0] >= 1


def test_a_desk_without_a_table_answers_with_no_rows(tmp_path):
    found = answer(journaled(tmp_path), scan(), "SELECT symbol, net, day FROM trades")
    assert (found.columns, found.rows) == (("symbol", "net", "day"), [])


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{root}/tables/trades/x.parquet'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/tables/trades/x.parquet'",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW trades",
        "SET enable_external_access = true",
        "ATTACH '{root}/x.db'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
        "SELECT * FROM read_text('{root}/raw/pruned.json')",
        "SELECT * FROM read_text('{root}/tables/trades/../../raw/pruned.json')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM place",
        "SELEC 1",
        "SELECT nothing FROM trades",
    ],
)
def test_what_is_no_question_about_tables_is_refused_in_one_line(place, sql):
    (place.raw / "pruned.json").touch()
    with pytest.raises(QueryError, match="query refused: ") as refused:
        answer(place, scan(), sql.replace("{root}", str(place.root)))
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert not list(place.root.rglob("x.*"))


def test_a_data_root_that_duckdb_would_take_for_a_pattern_is_refused_in_words(tmp_path):
    odd = journaled(tmp_path / "desk [1]")
    with pytest.raises(StoreError, match=r"name a data root without \* \? \[ \]"):
        answer(odd, scan(), "SELECT 1")
    assert all("without * ? [ ]" in str(each.reason) for each in build(odd, scan(), [FIRST]))


def test_more_rows_than_anybody_reads_are_refused(place):
    with pytest.raises(QueryError, match="more than 1000000 rows; add a LIMIT"):
        answer(place, scan(), "SELECT * FROM range(2000000)")
