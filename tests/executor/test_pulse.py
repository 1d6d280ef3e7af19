"""A pulse is replaced whole, read with suspicion, and remembers the lives that were cut off."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from executor.clock import FixedClock
from executor.pulse import MOST_BYTES, NAME, REMEMBERED, Pulse, crashes_upto, read_pulse, write_pulse


def pulse(*, ended: str | None = None, crashes_us: tuple[int, ...] = ()) -> Pulse:
    return Pulse(service="executor", pid=7, at_us=2, started_us=1, ended=ended, crashes_us=crashes_us)


def test_what_is_written_is_read_and_only_its_owner_may(tmp_path: Path) -> None:
    write_pulse(tmp_path / "raw", pulse(ended="SIGTERM"))
    assert read_pulse(tmp_path / "raw") == pulse(ended="SIGTERM")
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [NAME]
    assert (tmp_path / "raw" / NAME).stat().st_mode & 0o777 == 0o600


def test_where_none_was_written_there_is_none(tmp_path: Path) -> None:
    assert read_pulse(tmp_path) is None
    assert read_pulse(tmp_path / "nowhere") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"{}", b'{"service":1}', b" " * (MOST_BYTES + 9)])
def test_what_is_no_pulse_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert read_pulse(tmp_path) is None


def test_a_folder_a_pipe_or_a_link_in_its_place_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    for make in (lambda path: path.mkdir(), os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        make(folder / NAME)
        assert read_pulse(folder) is None


def test_a_place_that_cannot_be_written_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where a folder must be")
    write_pulse(tmp_path / "raw", pulse())
    assert (tmp_path / "raw").is_file()


def test_a_disk_that_stood_still_before_it_was_open_makes_no_pulse_of_long_ago(tmp_path: Path) -> None:
    clock = FixedClock(5_000_000)
    write_pulse(tmp_path, pulse(), clock)
    told = read_pulse(tmp_path)
    assert told is not None
    assert (pulse().at_us, told.at_us) == (2, 5_000_000)


@pytest.mark.parametrize("name", [NAME, f".{NAME}.new"])
@pytest.mark.parametrize(
    "make", [lambda path: (path / "something").mkdir(parents=True), os.mkfifo, lambda path: path.symlink_to("../real")]
)
def test_what_lies_in_its_way_is_moved_aside_and_never_waited_for_or_followed(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    (tmp_path / "real").write_text("of somebody else")
    folder = tmp_path / "raw"
    folder.mkdir()
    make(folder / name)
    write_pulse(folder, pulse())
    assert read_pulse(folder) == pulse()
    assert sorted(path.name for path in folder.iterdir()) == sorted([NAME, f"{name}.2.in_the_way"])
    assert (tmp_path / "real").read_text() == "of somebody else"


def test_only_a_life_that_was_cut_off_is_a_crash() -> None:
    assert crashes_upto(None, 9) == ()
    assert crashes_upto(pulse(ended="SIGTERM", crashes_us=(3,)), 9) == (3,)
    assert crashes_upto(pulse(crashes_us=(3,)), 9) == (3, 9)


def test_so_many_crashes_are_remembered_and_no_more() -> None:
    many = tuple(range(REMEMBERED))
    assert crashes_upto(pulse(crashes_us=many), 99) == (*many[1:], 99)
