"""The market of a cassette comes back as it came; plain recordings of others are read line by line."""

import pytest

from executor.errors import UnreadableFeed
from executor.wire.cassettes.market import Played, files_of, lines_of


def test_a_last_line_cut_by_a_crash_is_left_out(tmp_path):
    path = tmp_path / "a.wire"
    path.write_bytes(b'1700000000000000000 public {"e":1}\n17000000000000')
    assert [line.raw for line in lines_of([path])] == ['{"e":1}']


@pytest.mark.parametrize("text", ["hello world\n", "12\n", "-5 public {}\n", f"{'9' * 30} public x\n"])
def test_a_line_that_is_none_is_refused_by_its_place(tmp_path, text):
    path = tmp_path / "a.wire"
    path.write_text("1700000000000000000 public {}\n" + text)
    with pytest.raises(UnreadableFeed, match=r"a\.wire:2"):
        list(lines_of([path]))


def test_a_cassette_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableFeed, match="cannot be read"):
        list(lines_of(files_of(tmp_path / "none")))


def test_recordings_of_others_are_read_in_nanoseconds_and_microseconds(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('1721347200064916040 {"a":1}\n1680652800005184 {"b":2}\n')
    assert list(lines_of([path])) == [Played(1721347200064916, "", '{"a":1}'), Played(1680652800005184, "", '{"b":2}')]
