"""How far a recorder's clock stood from the exchange's, and how late its messages came."""

from typing import TYPE_CHECKING, Any

from executor.recordings.files import Recorded, readable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def clock_notes(con: "DuckDBPyConnection", file: Recorded) -> dict[str, Any]:
    """A file's name, kind, rows and, where it has both clocks, `clock_offset_ms`: the least of received minus sent, which is
    the recorder's clock error plus the fastest way; and how much later than that the median and 95 % of messages came."""
    rows = readable(con, file.path)
    notes: dict[str, Any] = {"file": file.path.name, "holds": file.holds, "rows": rows.aggregate("count(*)").fetchall()[0][0]}
    if not file.timed:
        return notes
    late = rows.project("recv_ns / 1e6 - event_ms AS late_ms")
    [(least, half, most)] = late.aggregate("min(late_ms), quantile_cont(late_ms, 0.5), quantile_cont(late_ms, 0.95)").fetchall()
    if least is None:
        return notes
    return notes | {
        "clock_offset_ms": round(least, 3),
        "latency_p50_ms": round(half - least, 3),
        "latency_p95_ms": round(most - least, 3),
    }
