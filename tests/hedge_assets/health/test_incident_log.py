"""The incidents journal loses no word it took, stays within its bounds, and survives what lies in its place."""

import contextlib
import json
import os
import resource
import stat

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_assets.health import incident_log
from hedge_assets.health.incident_log import LOG, OLDER, IncidentLog, entries, read_incidents
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.states.incidents import incidents
from tests.hedge_assets.builders import DAY, SECOND, T0
from tests.hedge_assets.health.wrong import incident, over

BOUND = 64 * 1024


def log(folder, max_bytes=BOUND, max_days=90.0) -> IncidentLog:
    return IncidentLog(folder, max_bytes=max_bytes, max_days=max_days)


def told(each: Incident) -> Entry:
    return Entry(event="opened" if each.is_open else "closed", at_us=each.closed_us or each.opened_us, incident=each)


def ids(folder) -> list[str]:
    return [each.id for each in read_incidents(folder)]


def test_what_was_appended_is_read_and_what_is_open_is_taken_up(tmp_path):
    folder = tmp_path / "watch"
    log(folder).append([told(incident(T0)), told(over(T0 + 1, 3.0))], T0)
    assert ids(folder) == [incident(T0).id, incident(T0 + 1).id]
    assert log(folder).open == (incident(T0),)
    assert stat.S_IMODE((folder / LOG).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_line_that_was_cut_off_is_left_to_itself(tmp_path):
    log(tmp_path).append([told(incident(T0))], T0)
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"event":"opened","at_us":1,"inci')
    log(tmp_path).append([told(incident(T0 + 1))], T0)
    assert ids(tmp_path) == [incident(T0 + 1).id, incident(T0).id]


@given(content=st.binary(max_size=400))
@settings(max_examples=50)
def test_anything_that_lies_there_is_passed_over_and_the_next_line_is_whole(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("watch")
    (folder / LOG).write_bytes(content)
    kept = log(folder)
    kept.append([told(incident(T0))], T0)
    assert kept.fault is None
    assert incident(T0).id in ids(folder)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"opened_us": 1 << 60},
        {"opened_us": -1},
        {"opened_us": 10**40},
        {"closed_us": T0 - 1},
        {"escalated_us": 1 << 60},
        {"reason": "x" * 20_000},
    ],
)
def test_a_line_of_which_no_document_could_be_made_is_passed_over(tmp_path, spoilt):
    plain = json.loads(msgspec.json.encode(told(incident(T0))))
    plain["incident"] |= {"id": "theirs", **spoilt}
    (tmp_path / LOG).write_text(json.dumps(plain) + "\n")
    log(tmp_path).append([told(over(T0 + 1, 1.0))], T0)
    assert ids(tmp_path) == [incident(T0 + 1).id]
    assert incidents(read_incidents(tmp_path), T0).n == 1


def test_it_stays_within_its_bound_and_forgets_nothing_that_is_open(tmp_path):
    kept = log(tmp_path)
    kept.append([told(incident(T0))], T0)
    for n in range(1, 2_000):
        kept.append([told(over(T0 + n * SECOND, 1.0))], T0 + n * SECOND)
        assert (tmp_path / LOG).stat().st_size <= BOUND // 2
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= BOUND + 1_000
    assert log(tmp_path).open == (incident(T0),)
    newest = [each.opened_us for each in read_incidents(tmp_path)][1:100]
    assert newest == sorted(newest, reverse=True)
    assert newest[0] == T0 + 1_999 * SECOND


def test_a_turning_over_that_was_cut_off_in_between_forgets_nothing(tmp_path):
    log(tmp_path).append([told(incident(T0))], T0)
    (tmp_path / LOG).rename(tmp_path / OLDER)
    kept = log(tmp_path)
    assert kept.open == (incident(T0),)
    kept.append([], T0)
    assert (tmp_path / LOG).read_bytes() == (tmp_path / OLDER).read_bytes()


def test_what_was_over_too_long_ago_goes_and_what_is_open_stays(tmp_path):
    log(tmp_path).append([told(incident(T0)), told(over(T0 + 1, 1.0)), told(over(T0 + 5 * DAY, 1.0))], T0)
    kept = log(tmp_path, max_days=3.0)
    kept.append([], T0 + 6 * DAY)
    assert ids(tmp_path) == [incident(T0).id, incident(T0 + 5 * DAY).id]


