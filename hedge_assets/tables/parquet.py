"""The one door to Parquet: a day's file is written beside, made durable, then renamed, and read back to be believed."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec

from executor.journal.segments import sync_folder
from hedge_assets.store import StoreError
from hedge_assets.tables.shape import Proof

PATTERNS = "*?[]"
SPILLED = ".spilled."
PART = "part.parquet"
PROOF_KEY = "hedge"
MEMORY = "512MB"
GROUP_ROWS = 122_880


@contextmanager
def database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that takes no more of it than it may, and lays the rest down in a folder of its own."""
    refuse_patterns(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    spilled = Path(tempfile.mkdtemp(prefix=SPILLED, dir=folder))
    settings = {"memory_limit": MEMORY, "temp_directory": str(spilled), "autoinstall_known_extensions": "false", "threads": "2"}
    connection = duckdb.connect(":memory:", config={**settings, "enable_external_file_cache": "false"})
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spilled, ignore_errors=True)


def refuse_patterns(folder: Path) -> None:
    """DuckDB takes some characters of a path for patterns of many files, and cannot be told not to; raises StoreError for these."""
    found = sorted(set(PATTERNS) & set(str(folder.absolute())))
    if found:
        raise StoreError(f"{folder} holds {' '.join(found)}, tables cannot lie below such a path; name a data root without * ? [ ]")


def text(value: object) -> str:
    """A value as an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path, *, proof: Proof, order: str, whole: str = "true") -> None:
    """A query's rows as a day's file with its proof inside; raises StoreError, with the old file left, where they are not as proved.

    `order` is the column of numbers that rows are sorted by, `whole` what every row keeps.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    proved = text(msgspec.json.encode(proof).decode())
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS}, KV_METADATA {{{PROOF_KEY}: {proved}}}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        for left in path.parent.glob(f".{path.name}.*.new"):
            left.unlink()
        connection.execute(f"COPY ({query}) TO {text(beside)} ({options})")
        _refuse_others(connection, beside, proof=proof, order=order, whole=whole)
        _settle(beside)
        beside.replace(path)
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); free the name, space or permission, the old file stays") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _refuse_others(connection: duckdb.DuckDBPyConnection, beside: Path, *, proof: Proof, order: str, whole: str) -> None:
    """What was written is what was counted in the journals."""
    asked = f"count(*), min({order}), max({order}), count(*) FILTER (NOT coalesce({whole}, false))"
    found = connection.execute(f"SELECT {asked} FROM {rows_in(beside)}").fetchone()
    rows, first, last, broken = found or (0, None, None, 0)
    if (rows, first, last) != (proof.rows, proof.first_seq, proof.last_seq):
        told, must = f"{rows} rows from {first} to {last}", f"{proof.rows} from {proof.first_seq} to {proof.last_seq}"
        raise StoreError(f"{proof.table} of {proof.day} came to {told}, must be {must}; the old file stays, run `hedge journal verify`")
    if broken:
        raise StoreError(f"{proof.table} of {proof.day} has {broken} rows without a value they must have; run `hedge journal verify`")


def rows_in(path: Path, *, numbers: bool = False) -> str:
    """A file's rows, in SQL; with each one's place in the file as `file_row_number` on demand."""
    return f"read_parquet({text(path)}, hive_partitioning = false, file_row_number = {str(numbers).lower()})"


def _settle(beside: Path) -> None:
    """Private, and on the disk."""
    beside.chmod(beside.stat().st_mode & 0o640)
    handle = os.open(beside, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def proof_of(connection: duckdb.DuckDBPyConnection, path: Path) -> Proof:
    """What a day's file says of itself; raises StoreError where it is none of ours, or damaged."""
    try:
        found = connection.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata({text(path)}) WHERE key = encode({text(PROOF_KEY)})"
        ).fetchone()
        if found is not None:
            return msgspec.json.decode(found[0], type=Proof)
        why = "it carries no proof"
    except (duckdb.Error, msgspec.DecodeError) as error:
        why = str(error).splitlines()[0][:200]
    raise StoreError(f"{path} is no table of ours: {why}; materialize its day again")
