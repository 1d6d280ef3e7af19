"""What arrived is kept word for word, within its bytes, without keys; and read again line by line."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.errors import UnreadableFeed
from executor.records.market import Instrument
from executor.wire.streams.cassette import HEAD, Cassette, Header, Played, files_of, lines_of
from executor.wire.streams.shapes import Rebuild

T0 = 1_700_000_000_000_000
RULES = Instrument(symbol="AAAUSDT", tick_size=Decimal("0.1"), step_size=Decimal(1), min_qty=Decimal(1), min_notional=Decimal(5))
HEADER = Header(venue="binanceusdm", instruments=(RULES,))


def test_messages_come_back_as_they_came(tmp_path):
    cassette = Cassette(tmp_path, HEADER)
    cassette.message("public", T0, '{"e":"bookTicker"}')
    cassette.message("market", T0 + 1, "\x00half of som")
    cassette.close()
    head, *lines = lines_of(files_of(tmp_path))
    assert head.name == HEAD
    assert lines == [Played(T0, "public", '{"e":"bookTicker"}'), Played(T0 + 1, "market", "\x00half of som")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(raws=st.lists(st.text(max_size=50), max_size=20))
def test_any_text_stays_one_line(tmp_path, raws):
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    cassette = Cassette(folder, HEADER)
    for at, raw in enumerate(raws):
        cassette.message("public", T0 + at, raw)
    cassette.close()
    kept = [line.raw for line in lines_of(files_of(folder) if folder.exists() else []) if line.name == "public"]
    assert len(kept) == len(raws)
    assert [raw.replace("\n", " ") for raw in raws] == kept


def test_a_rebuild_is_kept_among_the_messages(tmp_path):
    cassette = Cassette(tmp_path, HEADER)
    cassette.rebuilt(Rebuild(name="public", reason="x", from_us=T0, until_us=T0 + 5, attempts=2, is_first=False))
    cassette.close()
    _, line = lines_of(files_of(tmp_path))
    assert (line.ts_us, line.name) == (T0 + 5, "#public")
    assert '"from_us":1700000000000000' in line.raw


def test_a_listen_key_is_hidden(tmp_path):
    cassette = Cassette(tmp_path, HEADER)
    cassette.message("private", T0, '{"e":"listenKeyExpired","E":"1","listenKey":"wRs4kZqX93jHcV7"}')
    cassette.close()
    [path] = files_of(tmp_path)
    assert "wRs4kZqX93jHcV7" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_newest_stay_within_the_bytes(tmp_path):
    cassette = Cassette(tmp_path, HEADER, most_bytes=4_000)
    for at in range(500):
        cassette.message("public", T0 + at, "x" * 40)
    cassette.close()
    files = files_of(tmp_path)
    assert sum(path.stat().st_size for path in files) <= 4_000
    lines = [line for line in lines_of(files) if line.name == "public"]
    assert [line.ts_us for line in lines] == list(range(T0 + 500 - len(lines), T0 + 500))
    assert all(next(iter(lines_of([path]))).name == HEAD for path in files)


def test_a_disk_that_takes_no_more_ends_the_recording_and_nothing_else(tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    cassette = Cassette(tmp_path / "taken", HEADER)
    for at in range(3):
        cassette.message("public", T0 + at, "{}")
    cassette.close()
    assert cassette.fault
    assert cassette.messages == 3


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
