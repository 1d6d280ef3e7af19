"""Files of closed trades, of this engine or another, as sums by group: read once, in batches, in bounded memory.

A history is read in slices of closing time of some million trades, each put in order before the next is read. What files
say, and under which names, is told by `_history_columns`.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np

from executor.errors import HedgeError
from hedge_assets.cli._arrow import Column, batches
from hedge_assets.cli._history_columns import Form, form_of
from hedge_assets.folds.tally import TradeTally
from hedge_assets.statistics.closing_order import ClosingOrder
from hedge_assets.statistics.grouped import Batch, GroupCourse, GroupSums
from hedge_assets.statistics.windows import Span

SLICE_TRADES = 1_000_000
STEPS = 4096
UNEVEN = 1.3
MOST_GROUPS = 65_535
MEMORY = "160MB"
BUFFER = "8MB"
CSV = (".csv", ".csv.gz", ".csv.zst")
PARQUET = (".parquet",)
WHOLE_NUMBERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})


class HistoryError(HedgeError):
    """Files of trades that cannot be read, or do not say what is asked."""

    exit_code = 2


class OutOfNumber(Exception):
    """Trades do not lie in the order of their numbers, which decides between equal times."""


@dataclass(frozen=True)
class Tallied:
    """Sums by `dimension/value` (`overall/all` is everything), of what closed since `since_us`; `lacking` names measures nobody told."""

    sums: Mapping[str, TradeTally]
    lacking: frozenset[str]
    since_us: int | None
    newest_us: int | None


@dataclass(frozen=True)
class Source:
    """Where rows come from and what they mean; `since` and `until` are closing times in the form's unit."""

    connection: duckdb.DuckDBPyConnection
    rows: str
    form: Form
    n: int
    since: int
    until: int


def tallied(paths: Sequence[Path], *, by: str, span: Span) -> Tallied:
    """All trades of the files that closed in a window which ends with the newest of them, by one dimension. Raises HistoryError."""
    try:
        with opened(files_of(paths), span) as source:
            if source.n == 0:
                return Tallied({}, frozenset(), None, None)
            key = key_of(source, by)
            values = values_of(source, key)
            since_us = None if span.us is None else source.since * source.form.unit_us
            try:
                sums, lacking = gathered(source, by, key, values, is_sorting=False)
            except OutOfNumber:
                sums, lacking = gathered(source, by, key, values, is_sorting=True)
            return Tallied(sums, lacking, since_us, source.until * source.form.unit_us)
    except (duckdb.Error, ValueError) as error:
        told = " ".join(str(error).split())
        raise HistoryError(f"{paths[0]}{' …' if len(paths) > 1 else ''} cannot be read as closed trades: {told}") from error


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files named, and all Parquet files under the folders named. Raises HistoryError where there is nothing, or a mixture."""
    files = [file for path in paths for file in (sorted(path.rglob("*.parquet")) if path.is_dir() else [path])]
    for file in files:
        if not file.is_file():
            raise HistoryError(f"{file} is no file; name files of closed trades, or a folder of Parquet")
        if not file.name.endswith(CSV + PARQUET):
            raise HistoryError(f"{file} was {file.suffix or 'without a suffix'}, must be {', '.join(CSV + PARQUET)}")
    if not files:
        raise HistoryError(f"{paths[0]} has no Parquet file; name files of closed trades, or a folder of Parquet")
    if len({file.name.endswith(PARQUET) for file in files}) > 1:
        raise HistoryError("files were both CSV and Parquet; name one kind at a time")
    return files


@contextmanager
def opened(files: Sequence[Path], span: Span) -> Iterator[Source]:
    """The files' rows, counted. CSV is read into a table first, which is laid down on disk when it is large."""
    with tempfile.TemporaryDirectory(prefix="hedge-") as folder:
        settings = {"memory_limit": MEMORY, "temp_directory": folder, "autoinstall_known_extensions": "false", "threads": "2"}
        connection = duckdb.connect(":memory:", config={**settings, "enable_external_file_cache": "false"})
        try:
            connection.execute(f"SET streaming_buffer_size = '{BUFFER}'")
            named = "[" + ", ".join(text(str(file)) for file in files) + "]"
            rows = f"read_parquet({named}, union_by_name = true)" if len(files) > 1 else f"read_parquet({named})"
            if not files[0].name.endswith(PARQUET):
                connection.execute(f"CREATE TEMP TABLE history AS FROM read_csv({named}, union_by_name = true, sample_size = -1)")
                rows = "history"
            yield counted(connection, rows, span)
        finally:
            connection.close()


