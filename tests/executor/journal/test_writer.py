"""What was committed is there, whatever became of the process or the disk; and the same run gives the same bytes."""

import os
import queue
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from executor.errors import JournalError
from executor.journal.frame import marks_of
from executor.journal.reader import read, verify
from executor.journal.writer import Journals
from executor.records.account import Heartbeat
from executor.records.market import Quote
from executor.records.orders import Fault, Fill
from executor.records.streams import STREAMS
from executor.settings import Journal

ROOT = Path(__file__).parents[3]
WRITING = """
import sys
from pathlib import Path
from executor.journal.writer import Journals
from executor.records.account import Heartbeat
from executor.records.orders import Fault
from executor.settings import Journal

with Journals(Path(sys.argv[1]), Journal(rotate_s=7), sys.argv[2]) as journals:
    i = journals.appended["orders"]
    assert i - 3 <= journals.appended["positions"] <= i, journals.appended
    for _ in range(journals.appended["positions"], i):
        journals.append("positions", Heartbeat(ts_us=i * 100_000, loop=i, lag_us=0, counters={}))
    while True:
        i += 1
        journals.append("orders", Fault(ts_us=i * 100_000, where="x" * (i % 50), detail=""))
        journals.append("positions", Heartbeat(ts_us=i * 100_000, loop=i, lag_us=0, counters={}))
        if i % 3 == 0:
            journals.flush()
        if i % 5 == 0:
            journals.commit()
            print(i, flush=True)
"""


def test_kill_9_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    committed = 0
    for boot in range(24):
        process = subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path), f"b{boot}"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(0.003 * (boot % 8))
        process.send_signal(signal.SIGKILL)
        said = [first, *process.stdout.read().splitlines()]
        process.wait()
        process.stdout.close()
        numbers = [int(line) for line in said if line.strip().isdigit()]
        assert numbers, "the writer did not start"
        committed = max(committed, *numbers)
        for stream in ("orders", "positions"):
            found = [seq for seq, _ in read(tmp_path / "raw", stream)]
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= committed
    assert committed > 24 * 5


def test_two_equal_runs_give_equal_bytes(tmp_path: Path, quote: Callable[[int], Quote], fill: Callable[[int], Fill]) -> None:
    trees = []
    for run, flushing in (("one", 1), ("two", 50)):
        with Journals(tmp_path / run, Journal(rotate_s=60, rotate_bytes=9_000), "b1") as journals:
            for i in range(500):
                journals.append("ticks", quote(i))
                journals.append("orders", fill(i))
                if i % flushing == 0:
                    journals.flush()
                if i % 100 == 99:
                    journals.commit()
        raw = tmp_path / run / "raw"
        trees.append({str(path.relative_to(raw)): path.read_bytes() for path in raw.rglob("*.jsonl*")})
    assert trees[0] == trees[1]
    assert len(trees[0]) > 20