def test_what_the_disk_refuses_waits_and_is_written_when_it_can_be(tmp_path):
    folder = tmp_path / "watch"
    folder.touch()
    kept = log(folder)
    kept.append([told(incident(T0))], T0)
    kept.append([told(over(T0, 2.0))], T0)
    assert "cannot be written" in (kept.fault or "")
    assert kept.waiting == 2
    folder.unlink()
    kept.append([], T0)
    assert (kept.fault, kept.waiting) == (None, 0)
    assert [each.event for each in entries(folder)] == ["opened", "closed"]


@contextlib.contextmanager
def room_for(size_bytes: int):
    """No file may grow beyond this meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 40, 300, 500])
def test_a_line_of_which_the_disk_took_a_part_is_written_whole_when_there_is_room(tmp_path, room):
    kept = log(tmp_path)
    kept.append([told(incident(T0))], T0)
    with room_for((tmp_path / LOG).stat().st_size + room):
        kept.append([told(over(T0 + 1, 1.0)), told(incident(T0 + 2))], T0)
        refused, waiting = kept.fault, kept.waiting
    assert "cannot be written" in (refused or "")
    assert waiting == 2
    kept.append([], T0)
    assert (kept.fault, kept.waiting) == (None, 0)
    assert ids(tmp_path) == [incident(T0 + 2).id, incident(T0).id, incident(T0 + 1).id]
    assert {each.id for each in log(tmp_path).open} == {incident(T0).id, incident(T0 + 2).id}


def test_a_disk_that_is_full_for_days_does_not_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(incident_log, "MOST_WAITING", 100)
    folder = tmp_path / "watch"
    folder.touch()
    kept = log(folder)
    for n in range(1_000):
        kept.append([told(over(T0 + n, 1.0))], T0 + n)
    assert kept.waiting <= 100
    assert kept.lost + kept.waiting == 1_000


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_is_moved_aside_and_never_written_through(tmp_path, kind):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    folder = tmp_path / "watch"
    folder.mkdir()
    if kind == "link":
        (folder / LOG).symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(folder / LOG)
    else:
        (folder / LOG / "inside").mkdir(parents=True)
    kept = log(folder)
    kept.append([told(incident(T0))], T0)
    assert (kept.waiting, kept.fault, ids(folder)) == (0, None, [incident(T0).id])
    assert (folder / f"{LOG}.{T0}.in_the_way").is_symlink() is (kind == "link")
    assert elsewhere.read_text() == "mine"


def test_a_journal_that_was_taken_away_is_begun_again_with_what_is_open(tmp_path):
    kept = log(tmp_path)
    kept.append([told(incident(T0)), told(over(T0 + 1, 1.0))], T0)
    (tmp_path / LOG).unlink()
    kept.append([], T0)
    assert ids(tmp_path) == [incident(T0).id]


def test_a_file_too_long_to_be_read_is_not_kept_for_older_lines(tmp_path):
    kept = log(tmp_path)
    kept.append([told(incident(T0))], T0)
    (tmp_path / LOG).unlink()
    (tmp_path / LOG).touch()
    os.truncate(tmp_path / LOG, incident_log.MOST_BYTES + 1)
    kept.append([], T0)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < BOUND
    assert ids(tmp_path) == [incident(T0).id]


@pytest.mark.parametrize("content", [b"", b"\xff" * 5_000])
def test_a_journal_whose_content_was_replaced_tells_what_is_open_again_and_nothing_twice(tmp_path, content):
    kept = log(tmp_path)
    kept.append([told(incident(T0)), told(over(T0 + 1, 1.0))], T0)
    (tmp_path / LOG).write_bytes(content)
    for _ in range(3):
        kept.append([], T0)
    assert [entry.incident.id for entry in entries(tmp_path)] == [incident(T0).id]


def test_what_may_have_been_lost_is_known_by_when_it_was_over(tmp_path):
    kept = log(tmp_path, max_bytes=8 * 1024)
    for place in range(60):
        kept.append([told(over(T0 + place * SECOND, 0.5))], T0 + place * SECOND)
        told_since = min(entry.at_us for entry in entries(tmp_path))
        assert kept.lost_upto_us < told_since
    gone = [entry for place in range(60) if (entry := told(over(T0 + place * SECOND, 0.5))).incident.id not in ids(tmp_path)]
    assert max(entry.at_us for entry in gone) <= kept.lost_upto_us


def test_a_journal_that_was_taken_away_has_lost_all_that_was_over(tmp_path):
    kept = log(tmp_path)
    kept.append([], T0)
    assert kept.lost_upto_us == 0
    kept.append([told(over(T0, 1.0))], T0 + SECOND)
    (tmp_path / LOG).unlink()
    kept.append([], T0 + 2 * SECOND)
    kept.append([], T0 + 3 * SECOND)
    assert kept.lost_upto_us == T0 + 2 * SECOND
