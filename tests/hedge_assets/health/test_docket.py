"""Incidents open at once, close when it is over for good, and nothing flaps."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.docket import GRACE_US, HOLD_LOOKS, Docket, docket, faults, step
from hedge_assets.health.incidents import Entry
from hedge_assets.health.survey import Survey
from tests.hedge_assets.builders import MINUTE, SECOND, T0
from tests.hedge_assets.health.wrong import NAMES, finding, incident, survey

LOOK = SECOND // 2
WATCHED = Docket(T0, is_continued=True)


def looks(*surveys: Survey, before: Docket = WATCHED) -> tuple[Docket, list[Entry]]:
    told: list[Entry] = []
    for each in surveys:
        before, entries = step(before, each)
        told += entries
    return before, told


def events(told: list[Entry]) -> list[tuple[str, str, str]]:
    return [(each.event, each.incident.cause, each.incident.subject) for each in told]


def at(n: int, files: dict[str, str] | None = None, *found: object) -> Survey:
    return survey(T0 + n * LOOK, files, found)


@pytest.mark.parametrize("word", ["missing", "invalid", "stale"])
def test_an_ill_file_is_an_incident_at_the_first_look_and_over_at_the_second_good_one(word):
    after, told = looks(at(1, {"nav": word}), at(2), at(3))
    assert events(told) == [("opened", word, "nav"), ("closed", word, "nav")]
    assert (told[0].incident.severity, told[0].incident.opened_us, told[1].incident.closed_us) == ("error", T0 + LOOK, T0 + 3 * LOOK)
    assert after.open == {}


def test_a_file_that_is_well_for_one_look_only_stays_one_incident():
    _, told = looks(at(1, {"nav": "missing"}), at(2), at(3, {"nav": "missing"}), at(4), at(5, {"nav": "missing"}))
    assert events(told) == [("opened", "missing", "nav")]


def test_an_age_that_runs_on_writes_no_line():
    _, told = looks(*(at(n, {}, finding("daemon_silent", "dagster", reason=f"silent for {n} s")) for n in range(20)))
    assert events(told) == [("opened", "daemon_silent", "dagster")]


def test_a_late_file_that_grows_stale_is_escalated_and_is_the_same_incident():
    _, told = looks(at(1, {"nav": "late"}), at(2, {"nav": "stale"}), at(3, {"nav": "missing"}))
    assert events(told) == [("opened", "late", "nav"), ("changed", "stale", "nav"), ("changed", "missing", "nav")]
    assert len({each.incident.id for each in told}) == 1
    assert [each.incident.escalated_us for each in told] == [None, T0 + 2 * LOOK, T0 + 2 * LOOK]
    assert [each.incident.severity for each in told] == ["warn", "error", "error"]


def test_what_grows_milder_is_believed_at_the_second_look():
    worse, milder = finding("disk_full", "disk"), finding("disk_full", "disk", "warn")
    _, told = looks(at(1, {}, worse), at(2, {}, milder), at(3, {}, worse), at(4, {}, milder), at(5, {}, milder))
    assert [(each.event, each.incident.severity, each.at_us) for each in told[1:]] == [("changed", "warn", T0 + 5 * LOOK)]


def test_a_condition_and_a_file_of_the_same_subject_are_two_incidents():
    _, told = looks(at(1, {"nav": "missing"}, finding("cannot_heal", "nav")))
    assert len({each.incident.id for each in told}) == len(told) == 2


def test_two_signs_of_one_condition_on_one_subject_are_one_fault_and_the_worse_counts():
    found = faults(at(1, {}, finding("clock_off", "box", "warn", "a"), finding("clock_off", "box", "error", "b")))
    assert [(each.severity, each.reason) for each in found.values()] == [("error", "b")]


def test_an_incident_of_the_journal_goes_on_as_the_same():
    known = incident(T0 - MINUTE, "stale", "nav")
    after, told = looks(at(1, {"nav": "stale"}), before=docket([known], T0))
    assert told == []
    _, told = looks(at(2), at(3), before=after)
    assert [(each.event, each.incident.id) for each in told] == [("closed", known.id)]


def test_a_bare_desk_that_comes_up_within_a_minute_had_no_incident():
    bare = dict.fromkeys(NAMES, "missing")
    _, told = looks(at(1, bare), at(9, {"nav": "missing"}), at(10), before=Docket(T0))
    assert told == []


def test_a_bare_desk_that_stays_bare_has_incidents_when_the_minute_is_over():
    bare = dict.fromkeys(NAMES, "missing")
    late = survey(T0 + GRACE_US, bare)
    _, told = looks(at(1, bare), late, before=Docket(T0))
    assert sorted(events(told)) == sorted(("opened", "missing", name) for name in NAMES)


def test_what_was_well_once_is_not_excused_a_second_time():
    _, told = looks(at(1, {"nav": "stale"}), at(2), at(3, {"nav": "stale"}), before=Docket(T0))
    assert events(told) == [("opened", "stale", "nav")]


def test_a_desk_left_for_the_night_is_old_not_ill_until_it_had_its_minute():
    old = {"nav": "stale", "raw/ticks": "stale"}
    _, told = looks(at(1, old, finding("executor_dead", "executor")), at(5), before=Docket(T0))
    assert told == []


def test_a_clock_that_is_off_is_no_start_and_may_never_let_the_minute_pass():
    _, told = looks(at(1, {}, finding("clock_off", "watch")), before=Docket(T0))
    assert events(told) == [("opened", "clock_off", "watch")]


@pytest.mark.parametrize(("files", "cause"), [({"nav": "missing"}, "missing"), ({"nav": "invalid"}, "invalid")])
def test_a_file_missing_among_others_or_invalid_needs_no_start_to_be_wrong(files, cause):
    _, told = looks(at(1, files), before=Docket(T0))
    assert events(told) == [("opened", cause, "nav")]


def test_a_starting_file_that_turns_invalid_is_an_incident():
    _, told = looks(at(1, {"nav": "stale"}), at(2, {"nav": "invalid"}), before=Docket(T0))
    assert events(told) == [("opened", "invalid", "nav")]


WORDS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["late", "stale", "missing", "invalid"]))
FOUND = st.lists(
    st.builds(
        finding, st.sampled_from(["crash_loop", "disk_full"]), st.sampled_from(["executor", "disk"]), st.sampled_from(["warn", "error"])
    )
)


@given(st.lists(st.tuples(WORDS, FOUND), max_size=30), st.booleans())
def test_an_incident_is_open_exactly_while_its_subject_is_ill_or_was_just_now(seen, is_continued):
    before, told, well = Docket(T0, is_continued=is_continued), [], {}
    for n, (files, found) in enumerate(seen, 1):
        look = survey(T0 + n * LOOK, files, found)
        before, entries = step(before, look)
        told += entries
        ill = faults(look).keys()
        well = {key: 0 if key in ill else well.get(key, HOLD_LOOKS) + 1 for key in {*well, *ill}}
        opened = {key for key, looks_well in well.items() if looks_well < HOLD_LOOKS} - (before.excused or frozenset())
        assert set(before.open) <= {key for key, looks_well in well.items() if looks_well < HOLD_LOOKS}
        assert {key for key in opened if key in ill} <= set(before.open)
        if is_continued:
            assert set(before.open) == opened
    by_id = Counter((each.incident.id, each.event) for each in told if each.event != "changed")
    assert set(by_id.values()) <= {1}
    closed = {name for name, event in by_id if event == "closed"}
    assert {name for name, event in by_id if event == "opened"} - closed == {each.id for each in before.open.values()}
    for each in told:
        assert each.incident.is_open == (each.event != "closed") == (each.incident.healed_by is None)


@given(st.lists(st.tuples(WORDS, st.integers(-60 * MINUTE, MINUTE)), max_size=20))
def test_a_clock_that_is_set_back_breaks_nothing(seen):
    before, now_us = WATCHED, T0
    for files, step_us in seen:
        now_us += step_us
        before, entries = step(before, survey(now_us, files))
        assert all(each.incident.closed_us is None or each.incident.closed_us >= each.incident.opened_us for each in entries)


def test_an_incident_reaches_as_far_as_its_condition():
    _, told = looks(at(1, {"nav": "stale"}, replace(finding("disk_full", "disk"), reach=2)))
    assert {each.incident.cause: each.incident.reach for each in told} == {"stale": 0, "disk_full": 2}