def test_a_stop_and_a_start_continue_the_segment_and_the_sequence(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    for boot in range(4):
        with Journals(tmp_path, Journal(rotate_s=60), f"b{boot}") as journals:
            assert journals.durable["ticks"] == boot * 25
            for i in range(boot * 25, boot * 25 + 25):
                assert journals.append("ticks", quote(i)) == i + 1
    assert [record for _, record in read(tmp_path / "raw", "ticks")] == [quote(i) for i in range(100)]
    assert verify(tmp_path / "raw", "ticks").segments == 2


def test_a_flush_shows_ticks_before_the_heartbeat_that_covers_them(
    tmp_path: Path, quote: Callable[[int], Quote], beat: Callable[[int], Heartbeat]
) -> None:
    with Journals(tmp_path, Journal(fsync="off"), "b1") as journals:
        for i in range(200):
            journals.append("positions", beat(i))
            journals.append("ticks", quote(i))
            journals.flush()
            beats = verify(tmp_path / "raw", "positions").records
            assert verify(tmp_path / "raw", "ticks").records >= beats


def test_a_commit_moves_durable_and_an_empty_one_does_nothing(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.commit()
        assert journals.durable == dict.fromkeys(STREAMS, 0)
        journals.append("ticks", quote(0))
        assert (journals.appended["ticks"], journals.durable["ticks"]) == (1, 0)
        journals.commit()
        assert journals.durable["ticks"] == 1
        assert journals.bytes_total() == sum(path.stat().st_size for path in (tmp_path / "raw").rglob("*.jsonl"))


def test_what_is_settled_untold_is_on_the_disk_and_no_later_record_says_so(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.append("ticks", quote(0))
        journals.settle(told=False)
        assert verify(tmp_path / "raw", "ticks").records == 1
        journals.append("ticks", quote(1))
        journals.settle()
        journals.append("ticks", quote(2))
    [segment] = (tmp_path / "raw" / "ticks").glob("*.jsonl")
    assert [marks.d for line in segment.read_bytes().splitlines() if (marks := marks_of(line))] == [0, 0, 2]


def test_files_are_private(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    with Journals(tmp_path / "logs", Journal(rotate_s=1), "b1") as journals:
        for i in range(3):
            journals.append("ticks", quote(i))
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


FILLING = """
import resource, signal, sys
from pathlib import Path
from executor.errors import JournalError
from executor.journal.writer import Journals
from executor.records.orders import Fault
from executor.settings import Journal

if sys.argv[2] == "limit":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
journals = Journals(Path(sys.argv[1]), Journal(), "b1")
refusals = []
while not refusals:
    try:
        seq = journals.append("orders", Fault(ts_us=1, where="x" * 100, detail=""))
        if seq % 7 == 0:
            journals.commit()
            print(seq, flush=True)
    except JournalError as fault:
        refusals.append(str(fault))
for again in (journals.commit, journals.flush, lambda: journals.append("ticks", Fault(ts_us=1, where="", detail=""))):
    try:
        again()
    except JournalError as fault:
        refusals.append(str(fault))
journals.close()
print(refusals)
"""


def filled(root: Path, how: str) -> None:
    run = subprocess.run([sys.executable, "-c", FILLING, str(root), how], cwd=ROOT, capture_output=True, text=True, check=True)
    *numbers, refusals = run.stdout.splitlines()
    assert refusals.count("journal cannot be written") == 4
    assert refusals.count("orders/000000000001-19700101T00.jsonl") == 4
    assert refusals.count("errno 27" if how == "limit" else "errno 28") == 4
    found = [seq for seq, _ in read(root / "raw", "orders")]
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= int(numbers[-1])


def test_a_full_file_stops_the_journal_and_keeps_what_was_committed(tmp_path: Path) -> None:
    filled(tmp_path, "limit")
    with Journals(tmp_path, Journal(), "b2") as journals:
        assert journals.torn_bytes["orders"] > 0
        assert journals.appended["orders"] == len(list(read(tmp_path / "raw", "orders")))


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can only be mounted by root")
def test_a_full_disk_stops_the_journal_and_keeps_what_was_committed(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        filled(tmp_path, "disk")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_removed_file_is_noticed_at_the_next_commit(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    journals = Journals(tmp_path, Journal(), "b1")
    journals.append("ticks", quote(0))
    journals.commit()
    next((tmp_path / "raw" / "ticks").iterdir()).unlink()
    journals.append("ticks", quote(1))
    with pytest.raises(JournalError, match="No such file"):
        journals.commit()
    with pytest.raises(JournalError, match="No such file"):
        journals.append("orders", quote(1))
    journals.close()


def test_a_failure_nobody_was_told_of_is_told_at_the_close(tmp_path: Path, quote: Callable[[int], Quote]) -> None:
    journals = Journals(tmp_path, Journal(), "b1")
    (tmp_path / "raw" / "ticks").rmdir()
    journals.append("ticks", quote(0))
    with pytest.raises(JournalError, match="errno 2"):
        journals.close()
    journals.close()


def test_journals_that_cannot_be_opened_say_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "orders").write_text("a file where a folder must be")
    with pytest.raises(JournalError, match=r"journal cannot be opened: .*orders.*then start again"):
        Journals(tmp_path, Journal(), "b1")


def test_when_durable_tells_without_anybody_waiting_and_settled_says_how_far(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    told: queue.Queue[JournalError | None] = queue.Queue()
    with Journals(tmp_path, Journal(), "b1") as journals:
        for number in range(3):
            journals.append("positions", beat(number))
            upto = dict(journals.appended)
            journals.when_durable(told.put)
            assert told.get(timeout=120) is None
            assert [seq for seq, _ in read(tmp_path / "raw", "positions")][-1] == number + 1
            assert journals.durable["positions"] == number
            assert journals.unsettled_s > 0
            journals.settled(upto)
            assert journals.durable["positions"] == number + 1
            assert journals.unsettled_s == 0
        journals.when_durable(told.put)
        assert told.get(timeout=120) is None


def test_an_old_promise_takes_back_nothing_that_was_settled_since(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    with Journals(tmp_path, Journal(), "b1") as journals:
        journals.append("positions", beat(0))
        upto = dict(journals.appended)
        journals.append("positions", beat(1))
        journals.commit()
        journals.settled(upto)
        assert journals.durable["positions"] == 2


def test_journals_that_failed_let_nobody_wait(tmp_path: Path, beat: Callable[[int], Heartbeat]) -> None:
    told: queue.Queue[JournalError | None] = queue.Queue()
    journals = Journals(tmp_path, Journal(), "b1")
    journals.append("positions", beat(0))
    (tmp_path / "raw" / "positions").rmdir()
    journals.when_durable(told.put)
    assert isinstance(told.get(timeout=120), JournalError)
    with pytest.raises(JournalError, match="journal cannot be written"):
        journals.when_durable(told.put)
    journals.close()


def test_a_promise_is_kept_by_orders_alone_and_settles_nothing_else(tmp_path: Path) -> None:
    told = threading.Event()
    with Journals(tmp_path, Journal(fsync="group"), "b1") as journals:
        journals.append("ticks", Quote(1, 1, "S", 1.0, 2.0, 1.0, 1.0, None, "stream"))
        journals.append("orders", Fault(1, where="w", detail="d"))
        journals.when_durable(lambda failure: told.set() if failure is None else None)
        assert told.wait(120)
        journals.settled({"orders": 1})
        assert journals.durable == {"ticks": 0, "orders": 1, "positions": 0}
        journals.settle()
        assert journals.durable["ticks"] == 1