def counted(connection: duckdb.DuckDBPyConnection, rows: str, span: Span) -> Source:
    """How many trades there are in the window, and from when to when."""
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM {rows}").fetchall()}
    form = form_of([name for name, kind in types.items() if kind not in {"NULL", '"NULL"'}])
    if form.number is not None and types[form.number] not in WHOLE_NUMBERS:
        form = replace(form, number=None)
    n, least, most = connection.execute(f"SELECT count(*), min({form.closed}), max({form.closed}) FROM {rows}").fetchall()[0]
    if n and (least is None or most is None):
        raise ValueError("no trade says when it closed")
    if n == 0 or span.us is None:
        return Source(connection, rows, form, n, least or 0, most or 0)
    began_us = span.start_us(most * form.unit_us)
    since = max(least, -(-(began_us or 0) // form.unit_us))
    ((inside,),) = connection.execute(f"SELECT count(*) FROM {rows} WHERE {form.closed} >= {since}").fetchall()
    return Source(connection, rows, form, inside, since, most)


def key_of(source: Source, by: str) -> str:
    """SQL for what trades are grouped by. Raises ValueError when the files do not say it."""
    key = source.form.hour() if by == "hours" else source.form.keys.get(by)
    if key is None:
        can = [*source.form.keys, *(["hours"] if source.form.opened else [])]
        raise ValueError(f"no column says its {by}; --by may be {', '.join(can) or 'nothing here'}")
    return key


def values_of(source: Source, key: str) -> list[str | None]:
    """What the key takes for values, in order."""
    found = [
        value for (value,) in source.connection.execute(f"SELECT DISTINCT ({key})::VARCHAR AS v FROM {source.rows} ORDER BY v").fetchall()
    ]
    if len(found) > MOST_GROUPS:
        raise ValueError(f"groups were {len(found)}, must be at most {MOST_GROUPS}")
    return found


def gathered(
    source: Source, by: str, key: str, values: Sequence[str | None], *, is_sorting: bool
) -> tuple[dict[str, TradeTally], frozenset[str]]:
    """Sums of every group and of all, and which measures were never told."""
    sums, course = GroupSums(len(values), unit_us=source.form.unit_us), GroupCourse(len(values))
    with ThreadPoolExecutor(max_workers=1) as beside:
        followed: list[Future[None]] = []
        for since, until, trades in slices(source):
            room = ClosingOrder(trades)
            for batch in rows_of(source, since, until, code_of(key, values), is_sorting=is_sorting):
                sums.add(batch)
                room.add(batch.groups, batch.net, batch.closed)
            while followed:
                followed.pop().result()
            followed.append(beside.submit(follow, course, room))
        while followed:
            followed.pop().result()
    if int(sums.n.sum()) != source.n:
        raise ValueError(f"{source.n - int(sums.n.sum())} of {source.n} trades do not say when they closed")
    found = {f"{by}/{value or ''}": sums.tally(group, course) for group, value in enumerate(values) if sums.n[group]}
    asked = {*source.form.measures, *(["held"] if source.form.opened else [])}
    lacking = {"notional", "fees", "funding", "held"} - {name for name in asked if name == "held" or sums.seen.get(name)}
    return {"overall/all": sums.whole(course), **found}, frozenset(lacking)


def follow(course: GroupCourse, room: ClosingOrder) -> None:
    """Put a slice in order and follow its sums: done beside the reading of the next."""
    course.add(*room.ordered())


def slices(source: Source) -> Iterator[tuple[int, int, int]]:
    """Ranges of closing time, the last one's end included, with how many trades each holds: even ones where that will do."""
    parts = -(-source.n // SLICE_TRADES)
    edges = [source.since + (source.until - source.since) * part // parts for part in range(1, parts)]
    counts = [
        ", ".join(f"count_if({source.form.closed} < {edge})" for edge in edges),
        f"FROM {source.rows} WHERE {source.form.closed} >= {source.since}",
    ]
    below = [0, *(source.connection.execute(f"SELECT {' '.join(counts)}").fetchall()[0] if edges else ()), source.n]
    trades = [after - before for before, after in pairwise(below)]
    if max(trades) <= SLICE_TRADES * UNEVEN:
        yield from zip([source.since, *edges], [*(edge - 1 for edge in edges), source.until], trades, strict=True)
    else:
        yield from fitted(source)


def fitted(source: Source) -> Iterator[tuple[int, int, int]]:
    """Ranges of closing time as long as hold enough trades, where those come in bursts."""
    step = (source.until - source.since) // STEPS + 1
    asked = f"SELECT ({source.form.closed} - {source.since}) // {step} AS part, count(*) FROM {source.rows}"
    counts = source.connection.execute(f"{asked} WHERE {source.form.closed} >= {source.since} GROUP BY part ORDER BY part").fetchall()
    start, n = 0, 0
    for at, trades in counts:
        if n and n + trades > SLICE_TRADES:
            yield source.since + start * step, source.since + at * step - 1, n
            start, n = at, 0
        n += trades
    yield source.since + start * step, source.until, n


def code_of(key: str, values: Sequence[str | None]) -> str:
    """SQL for the number of a key's value, from 1: by its place in a list, which DuckDB looks up once for each word of a dictionary."""
    said = f"coalesce(({key})::VARCHAR, '')" if None in values else f"({key})::VARCHAR"
    return f"list_position([{', '.join(text(value or '') for value in values)}], {said})"


def rows_of(source: Source, since: int, until: int, code: str, *, is_sorting: bool) -> Iterator[Batch]:
    """The trades of a range of closing time, in the order of the files, or sorted on request. Raises OutOfNumber."""
    form = source.form
    measures = {**form.measures, **({"held": f"({form.closed} - {form.opened})::DOUBLE"} if form.opened else {})}
    number = [] if form.number is None or is_sorting else [f"{form.number}::BIGINT"]
    columns = [code, form.net, form.closed, *measures.values(), *number]
    order = f" ORDER BY {form.closed}{f', {form.number}' if form.number else ''}" if is_sorting else ""
    query = f"SELECT {', '.join(columns)} FROM {source.rows} WHERE {form.closed} BETWEEN {since} AND {until}{order}"
    kinds = ["int", "double", "long", *("double" for _ in measures), *("long" for _ in number)]
    newest = -1
    for code_at, net, closed, *rest in batches(source.connection.sql(query), kinds):
        if number:
            newest = in_order(rest[-1], newest)
        if form.opened:
            rest[len(measures) - 1] = np.maximum(rest[len(measures) - 1] * (form.unit_us / 1e6), 0.0)
        yield Batch((code_at - 1).astype(np.uint16), net, closed, dict(zip(measures, rest, strict=False)))


def in_order(numbers: Column, newest: int) -> int:
    """The last of numbers that only grow. Raises OutOfNumber when they do not."""
    if len(numbers) and (numbers[0] < newest or not np.all(numbers[1:] >= numbers[:-1])):
        raise OutOfNumber
    return int(numbers[-1]) if len(numbers) else newest


def text(value: str) -> str:
    """A value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"
