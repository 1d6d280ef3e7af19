"""A recorder's clock error is the least of received minus sent."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.recordings.clocks import clock_notes
from executor.recordings.files import connection, recorded_at

T0 = 1_748_736_000_000


def marks(late_ms, *, timed=True):
    count = len(late_ms)
    columns = {
        "ts_ms": [T0] * count,
        "symbol": ["A"] * count,
        "update_id": list(range(count)),
        "bid": [1.0] * count,
        "bid_qty": [1.0] * count,
        "ask": [2.0] * count,
        "ask_qty": [1.0] * count,
    }
    clocks = {"recv_ns": [(T0 + late) * 1_000_000 for late in late_ms], "event_ms": [T0] * count}
    return columns | (clocks if timed else {})


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-2_000, 2_000), min_size=1, max_size=5))
def test_latency_counts_from_the_fastest_message(table, late_ms):
    con = connection()
    [file] = recorded_at(con, str(table("a.parquet", marks(late_ms))))
    notes = clock_notes(con, file)
    assert notes["clock_offset_ms"] == min(late_ms)
    assert 0 <= notes["latency_p50_ms"] <= notes["latency_p95_ms"] <= max(late_ms) - min(late_ms)
    assert notes["rows"] == len(late_ms)


def test_a_file_without_the_recorders_clock_says_nothing_of_it(table):
    con = connection()
    [file] = recorded_at(con, str(table("a.parquet", marks([0, 1], timed=False))))
    assert clock_notes(con, file) == {"file": "a.parquet", "holds": "books", "rows": 2}
