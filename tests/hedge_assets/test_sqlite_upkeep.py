import sqlite3
from contextlib import closing

from hedge_assets.sqlite_upkeep import ENDED, bytes_under, forget_ticks, orphans, remove_shards, shrink


def ticks_in(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE job_ticks (id INTEGER, status TEXT, timestamp TEXT, body TEXT)")
        for number in range(2000):
            status = "FAILURE" if number % 100 == 0 else "SKIPPED"
            row = (number, status, f"2026-01-05 {number // 100:02d}:00:00.000001", "x" * 1500)
            connection.execute("INSERT INTO job_ticks VALUES (?, ?, ?, ?)", row)


def test_old_ticks_go_failures_stay_and_the_space_comes_back(tmp_path):
    path = tmp_path / "schedules.db"
    ticks_in(path)
    assert forget_ticks(path, 1_767_571_200 + 18.5 * 3600) == 19 * 99
    assert shrink(path) > 2_000_000
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM job_ticks").fetchone()[0] == 19 + 100


def test_a_file_with_little_to_give_back_is_not_rewritten(tmp_path):
    path = tmp_path / "schedules.db"
    ticks_in(path)
    forget_ticks(path, 1_767_571_200 + 3600)
    assert shrink(path) == 0


def test_under_pressure_every_free_byte_comes_back_and_failures_go_as_well(tmp_path):
    path = tmp_path / "schedules.db"
    ticks_in(path)
    before = path.stat().st_size
    assert forget_ticks(path, 1_767_571_200 + 3600, ENDED) == 100
    assert shrink(path, 0) == before - path.stat().st_size > 0


def test_databases_that_are_not_there_are_no_fault(tmp_path):
    assert (forget_ticks(tmp_path / "none.db", 0), shrink(tmp_path / "none.db"), bytes_under(tmp_path / "none")) == (0, 0, 0)


def test_only_old_files_of_unknown_runs_are_orphans(tmp_path):
    for name in ("aa-1.db", "bb-2.db", "index.db", ".db"):
        (tmp_path / name).write_bytes(b"x")
    assert orphans(tmp_path, {"aa-1"}, before_s=4e9) == ["bb-2"]
    assert orphans(tmp_path, {"aa-1"}, before_s=1.0) == []


def test_a_runs_files_go_together(tmp_path):
    runs = tmp_path / "history" / "runs"
    runs.mkdir(parents=True)
    for ending in (".db", ".db-wal", ".db-shm"):
        (runs / f"aa-1{ending}").write_bytes(b"x")
    remove_shards(runs, ["aa-1", "gone-2"])
    assert list(runs.iterdir()) == []
