"""When somebody looked is known, and never said of a time in which nobody did."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.looks import GAP_US, NAME, STRETCHES_KEPT, WRITTEN_EVERY_US, Looked, Looks, LooksLog, looked, read_looks
from tests.hedge_assets.builders import SECOND, T0


def after(*times_us):
    found = Looks()
    for now_us in times_us:
        found = looked(found, now_us)
    return found.stretches


@given(st.lists(st.integers(0, 3 * GAP_US), max_size=40))
def test_looks_that_follow_each_other_are_one_stretch_and_others_are_not(steps):
    times = [T0 + sum(steps[:place]) for place in range(1, len(steps) + 1)]
    found = after(*times)
    assert [each for each in found if each.until_us < each.from_us] == []
    assert all(any(each.from_us <= now_us <= each.until_us for each in found) for now_us in times)
    gaps = [(one, other) for one, other in pairwise(times) if other - one > GAP_US]
    assert [(one.until_us, other.from_us) for one, other in pairwise(found)] == gaps


def test_a_clock_that_was_set_back_takes_back_what_lies_ahead_of_it():
    assert after(T0, T0 + 5 * SECOND, T0 + 60 * SECOND, T0 + 2 * SECOND) == (Looked(T0, T0 + 2 * SECOND),)


def test_stretches_are_bounded():
    found = after(*(T0 + place * 2 * GAP_US for place in range(STRETCHES_KEPT + 5)))
    assert (len(found), found[0].from_us) == (STRETCHES_KEPT, T0 + 5 * 2 * GAP_US)


def test_a_watch_that_comes_back_goes_on_and_what_it_did_not_see_stays_a_gap(tmp_path):
    first = LooksLog(tmp_path)
    for second in range(8):
        first.look(T0 + second * SECOND, is_told=True)
    assert read_looks(tmp_path).stretches == (Looked(T0, T0 + WRITTEN_EVERY_US),)
    first.write(T0 + 7 * SECOND)
    LooksLog(tmp_path).look(T0 + 60 * SECOND, is_told=True, lost_upto_us=T0 + 3)
    assert read_looks(tmp_path) == Looks(
        stretches=(Looked(T0, T0 + 7 * SECOND), Looked(T0 + 60 * SECOND, T0 + 60 * SECOND)), lost_upto_us=T0 + 3
    )


def test_a_look_whose_incidents_wait_for_the_disk_is_not_written_down_before_them(tmp_path):
    log = LooksLog(tmp_path)
    log.look(T0, is_told=False)
    assert read_looks(tmp_path) == Looks()
    log.look(T0 + SECOND, is_told=True)
    assert read_looks(tmp_path).stretches == (Looked(T0, T0 + SECOND),)


@pytest.mark.parametrize("content", [b"", b"{", b'{"stretches":[[1]]}', b'{"lost_upto_us":1e400}', b"[" * 100_000])
def test_what_cannot_be_read_is_nothing(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    assert read_looks(tmp_path) == Looks()


def test_what_lies_in_the_way_is_moved_aside(tmp_path):
    os.mkfifo(tmp_path / NAME)
    LooksLog(tmp_path).look(T0, is_told=True)
    assert read_looks(tmp_path).stretches == (Looked(T0, T0),)
