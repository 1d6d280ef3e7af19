"""The shadow log: every pair once, whatever happens in between, and never too large."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.ledger import Ledger
from hedge_assets.shadow.shadow_log import NAME, append_heartbeat, append_new, chunks, known, mend, older, unseen
from hedge_assets.shadow.shadow_log import logged as newest_first
from tests.hedge_assets.builders import T0
from tests.hedge_assets.pairs import answer, pair, paired


def fold(first, last):
    return paired([pair(answer(), answer("cooldown", pipeline="v6"), number) for number in range(first, last + 1)]).ledger


def logged(folder, files=5):
    path = folder / NAME
    found = [older(path, number) for number in range(files, 0, -1)] + [path]
    lines = [line for each in found if each.exists() for line in each.read_text().splitlines()]
    return [json.loads(line)["intent_id"] for line in lines]


def ids(first, last):
    return [f"i{number}" for number in range(first, last + 1)]


def test_each_pair_is_one_line_with_named_fields(tmp_path):
    assert append_new(tmp_path / NAME, fold(1, 1)) == 1
    line = json.loads((tmp_path / NAME).read_text())
    assert (line["number"], line["intent_id"], line["live"]["approved"], line["shadow"]["rule"]) == (1, "i1", True, "cooldown")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_a_second_call_appends_nothing(tmp_path):
    assert [append_new(tmp_path / NAME, fold(1, 5)) for _ in range(2)] == [5, 0]
    assert logged(tmp_path) == ids(1, 5)


def test_no_pairs_make_no_file(tmp_path):
    assert append_new(tmp_path / NAME, fold(1, 0)) == 0
    assert not (tmp_path / NAME).exists()


@given(st.lists(st.integers(0, 6), max_size=6), st.integers(0, 400))
def test_any_refreshes_with_any_torn_tail_log_every_pair_once(tmp_path_factory, steps, cut):
    folder = tmp_path_factory.mktemp("log")
    last = 0
    for step in steps:
        last += step
        append_new(folder / NAME, fold(1, last))
        if (folder / NAME).exists():
            os.truncate(folder / NAME, max(0, (folder / NAME).stat().st_size - cut))
    append_new(folder / NAME, fold(1, last))
    assert logged(folder) == ids(1, last)


def test_pairs_the_fold_has_forgotten_are_not_needed(tmp_path):
    append_new(tmp_path / NAME, fold(1, 5))
    assert append_new(tmp_path / NAME, fold(4, 9)) == 4
    assert append_new(tmp_path / NAME, fold(20, 21)) == 2
    assert logged(tmp_path) == [*ids(1, 9), *ids(20, 21)]


def test_a_log_of_another_history_is_gone_on_with(tmp_path):
    append_new(tmp_path / NAME, fold(50, 60))
    assert append_new(tmp_path / NAME, fold(1, 2)) == 2
    assert append_new(tmp_path / NAME, fold(1, 3)) == 1


def test_the_log_is_bounded_and_rotates_by_size(tmp_path):
    for last in range(1, 60):
        append_new(tmp_path / NAME, fold(max(1, last - 3), last), max_bytes=2_000, files=3)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 3
    assert max(sizes) <= 2_000
    kept = logged(tmp_path)
    assert kept == ids(60 - len(kept), 59)


def test_a_large_first_append_is_split_into_files(tmp_path):
    append_new(tmp_path / NAME, fold(1, 30), max_bytes=2_000, files=40)
    assert logged(tmp_path, 40) == ids(1, 30)
    assert all(len(chunk) <= 2_000 for chunk in chunks(fold(1, 30).recent, 2_000))


def test_a_crash_between_rotation_and_append_loses_nothing(tmp_path):
    append_new(tmp_path / NAME, fold(1, 5))
    (tmp_path / NAME).rename(older(tmp_path / NAME, 1))
    assert append_new(tmp_path / NAME, fold(1, 7)) == 2
    assert logged(tmp_path) == ids(1, 7)


def test_garbage_lines_are_passed_over(tmp_path):
    append_new(tmp_path / NAME, fold(1, 2))
    with (tmp_path / NAME).open("ab") as file:
        file.write(b"\x00\xff not json\n")
    assert append_new(tmp_path / NAME, fold(1, 3)) == 1


def test_a_name_that_cannot_be_written_is_the_callers_to_report(tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(IsADirectoryError):
        append_new(tmp_path / NAME, fold(1, 1))


def test_more_pairs_than_are_remembered_as_rows_are_all_logged_when_they_come_at_once(tmp_path):
    assert append_new(tmp_path / NAME, fold(1, 700)) == 700
    assert logged(tmp_path) == ids(1, 700)


def test_what_is_read_back_is_the_newest_first_and_passes_over_damage(tmp_path):
    append_new(tmp_path / NAME, fold(1, 30), max_bytes=4_000, files=40)
    content = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(b'{"intent_id": 5}\n\xff\n' + content[:-40])
    found = [line["intent_id"] for line in newest_first(tmp_path / NAME, files=40)]
    assert found == [name for name in reversed(ids(1, 29)) if name in found]
    assert len(found) >= 28


def beat(number):
    return {
        "intent_id": f"heartbeat-{number}",
        "ts_us": 10**15 + number * 10**6,
        "symbol": "BTCUSDT",
        "live": {},
        "shadow": {},
        "why": "x" * 900,
    }


def test_a_heartbeat_is_marked_and_comes_once_an_interval(tmp_path):
    append_new(tmp_path / NAME, fold(1, 2))
    told = [append_heartbeat(tmp_path / NAME, beat(number), every_us=10 * 10**6) for number in range(25)]
    assert sum(told) == 3
    assert [line.get("heartbeat", False) for line in newest_first(tmp_path / NAME)] == [True] * 3 + [False] * 2


def test_days_of_heartbeats_hide_no_pair(tmp_path):
    append_new(tmp_path / NAME, fold(1, 5))
    for number in range(200):
        append_heartbeat(tmp_path / NAME, beat(number), every_us=0)
    assert append_new(tmp_path / NAME, fold(1, 7)) == 2
    assert [line["intent_id"] for line in newest_first(tmp_path / NAME) if not line.get("heartbeat")] == list(reversed(ids(1, 7)))


def test_heartbeats_are_bounded_as_pairs_are(tmp_path):
    for number in range(100):
        append_heartbeat(tmp_path / NAME, beat(number), every_us=0, max_bytes=5_000, files=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, f"{NAME}.1"]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 5_000


def test_nothing_logged_means_everything_is_unseen():
    pairs = fold(1, 3).recent
    assert unseen(pairs, None) == pairs


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 5))
def test_pairs_of_one_loop_have_one_time_and_are_logged_once_each(tmp_path_factory, steps, columns):
    path, last = tmp_path_factory.mktemp("log") / NAME, 0
    for step in (*steps, 3):
        last += step
        rows = [pair(answer(), answer("cooldown", pipeline="v6"), number, ts_us=T0 + number // columns) for number in range(1, last + 1)]
        append_new(path, paired(rows).ledger)
    assert [line["number"] for line in newest_first(path)] == list(range(last, 0, -1))


def test_what_came_since_and_the_rows_from_before_are_one_row_of_pairs():
    ledger = fold(1, 9)
    ledger.fresh[:] = ledger.fresh[5:]
    assert [each.number for each in known(ledger)] == list(range(1, 10))
    ledger.fresh.clear()
    assert [each.number for each in known(ledger)] == list(range(1, 10))


def test_a_log_that_is_no_file_is_nothing_to_read(tmp_path):
    (tmp_path / NAME).mkdir()
    assert list(newest_first(tmp_path / NAME)) == []
    assert list(newest_first(tmp_path / "none")) == []


def test_one_file_alone_is_begun_anew_when_it_is_full(tmp_path):
    for last in range(1, 20):
        append_new(tmp_path / NAME, fold(max(1, last - 3), last), max_bytes=2_000, files=1)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).stat().st_size <= 2_000
    assert logged(tmp_path)[-1] == "i19"


def test_a_log_that_ends_within_a_loop_goes_on_within_it(tmp_path):
    rows = [pair(answer(), answer("cooldown", pipeline="v6"), number, ts_us=T0 + number // 3) for number in range(1, 700)]
    append_new(tmp_path / NAME, paired(rows[:250]).ledger)
    assert append_new(tmp_path / NAME, Ledger(recent=rows[250:506])) == 256


def test_a_torn_line_longer_than_a_tail_is_cut_off_whole(tmp_path):
    (tmp_path / NAME).write_bytes(b'{"intent_id":"i1"}\n' + b"x" * 100_000)
    mend(tmp_path / NAME)
    assert (tmp_path / NAME).read_bytes() == b'{"intent_id":"i1"}\n'
