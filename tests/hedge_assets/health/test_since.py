import os

import msgspec
import pytest

from executor.pulse import Pulse, write_pulse
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.health.judge import Verdict
from hedge_assets.health.manifest import journal_rows
from hedge_assets.health.since import GAP_US, Memory, dated, earlier, file_key
from hedge_assets.health.survey import survey
from hedge_assets.settings import Health, Place
from tests.hedge_assets.builders import SECOND, T0

ALWAYS = Condition(judge=lambda _: [Sign("desk", "error", "it rains", "wait")], name="rain")


def looked(root, now_us=T0, *, memory=None, conditions=(ALWAYS,), health=None):
    place = Place(root=root, health=health or Health())
    found = survey(place, journal_rows(), now_us, conditions=conditions, memory=memory)
    ticks = next(each for each in found.verdicts if each.name == "raw/ticks")
    return ticks.since_us, *(each.since_us for each in found.findings)


def opened(cause, subject, at_us, **given):
    told = {"id": f"{cause} {subject}", "severity": "error", "seen_by": "watch", "reason": "r", **given}
    incident = Incident(cause=cause, subject=subject, opened_us=at_us, **told)
    return msgspec.json.encode(Entry(event="opened", at_us=at_us, incident=incident)) + b"\n"


def keep(root, *lines, age_s=0):
    write_pulse(root / "watch", Pulse(service="watch", pid=1, at_us=T0, started_us=T0))
    os.utime(root / "watch" / "pulse.json", ns=((T0 - age_s * SECOND) * 1000,) * 2)
    (root / "watch" / "incidents.jsonl").write_bytes(b"".join(lines))


def health(root, text):
    (root / "state").mkdir(parents=True, exist_ok=True)
    (root / "state" / "health.json").write_text(text)


def test_what_nobody_knew_of_is_since_now(tmp_path):
    assert looked(tmp_path) == (T0, T0)


def test_an_open_incident_tells_while_somebody_keeps_them(tmp_path):
    keep(tmp_path, opened("missing", "raw/ticks", T0 - 9), opened("rain", "desk", T0 - 7))
    assert looked(tmp_path) == (T0 - 9, T0 - 7)


def test_an_incident_that_is_over_or_of_another_cause_tells_nothing(tmp_path):
    keep(tmp_path, opened("stale", "raw/ticks", T0 - 9), opened("rain", "desk", T0 - 7, closed_us=T0 - 3))
    assert looked(tmp_path) == (T0, T0)


def test_incidents_that_nobody_keeps_any_more_tell_nothing(tmp_path):
    keep(tmp_path, opened("missing", "raw/ticks", T0 - 9), age_s=60)
    assert looked(tmp_path) == (T0, T0)


def test_incidents_are_read_again_when_there_are_more(tmp_path):
    keep(tmp_path, opened("rain", "desk", T0 - 7))
    assert looked(tmp_path) == (T0, T0 - 7)
    keep(tmp_path, opened("rain", "desk", T0 - 7), opened("missing", "raw/ticks", T0 - 9))
    assert looked(tmp_path) == (T0 - 9, T0 - 7)


def test_the_last_health_file_tells_where_no_incident_does(tmp_path):
    rows = '"state": "missing", "name": "raw/ticks", "since_ts": "2026-01-04T00:00:00Z"'
    found = '"condition": "rain", "subject": "desk", "since_ts": "2026-01-03T00:00:00Z"'
    health(tmp_path, f'{{"files": [{{{rows}}}], "conditions": [{{{found}}}]}}')
    assert looked(tmp_path) == (T0 - 86_400 * SECOND, T0 - 2 * 86_400 * SECOND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"files": 3, "conditions": {}}',
        '{"files": [3, {}, {"state": 1, "name": 2, "since_ts": 3}]}',
        '{"conditions": [[]]}',
        "{" * 9,
    ],
)
def test_a_damaged_health_file_tells_nothing(tmp_path, text):
    health(tmp_path, text)
    assert looked(tmp_path) == (T0, T0)


def test_a_late_file_is_told_by_its_own_incident_and_row_not_by_those_of_a_well_one(tmp_path):
    late = Verdict("raw/ticks", "raw/ticks", "raw", "ok", "old", late=True)
    row = '{"state": "ok", "late": %s, "name": "raw/ticks", "since_ts": "2026-01-04T00:00:00Z"}'
    health(tmp_path, f'{{"files": [{row % "false"}]}}')
    keep(tmp_path, opened("late", "raw/ticks", T0 - 9))
    assert dated([late], earlier(Place(root=tmp_path), incidents=False), T0)[0].since_us == T0
    assert dated([late], earlier(Place(root=tmp_path), incidents=True), T0)[0].since_us == T0 - 9
    health(tmp_path, f'{{"files": [{row % "true"}]}}')
    assert dated([late], earlier(Place(root=tmp_path), incidents=False), T0)[0].since_us == T0 - 86_400 * SECOND
    assert file_key(late) == ("late", "raw/ticks")


def test_who_looks_again_remembers_since_when(tmp_path):
    memory = Memory()
    assert looked(tmp_path, T0, memory=memory) == (T0, T0)
    assert looked(tmp_path, T0 + SECOND, memory=memory) == (T0, T0)


def test_what_comes_again_between_two_looks_is_since_now_whatever_an_old_health_file_says(tmp_path):
    found = '"condition": "rain", "subject": "desk", "since_ts": "2026-01-03T00:00:00Z"'
    health(tmp_path, f'{{"conditions": [{{{found}}}]}}')
    memory = Memory()
    assert looked(tmp_path, T0, memory=memory)[1] == T0 - 2 * 86_400 * SECOND
    assert len(looked(tmp_path, T0 + 1, memory=memory, conditions=())) == 1
    assert looked(tmp_path, T0 + 2, memory=memory)[1] == T0 + 2


def test_what_was_seen_long_ago_or_by_a_clock_that_was_set_back_says_nothing_of_now(tmp_path):
    for later_us in (T0 + GAP_US + 1, T0 - 1):
        memory = Memory()
        looked(tmp_path, T0, memory=memory)
        assert looked(tmp_path, later_us, memory=memory) == (later_us, later_us)


def test_who_looks_seldom_remembers_for_some_looks(tmp_path):
    memory, seldom = Memory(), Health(look_every_s=30)
    looked(tmp_path, T0, memory=memory, health=seldom)
    assert looked(tmp_path, T0 + 90 * SECOND, memory=memory, health=seldom) == (T0, T0)
