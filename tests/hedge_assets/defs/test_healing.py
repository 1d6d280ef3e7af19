import json

import pytest

from hedge_assets.defs.healing import needing
from hedge_assets.health.survey import survey
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.spec import Pace
from tests.hedge_assets.builders import SECOND
from tests.hedge_assets.defs.desks import desk_in, journaled


@pytest.fixture
def desk(tmp_path):
    journaled(tmp_path, 3)
    found = desk_in(tmp_path)
    refresh(found.place, found.states, {state.name for state in found.states}, clock=found.clock, flags=found.flags)
    return found


def wanting(desk, now_us):
    return {name for names in needing(desk, survey(desk.place, desk.rows, now_us).verdicts).values() for name in names}


def test_nothing_is_made_again_while_all_is_well(desk):
    assert wanting(desk, desk.clock.now_us()) == set()


def test_a_deleted_file_is_made_again(desk):
    (desk.place.state / "size.json").unlink()
    assert needing(desk, survey(desk.place, desk.rows, desk.clock.now_us()).verdicts)[Pace.FAST] == ["size"]


def test_a_file_whose_facts_are_older_than_the_journals_is_made_again_at_once(desk):
    path = desk.place.state / "size.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "event_ts": "2020-01-01T00:00:00Z"}))
    assert wanting(desk, desk.clock.now_us()) == {"size"}


def test_old_facts_of_a_dead_executor_are_not_made_again_and_again(desk):
    late_us = desk.clock.now_us() + 590 * SECOND
    path = desk.place.state / "size.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "event_ts": "2020-01-01T00:00:00Z"}))
    assert wanting(desk, late_us) == set()
