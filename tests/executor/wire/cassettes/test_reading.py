"""A first look at a cassette says what it is of and what was asked; what cannot be one is refused in a line."""

from pathlib import Path

import pytest

from executor.clock import FixedClock
from executor.errors import UnreadableCassette
from executor.records.orders import Halt
from executor.wire.cassettes.files import Reel, files_at
from executor.wire.cassettes.lines import Line, line_bytes
from executor.wire.cassettes.reading import Walls, read_cassette
from executor.wire.cassettes.windows import Looped
from executor.wire.reply import Reply, Request
from tests.executor.wire.cassettes.taped import recording

T0 = 1_700_000_000_000_000
URL = "https://host/time"


def test_everything_is_found_with_its_times(tmp_path: Path) -> None:
    clock = FixedClock(T0)
    with recording(tmp_path, clock=clock, known=b'{"n":1}') as made:
        clock.move_to(T0 + 10)
        first, second = (made.asked(Request(method="POST", url=URL, body=b"a=b"), is_gated=True) for _ in range(2))
        clock.move_to(T0 + 20)
        made.left(first)
        clock.move_to(T0 + 30)
        made.answered(first, Reply(status=200, body=b"{}"))
        made.connected("private")
        made.ended("private", "silent")
        made.looped(T0 + 40, bytes, is_quiet=True)
        made.wrote(Halt(T0 + 41, rule="x", detail="y"))
        made.told("operator", "{}")
        made.told("over", "")
    found = read_cassette(tmp_path)
    assert (found.head.venue, found.known, found.over, found.begins_us) == ("binanceusdm", '{"n":1}', "", T0)
    asked, unanswered = found.questions
    assert (asked.asked_us, asked.left_us, asked.answered_us) == (T0 + 10, T0 + 20, T0 + 30)
    assert (unanswered.left_us, unanswered.answered, second) == (None, None, 2)
    assert (found.loops, found.ends_of, found.orders) == ([Looped(T0 + 40, False)], {"private": [T0 + 30]}, [(T0 + 40, "{}")])
    assert (found.records, found.ends_us) == ([Halt(T0 + 41, rule="x", detail="y")], T0 + 40)


def test_a_cassette_begins_with_the_first_file_that_says_what_was_known(tmp_path: Path) -> None:
    with recording(tmp_path, known=b'{"n":1}') as made:
        made._keeper._turn(None)
        made.told("stop", "x")
        made._keeper.wants = "now"
        made.looped(7, lambda: b'{"n":3}', is_quiet=True)
    first, second, third = files_at(tmp_path)
    assert read_cassette(tmp_path).known == '{"n":1}'
    first.unlink()
    later = read_cassette(tmp_path)
    assert (later.known, later.head.file, later.files) == ('{"n":3}', 3, [third])
    third.unlink()
    with pytest.raises(UnreadableCassette, match="says what the executor knew"):
        read_cassette(second)


def test_an_empty_one_is_refused(tmp_path: Path) -> None:
    reel = Reel(tmp_path / "000001.cassette.zst")
    reel.close()
    with pytest.raises(UnreadableCassette, match="is empty"):
        read_cassette(tmp_path)
    (tmp_path / "000001.cassette.zst").write_bytes(b"")
    with pytest.raises(UnreadableCassette, match="is empty") as refusal:
        read_cassette(tmp_path)
    assert refusal.value.exit_code == 78


def test_files_of_two_accounts_are_no_cassette(tmp_path: Path) -> None:
    for account in ("demo1", "demo2"):
        with recording(tmp_path / account, known=b"{}", account=account):
            pass
    [ours], [theirs] = files_at(tmp_path / "demo1"), files_at(tmp_path / "demo2")
    theirs.rename(ours.with_name("000002.cassette.zst"))
    with pytest.raises(UnreadableCassette, match=r"account 'demo2'.*000001.cassette.zst beside it of .*account 'demo1'"):
        read_cassette(tmp_path / "demo1")


def test_a_line_that_is_none_is_refused_by_its_place(tmp_path: Path) -> None:
    with recording(tmp_path, known=b"{}") as made:
        made._keeper._reel.write(b"1 2 3 dance\n")
    with pytest.raises(UnreadableCassette, match=r"000001\.cassette\.zst:4 is damaged"):
        read_cassette(tmp_path)


def test_a_step_of_the_wall_clock_counts_once_a_second_reading_bears_it_out() -> None:
    found: list[tuple[int, int]] = []
    walls = Walls(found)
    for ts_us, off_us in ((0, 5), (10, 400), (20, 90_000), (30, 7), (40, 2_000_000), (50, 2_000_300), (60, 2_000_100)):
        walls.take(Line(ts_us, 0, ts_us + off_us, "ask", "1", ""))
    assert found == [(0, 5), (40, 2_000_000)]


def test_times_that_run_back_do_not_end_it_early(tmp_path: Path) -> None:
    with recording(tmp_path, clock=FixedClock(T0), known=b"{}") as made:
        made._keeper._reel.write(line_bytes(Line(T0 + 50, 0, 0, "stop", "-", "x")) + line_bytes(Line(T0 + 20, 0, 0, "wrote", "-", "{}")))
    with pytest.raises(UnreadableCassette, match="is damaged"):
        read_cassette(tmp_path)
