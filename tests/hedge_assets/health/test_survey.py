import shutil
import time

import pytest

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.health import survey as module
from hedge_assets.health.manifest import manifest
from hedge_assets.health.scene import Program, Programs
from hedge_assets.health.survey import concerning, survey
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import DAY, SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

STATES = scan(tiny)
ROWS = manifest(STATES)
NAMES = [state.name for state in STATES]


def ready(tmp_path, now_us, **given):
    write(tmp_path, [boot(T0, **given), quote(T0 + SECOND), account(T0 + 2 * SECOND), heartbeat(T0 + 2 * SECOND, loop=9)])
    place = Place(root=tmp_path)
    refresh(place, STATES, NAMES, clock=FixedClock(now_us), flags=read_flags({}))
    return place


def conditions(found):
    return {verdict.name: verdict.condition for verdict in found.verdicts}


def test_a_bare_folder_has_everything_missing(tmp_path):
    found = survey(Place(root=tmp_path), ROWS, T0)
    assert conditions(found) == {row.name: "missing" for row in ROWS}
    assert not found.is_healthy


def test_a_running_desk_is_well_and_its_heartbeat_is_known(tmp_path):
    now_us = T0 + 5 * SECOND
    found = survey(ready(tmp_path, now_us, time="wall"), ROWS, now_us)
    assert found.is_healthy
    assert (found.heartbeat.loop, found.feed_end_us) == (9, None)


def test_a_replay_of_long_ago_is_well_while_its_states_are_written(tmp_path):
    now_us = T0 + 300 * DAY
    found = survey(ready(tmp_path, now_us, time="feed"), ROWS, now_us)
    assert found.is_healthy
    assert found.feed_end_us == T0 + 2 * SECOND


@pytest.mark.parametrize(("time", "condition"), [("feed", "ok"), ("wall", "stale")])
def test_journals_that_nothing_was_made_from_yet_say_themselves_whether_they_are_a_replays(tmp_path, time, condition):
    place = ready(tmp_path, T0 + 300 * DAY, time=time)
    shutil.rmtree(place.state)
    found = survey(place, ROWS, T0 + 300 * DAY)
    assert conditions(found)["raw/ticks"] == conditions(found)["raw/positions"] == condition


def test_the_same_data_from_a_live_executor_is_stale(tmp_path):
    now_us = T0 + 300 * DAY
    found = survey(ready(tmp_path, now_us, time="wall"), ROWS, now_us)
    assert conditions(found)["size"] == conditions(found)["raw/ticks"] == conditions(found)["raw/positions"] == "stale"


def test_a_file_of_another_account_is_invalid(tmp_path):
    now_us = T0 + 5 * SECOND
    place = ready(tmp_path, now_us, time="wall")
    path = place.state / "size.json"
    path.write_text(path.read_text().replace('"account":"paper"', '"account":"theirs"'))
    verdict = next(each for each in survey(place, ROWS, now_us).verdicts if each.name == "size")
    assert (verdict.condition, verdict.reason) == ("invalid", "account was 'theirs', the executor trades 'paper'")


def test_a_damaged_health_file_only_forgets_since_when(tmp_path):
    now_us = T0 + 5 * SECOND
    place = ready(tmp_path, now_us, time="wall")
    (place.state / "health.json").write_text('{"files": [{"name": 3}]}')
    found = survey(place, ROWS, now_us + SECOND)
    assert {verdict.since_us for verdict in found.verdicts} == {now_us + SECOND}


def test_a_journal_folder_that_is_a_file_is_invalid(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "ticks").write_text("x")
    assert conditions(survey(Place(root=tmp_path), ROWS, T0))["raw/ticks"] == "invalid"


def test_a_replay_stays_a_replay_when_its_journal_can_be_read_no_more(tmp_path):
    now_us = T0 + 300 * DAY
    place = ready(tmp_path, now_us, time="feed")
    (place.tables / "folds.msgpack").unlink()
    segment = next((place.raw / "orders").iterdir())
    segment.write_bytes(segment.read_bytes().replace(b"paper", b"pap3r", 1))
    refresh(place, STATES, NAMES, clock=FixedClock(now_us + SECOND), flags=read_flags({}))
    found = survey(place, ROWS, now_us + 2 * SECOND)
    assert found.feed_end_us == T0 + 2 * SECOND
    assert conditions(found)["raw/positions"] == "ok"


def test_a_look_says_how_long_it_lasted(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "known_seqs", lambda _: time.sleep(0.05) or {})
    assert survey(Place(root=tmp_path), ROWS, T0).scene.took_us >= 50_000


def test_an_account_sees_its_own_executor_and_none_of_the_others():
    named = [Program(name=name, state="RUNNING", pid=1, exit_code=0, since_us=1) for name in ("page", "executor_alpha", "executor_beta")]
    seen = concerning(Programs(at_us=1, programs=tuple(named)), "alpha")
    assert [each.name for each in seen.programs] == ["page", "executor"]
    assert concerning(None, "alpha") is None
