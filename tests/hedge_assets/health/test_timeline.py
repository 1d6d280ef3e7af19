"""A file's day: what incidents say while somebody looked, unwatched where nobody did, without a gap and without an overlap."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.incidents import FILE_CAUSES, Entry
from hedge_assets.health.looks import GAP_US, WRITTEN_EVERY_US, Looked, Looks
from hedge_assets.health.timeline import CELLS, DAY_US, WORST_FIRST, timeline
from tests.hedge_assets.builders import HOUR, MINUTE, SECOND, T0
from tests.hedge_assets.health.wrong import incident

NOW = T0 + DAY_US
ALWAYS = Looks(stretches=(Looked(T0 - HOUR, NOW),))


def entry(event, at_us, cause="missing", subject="nav", *, opened_us=None):
    opened = at_us if opened_us is None else opened_us
    told = msgspec.structs.replace(incident(opened), cause=cause, subject=subject, id=f"{opened}-{subject}", reason=f"{cause} at {at_us}")
    return Entry(event=event, at_us=at_us, incident=msgspec.structs.replace(told, closed_us=at_us) if event == "closed" else told)


def shown(told, looks=ALWAYS, now_us=NOW, **given):
    (lane,) = timeline(["nav"], told, looks, now_us, **given)
    return [(each.word, each.from_us - T0, each.until_us - T0) for each in lane.stretches]


def test_a_file_that_grew_late_then_stale_and_was_healed_is_told_word_by_word():
    at = T0 + HOUR
    told = [
        entry("opened", at, "late"),
        entry("changed", at + MINUTE, "stale", opened_us=at),
        entry("closed", at + 3 * MINUTE, "stale", opened_us=at),
    ]
    assert shown(told) == [
        ("ok", 0, HOUR),
        ("late", HOUR, HOUR + MINUTE),
        ("stale", HOUR + MINUTE, HOUR + 3 * MINUTE),
        ("ok", HOUR + 3 * MINUTE, DAY_US),
    ]
    (lane,) = timeline(["nav"], told, ALWAYS, NOW)
    assert (lane.stretches[2].reason, lane.stretches[2].incident_id) == (f"stale at {at + MINUTE}", f"{at}-nav")
    assert lane.ok_frac == pytest.approx(1 - 3 / (24 * 60))


def test_what_nobody_looked_at_is_unwatched_whatever_was_open_meanwhile():
    looks = Looks(stretches=(Looked(T0 + HOUR, T0 + 2 * HOUR), Looked(T0 + 4 * HOUR, NOW)))
    told = [entry("opened", T0 + HOUR + MINUTE), entry("closed", T0 + 5 * HOUR, opened_us=T0 + HOUR + MINUTE)]
    assert shown(told, looks) == [
        ("unwatched", 0, HOUR),
        ("ok", HOUR, HOUR + MINUTE),
        ("missing", HOUR + MINUTE, 2 * HOUR),
        ("unwatched", 2 * HOUR, 4 * HOUR),
        ("missing", 4 * HOUR, 5 * HOUR),
        ("ok", 5 * HOUR, DAY_US),
    ]


def test_without_a_watch_nothing_is_called_well():
    (lane,) = timeline(["nav"], [], Looks(), NOW)
    assert [(each.word, each.until_us - each.from_us) for each in lane.stretches] == [("unwatched", DAY_US)]
    assert lane.ok_frac is None


@pytest.mark.parametrize(("age_us", "newest"), [(GAP_US + WRITTEN_EVERY_US, "ok"), (GAP_US + WRITTEN_EVERY_US + 1, "unwatched")])
def test_a_watch_that_looked_just_now_looks_still(age_us, newest):
    assert shown([], Looks(stretches=(Looked(T0, NOW - age_us),)))[-1][0] == newest


def test_what_the_journal_may_have_lost_is_not_called_well():
    looks = Looks(stretches=ALWAYS.stretches, lost_upto_us=T0 + HOUR)
    assert shown([], looks) == [("unwatched", 0, HOUR), ("ok", HOUR, DAY_US)]


def test_an_incident_of_before_the_day_reaches_into_it_and_one_whose_first_line_is_gone_begins_when_it_opened():
    assert shown([entry("opened", T0 - HOUR, "invalid")]) == [("invalid", 0, DAY_US)]
    assert shown([entry("closed", T0 + HOUR, "stale", opened_us=T0 + MINUTE)])[:2] == [("ok", 0, MINUTE), ("stale", MINUTE, HOUR)]


def test_conditions_and_other_files_are_nobody_s_lane():
    told = [entry("opened", T0 + HOUR, "disk_full"), entry("opened", T0 + HOUR, subject="universe")]
    assert shown(told) == [("ok", 0, DAY_US)]
    assert [lane.name for lane in timeline(["universe", "nav"], told, ALWAYS, NOW)] == ["universe", "nav"]


def test_a_file_that_flaps_all_day_is_told_in_cells_and_no_fault_is_lost():
    flaps = [at for minute in range(24 * 60) for at in (T0 + minute * MINUTE, T0 + minute * MINUTE + SECOND)]
    told = [entry("opened" if place % 2 == 0 else "closed", at, opened_us=flaps[place - place % 2]) for place, at in enumerate(flaps)]
    (lane,) = timeline(["nav"], told, ALWAYS, NOW)
    assert len(lane.stretches) <= CELLS
    assert {each.word for each in lane.stretches} == {"missing"}
    assert (lane.stretches[0].from_us, lane.stretches[-1].until_us) == (T0, NOW)
    assert lane.ok_frac == pytest.approx(59 / 60)


STEPS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from((*FILE_CAUSES, "closed"))), max_size=15)
SEEN = st.lists(st.tuples(st.integers(-20, 120), st.integers(1, 60)), max_size=5)


@given(STEPS, SEEN, st.integers(-20, 60))
def test_every_second_of_the_span_is_told_as_a_plain_look_at_that_second_tells_it(steps, seen, lost_s):
    """The span is two minutes, and the clock ticks in seconds; stretches and incidents lie anywhere around it."""
    told, at_us, opened_us, words = [], T0 - 30 * SECOND, None, [(T0 - 100 * SECOND, "ok")]
    for wait, cause in steps:
        at_us += wait * SECOND
        if cause == "closed" and opened_us is None:
            continue
        event = "closed" if cause == "closed" else "opened" if opened_us is None else "changed"
        told.append(entry(event, at_us, "stale" if event == "closed" else cause, opened_us=opened_us))
        opened_us = None if event == "closed" else opened_us if opened_us is not None else at_us
        words.append((at_us, "ok" if event == "closed" else cause))
    spans, ahead = [], -(10**9)
    for start, length in sorted(seen):
        if start > ahead:
            spans.append(Looked(T0 + start * SECOND, T0 + (start + length) * SECOND))
            ahead = start + length
    now_us = T0 + 120 * SECOND
    looks = Looks(stretches=tuple(spans), lost_upto_us=T0 + lost_s * SECOND)
    (lane,) = timeline(["nav"], told, looks, now_us, span_us=120 * SECOND)
    assert (lane.stretches[0].from_us, lane.stretches[-1].until_us) == (T0, now_us)
    for one, other in pairwise(lane.stretches):
        assert one.until_us == other.from_us
        assert (one.word, one.incident_id) != (other.word, other.incident_id)
    fresh_us = now_us if spans and now_us - spans[-1].until_us <= GAP_US + WRITTEN_EVERY_US else 0
    for second in range(120):
        middle_us = T0 + second * SECOND + SECOND // 2
        is_seen = any(each.from_us <= middle_us < max(each.until_us, fresh_us if each is spans[-1] else 0) for each in spans)
        expected = [word for at, word in words if at <= middle_us][-1] if is_seen and middle_us >= looks.lost_upto_us else "unwatched"
        assert [each.word for each in lane.stretches if each.from_us <= middle_us < each.until_us] == [expected]


def test_every_word_of_a_file_is_a_word_of_the_timeline():
    assert set(FILE_CAUSES) < set(WORST_FIRST)
