import msgspec
import pytest

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.proving import compare
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place, Telemetry
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import BTC, ETH, HOUR, SECOND, T0, account, boot, fill, heartbeat, intent, quote, submit
from tests.hedge_assets.journals import write

ALL = scan()
STATES = scan(tiny)
FLAGS = read_flags({})
NOW = T0 + 3 * SECOND
BEAT = T0 + 2 * SECOND


def refreshed(root, states=STATES, *, now_us=NOW, flags=FLAGS, telemetry=None):
    place = Place(root=root, telemetry=telemetry or Telemetry())
    refresh(place, states, [state.name for state in states], clock=FixedClock(now_us), flags=flags)
    return place


def start(root):
    write(root, [boot(T0, time="wall"), quote(T0 + SECOND), account(BEAT), heartbeat(BEAT)])


@pytest.fixture
def place(tmp_path):
    start(tmp_path)
    return refreshed(tmp_path)


def same(place, states=STATES, flags=FLAGS):
    return {each.name: each.is_same for each in compare(place, states, flags=flags)}


def test_files_that_the_journals_give_are_the_same(place):
    write(place.root, [quote(T0 + 4 * SECOND), account(T0 + 6 * SECOND), heartbeat(T0 + 6 * SECOND)])
    assert same(place) == {"size": True, "double": True}


def test_what_was_journaled_at_an_earlier_moment_after_the_journals_were_read_is_left_out(place):
    """Of the watermark's own instant, and of the time before the file's: neither was there to be read."""
    write(place.root, [quote(BEAT), quote(BEAT + SECOND // 2), account(NOW), heartbeat(NOW)])
    assert same(place) == {"size": True, "double": True}


def test_a_changed_number_is_named_by_its_path_with_both_values_and_a_missing_file_too(place):
    path = place.state / "size.json"
    path.write_text(path.read_text().replace('"quotes":1', '"quotes":2'))
    (place.state / "double.json").unlink()
    size, double = compare(place, STATES, flags=FLAGS)
    assert str(size.where) == "quotes: published 2, rebuilt 1"
    assert (double.is_same, double.fault) == (False, "the file is absent")


@pytest.mark.parametrize(("one", "other"), [('"quotes":1', '"quotes": 1'), ('"n":1,', '"n":1, ')])
def test_a_file_that_says_the_same_in_other_letters_is_told_where_it_parts(place, one, other):
    path = place.state / "size.json"
    content = path.read_text()
    path.write_text(content.replace(one, other, 1))
    size, _ = compare(place, STATES, flags=FLAGS)
    at = content.index(one) + next(n for n, letter in enumerate(other) if letter != one[n : n + 1])
    assert (size.where, size.fault.split(": published")[0]) == (
        None,
        f"every value is the same, but from byte {at} on it is written differently",
    )


@pytest.mark.parametrize("version", ["1..", "-1..5", "1.." + "9" * 5_000, "elsewhere"])
def test_a_damaged_range_in_the_record_of_runs_leaves_what_the_files_say(place, version):
    path = place.tables / "runs.jsonl"
    run = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**run, "inputs": {**run["inputs"], "raw/ticks": version}}) + b"\n")
    assert same(place) == {"size": True, "double": True}


def test_settings_and_flags_changed_since_are_those_of_the_refresh_again(tmp_path):
    start(tmp_path)
    refreshed(tmp_path, ALL, telemetry=Telemetry(min_fills=7), flags=read_flags({"INTEL_V6_ENABLED": "0"}))
    assert not [name for name, is_same in same(Place(root=tmp_path), ALL).items() if not is_same]


def test_without_a_record_of_the_refresh_a_difference_says_that_settings_of_now_were_taken(tmp_path):
    start(tmp_path)
    place = refreshed(tmp_path, ALL, telemetry=Telemetry(min_fills=7))
    (place.tables / "runs.jsonl").unlink()
    told = {each.name: each for each in compare(Place(root=tmp_path), ALL, flags=FLAGS)}
    assert str(told["router_health"].where) == "min_fills: published 7, rebuilt 20"
    assert "no record" in told["router_health"].note
    assert told["nav"].is_same


def test_files_of_refreshes_at_different_times_are_each_made_from_their_own_records(place):
    write(place.root, [quote(T0 + 4 * SECOND), account(T0 + 6 * SECOND), heartbeat(T0 + 6 * SECOND)])
    refresh(place, STATES, ["double"], clock=FixedClock(T0 + 7 * SECOND), flags=FLAGS)
    assert same(place) == {"size": True, "double": True}


def test_pruned_records_are_named_and_what_rests_on_them_is_not_proved(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), *(quote(T0 + n * HOUR) for n in range(3)), account(T0 + 2 * HOUR), heartbeat(T0 + 2 * HOUR)])
    place = refreshed(tmp_path, now_us=T0 + 3 * HOUR)
    min((tmp_path / "raw/ticks").iterdir()).unlink()
    size, double = compare(place, STATES, flags=FLAGS)
    assert (size.is_same, double.is_same) == (False, False)
    assert size.fault.startswith("raw/ticks 1..1 were pruned, the journal begins at 2; what reaches further back cannot be proved; keep")
    assert str(size.where) == "quotes: published 3, rebuilt 2"


def test_journals_that_lost_their_end_are_told_from_those_that_differ(place):
    (segment,) = (place.raw / "ticks").iterdir()
    segment.unlink()
    size, _ = compare(place, STATES, flags=FLAGS)
    assert size.fault.startswith("it rests on raw/ticks up to 1, which ends at 0")


def test_another_codes_file_says_whose_it_is(place):
    path = place.state / "size.json"
    content = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**content, "code_version": "0+abc", "quotes": 9}) + b"\n")
    size, _ = compare(place, STATES, flags=FLAGS)
    assert size.note.startswith("it was made by code 0+abc, this is ")


def test_a_tampered_trade_is_named_by_window_and_symbol(tmp_path):
    orders = [intent(T0), submit(T0), fill(T0 + SECOND), intent(T0, "i2", side="sell", purpose="exit"), submit(T0, "c2", "i2", side="sell")]
    write(tmp_path, [boot(T0, time="wall"), quote(T0), quote(T0, ETH), *orders])
    closing = fill(T0 + BEAT - T0, "c2", side="sell", price="50100", realized="10", position_qty="0")
    write(tmp_path, [closing, account(BEAT), heartbeat(BEAT)])
    place = refreshed(tmp_path, ALL)
    path = place.state / "expectancy_v6.json"
    content = msgspec.json.decode(path.read_bytes())
    (row,) = content["windows"][0]["symbols"]
    was, row["n"] = row["n"], 3
    path.write_bytes(msgspec.json.encode(content) + b"\n")
    told = {each.name: each for each in compare(place, ALL, flags=FLAGS)}["expectancy"]
    assert (told.where.path, told.where.then, told.where.now) == ("windows[0].symbols[0].n", 3, was)
    assert told.where.named == f"windows.24h.symbols.{BTC}.n"


def test_a_data_root_that_was_never_refreshed_has_no_file_to_prove_and_stays_as_it_was(tmp_path):
    start(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert {each.fault for each in compare(Place(root=tmp_path), STATES, flags=FLAGS)} == {"the file is absent"}
    assert sorted(tmp_path.rglob("*")) == before
