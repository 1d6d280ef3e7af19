"""What tests of the executor may ask for."""

import duckdb
import pytest

TYPES = {int: "BIGINT", str: "VARCHAR", float: "DOUBLE"}


@pytest.fixture
def table(tmp_path):
    """Write `{column: values}` as a parquet file (or what its name ends with) below a temporary folder, and say where."""

    def write(name, columns):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds = {column: next((TYPES[type(one)] for one in values if one is not None), "BIGINT") for column, values in columns.items()}
        with duckdb.connect(":memory:") as con:
            shape = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
            con.execute(f"CREATE TABLE t ({shape})")
            for row in zip(*columns.values(), strict=True):
                con.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(row))})", list(row))
            con.execute(f"COPY t TO '{path}'")
        return path

    return write
