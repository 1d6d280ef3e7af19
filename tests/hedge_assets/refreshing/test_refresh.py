import json
from pathlib import Path

import pytest

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing import refresh as module
from hedge_assets.refreshing.refresh import needed, only_one, refresh
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import DAY, SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

FLAGS = read_flags({})
STATES = scan(tiny)


def place_in(tmp_path: Path, quotes: int = 0, **given) -> Place:
    if quotes:
        ticks = [quote(T0 + number * SECOND) for number in range(quotes)]
        end = T0 + quotes * SECOND
        write(tmp_path, [boot(T0, **given), *ticks, account(end), heartbeat(end)])
    return Place(root=tmp_path)


def refreshed(place: Place, *names: str, now_us: int = T0 + 10 * SECOND):
    return {outcome.name: outcome for outcome in refresh(place, STATES, names, clock=FixedClock(now_us), flags=FLAGS)}


def content(place: Place, name: str):
    return json.loads((place.state / f"{name}.json").read_text())


def test_without_any_journal_every_state_is_written_and_says_so(tmp_path):
    place = place_in(tmp_path)
    outcomes = refreshed(place, "size", "double", "health")
    assert all(outcome.is_written for outcome in outcomes.values())
    assert [content(place, name)["status"] for name in ("size", "double", "health")] == ["empty", "empty", "ok"]
    assert content(place, "size")["reason"] == "no quote yet"


def test_the_envelope_comes_first_and_names_what_it_was_made_from(tmp_path):
    place = place_in(tmp_path, quotes=2, time="wall")
    refreshed(place, "size", "double")
    size, double = content(place, "size"), content(place, "double")
    assert list(size)[:9] == ["schema", "account", "status", "n", "reason", "event_ts", "written_ts", "inputs", "code_version"]
    assert (size["schema"], size["account"], size["n"]) == ({"name": "size", "version": 1}, "paper", 2)
    assert size["inputs"] == [{"name": "raw/ticks", "version": "1..2"}]
    assert [each["name"] for each in double["inputs"]] == ["size"]


def test_a_state_alone_is_built_from_inputs_that_are_not_written(tmp_path):
    place = place_in(tmp_path, quotes=1)
    assert list(refreshed(place, "double")) == ["double"]
    assert [path.name for path in place.state.iterdir()] == ["double.json"]
    assert content(place, "double")["twice"] == 2


def test_a_gate_that_fails_keeps_the_old_file_byte_for_byte(tmp_path):
    place = place_in(tmp_path, quotes=4)
    refreshed(place, "size")
    old = (place.state / "size.json").read_bytes()
    write(tmp_path, [*(quote(T0 + number * SECOND) for number in range(5, 9)), heartbeat(T0 + 9 * SECOND)])
    outcome = refreshed(place, "size")["size"]
    assert (outcome.fate, outcome.reason) == ("gated", "check few: quotes was 8, must be below 5; the old file stays")
    assert (place.state / "size.json").read_bytes() == old


def test_a_promise_that_is_no_gate_is_told_and_the_file_written(tmp_path):
    outcome = refreshed(place_in(tmp_path, quotes=3), "double")["double"]
    assert outcome.is_written
    assert [(check.name, check.detail) for check in outcome.checks] == [("even", "twice was 6")]


def test_a_journal_that_cannot_be_read_fails_its_states_and_not_health(tmp_path):
    place = place_in(tmp_path, quotes=3)
    path = next((place.raw / "ticks").glob("*.jsonl*"))
    path.unlink()
    path.with_name(path.name.removesuffix(".zst").removesuffix(".jsonl") + ".jsonl").write_bytes(b'{"kind":"quote"}\n' * 3)
    outcomes = refreshed(place, "size", "double", "health")
    assert [outcomes[name].fate for name in ("size", "double", "health")] == ["failed", "failed", "written"]
    assert "size could not be built" in outcomes["double"].reason


def test_a_build_that_trips_fails_alone(tmp_path):
    class Tripping:
        def __call__(self, **_):
            raise ZeroDivisionError("division by zero")

    broken = [module.dataclasses.replace(state, build=Tripping()) if state.name == "double" else state for state in STATES]
    outcomes = refresh(place_in(tmp_path, quotes=1), broken, ["size", "double"], clock=FixedClock(T0), flags=FLAGS)
    assert [(outcome.name, outcome.fate) for outcome in outcomes] == [("size", "written"), ("double", "failed")]
    assert outcomes[1].reason == "building it failed: ZeroDivisionError: division by zero"


def test_a_name_that_cannot_be_freed_fails_its_state_alone(tmp_path):
    place = place_in(tmp_path)
    (place.state / "size.json").mkdir(parents=True)
    place.tables.mkdir()
    (place.tables / "damaged").write_text("no folder")
    outcomes = refreshed(place, "size", "double")
    assert [outcomes[name].fate for name in ("size", "double")] == ["failed", "written"]
    assert "cannot be kept" in outcomes["size"].reason


def test_on_a_replay_the_numbers_speak_of_the_newest_fact(tmp_path):
    place = place_in(tmp_path, quotes=3, time="feed")
    refreshed(place, "size", now_us=T0 + 100 * DAY)
    size = content(place, "size")
    assert (size["clock"], size["as_of_ts"]) == ("feed", "2026-01-05T00:00:03Z")
    assert size["written_ts"] == "2026-04-15T00:00:00Z"


def test_the_same_journals_and_moment_give_the_same_bytes(tmp_path):
    one, two = (place_in(tmp_path / name, quotes=4) for name in ("one", "two"))
    for place in (one, two):
        refreshed(place, "size", "double")
    assert all((one.state / name).read_bytes() == (two.state / name).read_bytes() for name in ("size.json", "double.json"))


def test_health_has_a_row_for_every_other_file_and_remembers_since_when(tmp_path):
    place = place_in(tmp_path, quotes=3, time="wall")
    refreshed(place, "size", "double", "health", now_us=T0 + 10 * SECOND)
    (place.state / "double.json").unlink()
    refreshed(place, "health", now_us=T0 + 20 * SECOND)
    refreshed(place, "health", now_us=T0 + 30 * SECOND)
    rows = {row["name"]: row for row in content(place, "health")["files"]}
    assert list(rows) == ["raw/ticks", "raw/orders", "raw/positions", "size", "double"]
    assert (rows["double"]["state"], rows["double"]["since_ts"]) == ("missing", "2026-01-05T00:00:20Z")
    assert (rows["size"]["state"], rows["size"]["since_ts"]) == ("ok", "2026-01-05T00:00:10Z")
    assert content(place, "health")["reason"] == "1 of 5 files need attention: double missing"


def test_needed_states_are_those_asked_for_and_all_they_rest_on():
    assert [state.name for state in needed(STATES, ["double"])] == ["size", "double"]


def test_a_second_refresh_waits_and_then_gives_up_with_a_word(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCK_WAIT_S", 0.1)
    with only_one(tmp_path), pytest.raises(module.LockError, match="another refresh"), only_one(tmp_path):
        raise AssertionError


def test_a_journal_folder_that_is_a_file_is_told_in_words_and_health_is_written(tmp_path):
    place = place_in(tmp_path)
    place.raw.mkdir()
    (place.raw / "orders").write_text("x")
    outcomes = refreshed(place, "size", "health")
    assert outcomes["size"].reason.startswith(f"{place.raw / 'orders'} cannot be read (Not a directory)")
    assert outcomes["health"].is_written
