"""Columns out of DuckDB without a copy: the values it has, in its order, nulls told apart, and what goes wrong told."""

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_assets.cli._arrow import batches


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=40), st.integers(0, 5))
def test_doubles_are_what_they_were_and_nan_where_they_were_null(values, skipped):
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (i INTEGER, x DOUBLE)")
    if values:
        connection.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(values)))
    rows = connection.sql(f"SELECT x, i, i::BIGINT FROM t WHERE i >= {skipped} ORDER BY i")
    found = [[column.copy() for column in batch] for batch in batches(rows, ["double", "int", "long"])]
    kept = values[skipped:]
    assert (
        [each for batch in found for each in batch[1]] == [each for batch in found for each in batch[2]] == [*range(skipped, len(values))]
    )
    read = np.concatenate([np.empty(0), *(batch[0] for batch in found)])
    assert [None if np.isnan(value) else value for value in read] == kept


def test_many_rows_come_in_batches_in_their_order():
    rows = duckdb.connect().sql("SELECT range::BIGINT FROM range(300_000)")
    sizes, total = [], 0
    for (column,) in batches(rows, ["long"]):
        assert column[0] == total
        assert np.array_equal(column, np.arange(total, total + len(column)))
        total += len(column)
        sizes.append(len(column))
    assert total == 300_000
    assert len(sizes) > 1


def test_a_null_where_none_may_be_is_refused():
    with pytest.raises(ValueError, match="must have a value in every row"):
        list(batches(duckdb.connect().sql("SELECT nullif(range, 3)::BIGINT FROM range(5)"), ["long"]))


def test_what_goes_wrong_in_the_query_is_told():
    with pytest.raises(duckdb.Error, match="lots"):
        list(batches(duckdb.connect().sql("SELECT if(range = 4, 'lots', '1')::DOUBLE FROM range(5)"), ["double"]))
