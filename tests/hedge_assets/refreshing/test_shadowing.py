"""The shadow's own reading: kept, made anew where it must be, never in the way of the other states."""

import msgspec
import pytest

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing import facts as facts_of
from hedge_assets.refreshing import merging, shadowing
from hedge_assets.refreshing.facts import read_facts
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.refreshing.shadowing import FILE, ends_of, read_shadow
from hedge_assets.settings import Place, Telemetry
from tests.hedge_assets.columns import made
from tests.runs import NOW_US, ran

STATES = scan()
TIGHT = Telemetry(candidates={"tight": {"limits": {"symbol_cap_frac": 0.02}}})


@pytest.fixture
def place(tmp_path) -> Place:
    ran(tmp_path, made(), 600)
    return Place(root=tmp_path)


def built(place, names=("compare_summary", "nav"), **environ):
    return {each.name: each for each in refresh(place, STATES, names, clock=FixedClock(NOW_US), flags=read_flags(environ))}


def told(shadow: Shadow) -> bytes:
    shadow.settle()
    return msgspec.msgpack.encode(msgspec.msgpack.decode(msgspec.msgpack.encode(shadow), type=Shadow))


def test_it_takes_the_very_records_that_the_facts_were_read_to(place):
    facts = read_facts(place)
    first = read_shadow(place, facts)
    ran(place.root, made(), 900)
    again = read_shadow(place, facts, fresh=True)
    assert (again.newest_us, again.ledger.pairs) == (first.newest_us, first.ledger.pairs)
    assert ends_of(read_facts(place))["ticks"] > ends_of(facts)["ticks"]
    assert read_shadow(place, read_facts(place)).newest_us > first.newest_us


def test_what_is_kept_of_a_further_reading_is_not_taken_for_an_earlier_one(place):
    facts = read_facts(place)
    wanted = told(read_shadow(place, facts, fresh=True))
    ran(place.root, made(), 900)
    read_shadow(place, read_facts(place))
    assert told(read_shadow(place, facts)) == wanted


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_turned_byte_in_what_is_kept_is_seen_and_mended(place, share):
    facts = read_facts(place)
    wanted = told(read_shadow(place, facts))
    path = place.tables / FILE
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 1
    path.write_bytes(content)
    assert told(read_shadow(place, facts)) == wanted
    path.write_bytes(b"")
    assert told(read_shadow(place, facts)) == wanted


def test_a_candidate_that_is_added_changed_or_dropped_runs_from_the_beginning(place):
    facts = read_facts(place)
    plain = told(read_shadow(place, facts))
    other = msgspec.structs.replace(place, telemetry=TIGHT)
    assert set(read_shadow(other, facts).columns) == {"v5", "v6", "tight"}
    assert read_shadow(other, facts).columns["tight"].curve.first == read_shadow(other, facts).columns["v5"].curve.first
    assert told(read_shadow(place, facts)) == plain


def test_a_shadow_that_falls_takes_no_other_state_with_it(place, monkeypatch):
    def broken(*_given, **_more):
        raise KeyError("moon")

    monkeypatch.setattr(shadowing.Shadow, "loop", broken)
    outcomes = built(place)
    assert (outcomes["nav"].fate, outcomes["compare_summary"].fate) == ("written", "failed")
    assert outcomes["compare_summary"].reason == "folding the journals failed: KeyError: 'moon'"


def test_states_that_do_not_ask_for_columns_do_not_wait_for_them(place):
    built(place, ("nav",))
    assert not (place.tables / FILE).exists()


def test_a_flag_that_is_off_runs_no_column(place):
    outcome = built(place, ("compare_summary",), PIPELINE_V6_SHADOW_ENABLED="0")["compare_summary"]
    assert (outcome.fate, outcome.document.reason) == ("written", "PIPELINE_V6_SHADOW_ENABLED is 0")
    assert not (place.tables / FILE).exists()


def test_the_candidates_in_force_are_in_the_record_of_the_run(place):
    other = msgspec.structs.replace(place, telemetry=TIGHT)
    document = built(other, ("compare_summary",))["compare_summary"].document
    assert [each.shadow_pipeline for each in document.candidates] == ["tight"]
    assert b'"tight"' in (place.tables / "runs.jsonl").read_bytes()


def test_a_reading_that_is_ended_in_the_middle_is_gone_on_with(place, monkeypatch):
    monkeypatch.setattr(facts_of, "KEEP_EVERY_S", 0.0)
    monkeypatch.setitem(merging.BATCH, "positions", 200)
    facts = read_facts(place)
    wanted = told(read_shadow(place, facts, fresh=True))
    loops: list[int] = []

    def killed(shadow, record):
        loops.append(record.ts_us)
        if len(loops) == 400:
            raise KeyboardInterrupt
        Shadow.loop_as_it_is(shadow, record)

    monkeypatch.setattr(Shadow, "loop_as_it_is", Shadow.loop, raising=False)
    monkeypatch.setattr(Shadow, "loop", killed)
    with pytest.raises(KeyboardInterrupt):
        read_shadow(place, facts)
    assert told(read_shadow(place, facts)) == wanted
    assert len(loops) < 400 + 600 - 200
