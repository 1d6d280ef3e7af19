"""SQL over the tables, for reading alone: one statement that selects, on a database that sees these tables and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from executor.errors import HedgeError
from hedge_assets.settings import Place
from hedge_assets.tables.held import days_of
from hedge_assets.tables.parquet import PART, refuse_patterns, text
from hedge_assets.tables.raw_days import empty
from hedge_assets.tables.shape import Table

MEMORY = "1GB"
MOST_ROWS = 1_000_000


class QueryError(HedgeError):
    """A query was refused, or could not be answered."""

    exit_code = 2


@dataclass(frozen=True)
class Answer:
    """A query's result: names of columns, their types in DuckDB's words, and rows."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def answer(place: Place, tables: Sequence[Table], sql: str) -> Answer:
    """What one SELECT says; every table is a view of all its days, with the day as a column."""
    try:
        with opened(place, tables) as connection:
            _refuse_others(connection, sql)
            result = connection.execute(sql)
            described, rows = result.description or [], result.fetchmany(MOST_ROWS + 1)
            if len(rows) > MOST_ROWS:
                raise QueryError(f"query refused: it gives more than {MOST_ROWS} rows; add a LIMIT, or ask for sums")
            return Answer(tuple(each[0] for each in described), tuple(str(each[1]) for each in described), rows)
    except duckdb.Error as error:
        raise QueryError(f"query refused: {' '.join(str(error).split())[:400]}") from error


def opened(place: Place, tables: Sequence[Table]) -> duckdb.DuckDBPyConnection:
    """A database with a view per table that reads those files and no others, and cannot be told otherwise."""
    refuse_patterns(place.tables)
    settings = {
        "memory_limit": MEMORY,
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    connection = duckdb.connect(":memory:", config=dict(settings))
    try:
        for table in tables:
            connection.execute(f'CREATE VIEW "{table.name}" AS {view(place, table)}')
        folders = ", ".join(text(place.tables.absolute() / table.name) for table in tables)
        connection.execute(f"SET allowed_directories = [{folders}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error:
        connection.close()
        raise
    return connection


def view(place: Place, table: Table) -> str:
    """All days of a table, in SQL; without any, no rows of its columns."""
    if not days_of(place.tables, table):
        return f"SELECT *, CAST(NULL AS DATE) AS day FROM ({empty(table.columns)})"
    files = text(place.tables.absolute() / table.name / "day=*" / PART)
    return f"SELECT * FROM read_parquet({files}, hive_partitioning = true, hive_types = {{'day': DATE}}, union_by_name = true)"


def _refuse_others(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(each.type.name for each in statements) or "nothing"
        raise QueryError(f"query refused: it was {kinds}, must be one SELECT; tables are read here, and written by Dagster alone")
