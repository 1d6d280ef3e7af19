"""Somebody who may write into the folder of states can steer slowly, within bounds, and under a name once; nothing else."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.settings import Apply, Settings
from executor.steering import Change, Steering
from executor.steering import Desk as Looking
from executor.suggestions import FILES, FOLDER
from executor.vetting import Terms, Unfit, vetted
from tests.executor.advised import MADE_US, file_of, put, routing, share
from tests.executor.test_suggestions import Desk, told

SLOW = Settings(apply=Apply(least_interval_s=300.0))
DAY_S = 86_400


def steps(found: list[Change]) -> list[tuple[str, float | None]]:
    return [(each.version, each.after.router.offset_bps) for each in found if isinstance(each, PolicyChanged)]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_version_each_second_walks_no_policy_to_its_bounds(tmp_path: Path, *, restarts: bool) -> None:
    desk, found = Desk(tmp_path, SLOW), []
    for second in range(700):
        put(tmp_path, "router", file_of("router", routing(), version=f"v{second}", made_us=MADE_US + second * 1_000_000))
        if restarts and second % 7 == 0:
            desk.steering = msgspec.json.decode(msgspec.json.encode(desk.steering), type=Steering)
            desk.restart(tmp_path, SLOW)
        found += desk.look(second)
    assert steps(found) == [("v0", 0.5), ("v300", 1.0), ("v600", 1.5)]
    assert len(found) == 3


def test_what_has_to_wait_is_taken_when_its_time_has_come_without_another_write(tmp_path: Path) -> None:
    desk = Desk(tmp_path, SLOW)
    put(tmp_path, "router", file_of("router", routing()))
    put(tmp_path, "allocator", file_of("allocator", share(), version="w1"))
    assert len(desk.look()) == 2
    put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT"), version="v2"))
    assert told(desk.look(10)) == [("PolicyChanged", "ENAUSDT", "v2")]
    assert desk.look(299.999) == []
    assert told(desk.look(300)) == [("PolicyChanged", "BTCUSDT", "v2")]


def test_what_expires_while_it_waits_is_never_taken(tmp_path: Path) -> None:
    desk = Desk(tmp_path, SLOW)
    put(tmp_path, "router", file_of("router", routing()))
    desk.look()
    put(tmp_path, "router", file_of("router", routing(), version="v2", life_s=200))
    assert desk.look(10) == []
    assert told(desk.look(300)) == [("SuggestionRefused", "", "v2")]
    assert desk.look(301) == []


def test_a_file_that_comes_and_goes_steps_no_oftener(tmp_path: Path) -> None:
    desk, found = Desk(tmp_path, SLOW), []
    for second in range(600):
        path = put(tmp_path, "router", file_of("router", routing(), version=f"v{second // 300}"))
        if second % 2:
            path.unlink()
        found += desk.look(second)
    assert [version for version, _ in steps(found)] == ["v0", "settings", "v1", "settings"]


def test_a_file_that_is_always_good_for_a_moment_writes_no_record_a_loop(tmp_path: Path) -> None:
    desk, found = Desk(tmp_path, SLOW), []
    for second in range(600):
        put(tmp_path, "router", file_of("router", routing(), made_us=MADE_US + second * 1_000_000, life_s=1.5))
        found += desk.look(second)
    assert [version for version, _ in steps(found)] == ["v1", "settings", "v1", "settings"]


@pytest.mark.parametrize("between", [False, True])
def test_a_version_names_one_content(tmp_path: Path, *, between: bool) -> None:
    desk = Desk(tmp_path)
    put(tmp_path, "router", file_of("router", routing(offset_bps=0.2)))
    desk.look()
    if between:
        put(tmp_path, "router", file_of("router", routing(), version="v2"))
        desk.look(1)
    put(tmp_path, "router", file_of("router", routing(offset_bps=3.0), life_s=9_000))
    (refusal,) = desk.look(2)
    assert isinstance(refusal, SuggestionRefused)
    assert (refusal.symbol, refusal.reason) == ("", "its version 'v1' was taken before with other content")
    assert told(desk.look(3_600)) == [("PolicyChanged", "BTCUSDT", "settings")]


def test_the_same_content_with_newer_evidence_keeps_its_name_and_holds_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    put(tmp_path, "allocator", file_of("allocator", share()))
    desk.look()
    put(tmp_path, "allocator", file_of("allocator", share(n=77), made_us=MADE_US + 3_000_000_000))
    assert desk.look(3_001) == []
    (longer,) = desk.look(3_600)
    assert isinstance(longer, PolicyChanged)
    assert (longer.version, longer.before == longer.after, longer.n) == ("v1", True, 77)


def test_a_file_that_grows_while_it_is_read_is_not_believed_until_it_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = file_of("router", routing())
    path = put(tmp_path, "router", content)
    real = os.read

    def growing(handle: int, size: int) -> bytes:
        with path.open("ab") as file:
            file.write(b" " * 100_000 + b"{")
        return real(handle, size)

    desk = Desk(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("executor.plain_file.os.read", growing)
        assert told(desk.look()) == [("SuggestionRefused", "", "")]
    assert told(desk.look(1)) == [("SuggestionRefused", "", "")]
    put(tmp_path, "router", content)
    assert told(desk.look(2)) == [("PolicyChanged", "BTCUSDT", "v1")]


def test_a_rewrite_that_hides_its_time_is_seen(tmp_path: Path) -> None:
    path = put(tmp_path, "router", file_of("router", routing()))
    desk = Desk(tmp_path)
    desk.look()
    found = path.stat()
    path.write_bytes(file_of("router", routing(), version="v2"))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert path.stat().st_size == found.st_size
    assert told(desk.look(1)) == [("PolicyChanged", "BTCUSDT", "v2")]


def test_a_hard_link_is_read_like_any_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"secret words")
    (tmp_path / FOLDER).mkdir()
    os.link(tmp_path / "elsewhere", tmp_path / FOLDER / FILES["router"])
    (refusal,) = Desk(tmp_path).look()
    assert isinstance(refusal, SuggestionRefused)
    assert "secret" not in refusal.reason
    assert (tmp_path / "elsewhere").read_bytes() == b"secret words"


GOOD = file_of("router", routing())
RAW: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"  \n",
    "null": b"null",
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "utf-16": GOOD.decode().encode("utf-16"),
    "zeros": b"\0" * 4096,
    "not a number": GOOD.replace(b"3.0", b"NaN"),
    "in words": GOOD.replace(b"3.0", b'"NaN"'),
    "infinite": GOOD.replace(b"3.0", b"1e999"),
    "huge": GOOD.replace(b"3.0", b"9" * 5_000),
    "huge count": GOOD.replace(b'"n": 50', b'"n": ' + b"9" * 400),
    "half a surrogate": GOOD.replace(b"BTCUSDT", b"\\ud800"),
    "escape": GOOD.replace(b"BTCUSDT", b"\\u001b[2Jx"),
    "no width": GOOD.replace(b"BTCUSDT", b"BTCUSDT\\u200b"),
    "backwards": GOOD.replace(b"BTCUSDT", b"\\u202eTDSUCTB"),
    "two documents": GOOD + GOOD,
    "deep": GOOD[:-1] + b', "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "long ago": file_of("router", routing(), made_us=MADE_US - 400 * DAY_S * 1_000_000, life_s=800 * DAY_S),
    "year one": GOOD.replace(b"2025-06-02T00:00:00+00:00", b"0001-01-01T00:00:00+14:00"),
    "year 9999": GOOD.replace(b"2025-06-02T01:00:00+00:00", b"9999-12-31T23:59:59-14:00"),
    "leap second": GOOD.replace(b"2025-06-02T01:00:00+00:00", b"2025-06-02T01:00:60+00:00"),
    "no zone": GOOD.replace(b"2025-06-02T01:00:00+00:00", b"2025-06-02T01:00:00"),
    "bytes that are no text": GOOD.replace(b"move_back", b"\xff\xfe"),
}


@pytest.mark.parametrize("name", RAW)
def test_what_cannot_be_meant_is_refused_whole_and_said_in_journalable_words(tmp_path: Path, name: str) -> None:
    put(tmp_path, "router", RAW[name])
    desk = Desk(tmp_path)
    (refusal,) = desk.look()
    assert isinstance(refusal, SuggestionRefused)
    assert (refusal.symbol, 0 < len(refusal.reason) < 400, refusal.reason.isprintable()) == ("", True, True)
    assert msgspec.json.decode(msgspec.json.encode(refusal), type=SuggestionRefused) == refusal
    assert desk.look(1) == []


@pytest.mark.parametrize("symbol", ["БТС", "币安人生USDT", "btcusdt", " BTCUSDT"])
def test_symbols_that_only_look_like_one_are_unknown(tmp_path: Path, symbol: str) -> None:
    put(tmp_path, "router", file_of("router", routing(symbol), routing("ENAUSDT")))
    assert told(Desk(tmp_path).look()) == [("SuggestionRefused", symbol, "v1"), ("PolicyChanged", "ENAUSDT", "v1")]


def test_of_a_key_said_twice_the_last_counts_as_for_every_other_reader(tmp_path: Path) -> None:
    content = GOOD.replace(b'"offset_bps": 3.0', b'"offset_bps": 0.1, "offset_bps": 0.2')
    put(tmp_path, "router", content)
    assert steps(Desk(tmp_path).look()) == [("v1", json.loads(content)["suggestions"][0]["proposed"]["offset_bps"])]


@pytest.mark.parametrize("tiny", [-0.0, 1e-320, 5e-324])
def test_numbers_next_to_nothing_stay_within_bounds(tmp_path: Path, tiny: float) -> None:
    put(tmp_path, "router", file_of("router", routing(offset_bps=tiny, patience_s=tiny, taker_bias_frac=tiny)))
    put(tmp_path, "allocator", file_of("allocator", share(weight_frac=tiny, symbol_cap_frac=tiny, trade_cap_frac=tiny), version="w1"))
    *_, last = Desk(tmp_path).look()
    assert isinstance(last, PolicyChanged)
    router = last.after.router
    assert 0 <= router.offset_bps <= 1e-300
    assert router.patience_s >= Apply().least_patience_s
    assert last.after.weight_frac is not None
    assert last.after.weight_frac >= 0.125 - Apply().weight_step_frac


def test_weights_that_sum_to_a_hair_more_than_all_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "allocator", file_of("allocator", share("BTCUSDT", 0.5), share("ENAUSDT", 0.5000001)))
    assert told(Desk(tmp_path).look()) == [("SuggestionRefused", "", "v1")]


def steering_desk(steering: Steering, terms: Terms) -> Looking:
    return Looking(steering=steering, terms=terms, now_us=MADE_US)


values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({}))


@given(st.sampled_from(["router", "allocator"]), st.lists(st.tuples(st.integers(0, 30), values), min_size=1, max_size=4))
def test_a_document_with_any_values_in_any_places_is_taken_within_bounds_or_refused(kind: Any, changes: list[tuple[int, Any]]) -> None:
    document = json.loads(file_of(kind, routing() if kind == "router" else share()))
    rows = document["suggestions" if kind == "router" else "weights"]
    places = [(holder, key) for holder in (document, document["schema"], rows[0], rows[0].get("proposed", {})) for key in holder]
    for place, value in changes:
        holder, key = places[place % len(places)]
        holder[key] = value
    terms = Desk(Path("nowhere")).terms
    known = vetted(kind, json.dumps(document).encode(), terms, MADE_US)
    if isinstance(known, Unfit):
        assert known.reason.isprintable()
        assert len(known.reason) < 400
    else:
        steering = Steering()
        for record in steering_desk(steering, terms).followed(kind, known):
            steering.take(record)
        for steered in steering.symbols.values():
            assert 0 <= steered.policy.router.offset_bps <= terms.apply.offset_step_bps
            assert 0 <= (steered.policy.weight_frac or 0) <= 0.125 + terms.apply.weight_step_frac
