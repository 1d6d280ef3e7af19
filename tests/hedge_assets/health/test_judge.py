import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.catalog import scan
from hedge_assets.document import moment
from hedge_assets.health.evidence import FileFacts, JournalFacts
from hedge_assets.health.judge import Present, judge, judge_journal
from hedge_assets.health.manifest import manifest
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import DAY, SECOND, T0

ROWS = {row.name: row for row in manifest(scan(tiny))}
ROW = ROWS["size"]
NOW = Present(now_us=T0, account="paper")


def plain(**given):
    head = {"schema": {"name": "size", "version": 1}, "account": "paper", "status": "ok", "n": 3, "reason": None}
    times = {"event_ts": moment(T0 - 5 * SECOND).isoformat(), "written_ts": moment(T0 - 2 * SECOND).isoformat()}
    return {**head, **times, "inputs": [], "code_version": "1", "quotes": 3, "spread_bps": 1.5, **given}


def file(content, **given):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return FileFacts("file", content=data, size_bytes=len(data), mtime_us=T0, **given)


def judged(**given):
    return judge(ROW, file(plain(**given)), NOW)


def ago(seconds):
    return moment(T0 - int(seconds * SECOND)).isoformat()


def test_a_sound_young_file_is_ok():
    verdict = judge(ROW, file(plain()), NOW)
    assert (verdict.condition, verdict.late, verdict.event_age_s, verdict.written_age_s, verdict.cure) == ("ok", False, 5.0, 2.0, None)


def test_an_empty_document_is_healthy_and_says_why():
    verdict = judged(status="empty", n=0, reason="no quote yet", event_ts=None)
    assert (verdict.condition, verdict.reason, verdict.is_healthy) == ("empty", "no quote yet", True)


def test_an_empty_document_where_there_must_be_something_is_invalid():
    verdict = judge(replace(ROW, may_be_empty=False), file(plain(status="empty", reason="none")), NOW)
    assert verdict.condition == "invalid"


@pytest.mark.parametrize(
    ("given", "condition", "late"),
    [
        ({"written_ts": ago(179)}, "ok", False),
        ({"written_ts": ago(181)}, "ok", True),
        ({"written_ts": ago(601)}, "stale", False),
        ({"event_ts": ago(301)}, "ok", True),
        ({"event_ts": ago(901)}, "stale", False),
        ({"status": "empty", "reason": "quiet", "written_ts": ago(601)}, "stale", False),
    ],
)
def test_each_clock_has_its_own_deadlines(given, condition, late):
    verdict = judged(**given)
    assert (verdict.condition, verdict.late) == (condition, late)
    assert verdict.condition != "stale" or verdict.cure


@pytest.mark.parametrize(
    ("given", "for_s"),
    [
        ({"written_ts": ago(600)}, None),
        ({"written_ts": ago(4200)}, 3600),
        ({"event_ts": ago(1000)}, 100),
        ({"event_ts": ago(1000), "written_ts": ago(4200)}, 3600),
        ({"event_ts": ago(1000), "clock": "feed", "as_of_ts": ago(0)}, None),
    ],
)
def test_a_stale_file_says_itself_since_when_whoever_looks_first(given, for_s):
    assert judged(**given).since_us == (None if for_s is None else T0 - for_s * SECOND)


def test_a_fresh_file_of_dead_data_is_stale():
    verdict = judged(written_ts=ago(0), event_ts=ago(1000))
    assert verdict.condition == "stale"
    assert "newest fact 17 min ago, deadline 900 s" in verdict.reason


def test_replayed_data_is_judged_by_the_end_of_the_feed_and_says_so():
    verdict = judged(event_ts=ago(400 * 86_400 + 5), as_of_ts=ago(400 * 86_400), clock="feed")
    assert (verdict.condition, verdict.event_age_s, verdict.is_replayed) == ("ok", 5.0, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"written_ts": ago(-61)}, "written_ts is 61 s in the future"),
        ({"event_ts": ago(-61)}, "event_ts is 61 s in the future"),
        ({"account": "other"}, "account was 'other'"),
        ({"schema": {"name": "size", "version": 2}}, "schema version was 2"),
        ({"schema": {"name": "nav", "version": 1}}, "schema is 'nav'"),
        ({"n": -1}, "n was -1"),
        ({"status": "fine"}, "field status"),
        ({"status": "empty", "reason": None}, "says no reason"),
        ({"quotes": "many"}, "field quotes"),
        ({"quotes": None}, "field quotes"),
        ({"moon": 1}, "field moon"),
        ({"written_ts": "2026-01-05T00:00:00"}, "no time zone"),
        ({"written_ts": "yesterday"}, "field written_ts"),
    ],
)
def test_what_is_well_formed_but_wrong_is_invalid_by_name(given, said):
    verdict = judged(**given)
    assert verdict.condition == "invalid"
    assert said in verdict.reason


def made_from(version, newest_seq):
    inputs = [{"name": "raw/ticks", "version": version}]
    seqs = {} if newest_seq is None else {"raw/ticks": newest_seq}
    return judge(ROW, file(plain(inputs=inputs)), replace(NOW, newest_seqs=seqs))


def test_a_file_made_from_records_that_the_journal_does_not_have_is_invalid():
    verdict = made_from("1..8", 7)
    assert (verdict.condition, verdict.reason) == ("invalid", "it was made from record 8 of raw/ticks, which ends with 7")


@pytest.mark.parametrize(("version", "newest_seq"), [("1..7", 7), ("1..8", None), ("none", 7), ("1.." + "9" * 400, 7), ("a..b", 7)])
def test_records_that_are_there_or_not_known_of_are_no_fault(version, newest_seq):
    assert made_from(version, newest_seq).condition == "ok"


def test_no_words_of_a_file_reach_the_terminal_as_commands():
    assert judged(reason="fine\n\x1b[2J").reason == "fine  [2J"


def test_a_missing_field_is_invalid():
    content = plain()
    del content["code_version"]
    assert "field code_version" in judge(ROW, file(content), NOW).reason


SOUND = json.dumps(plain())
ZOO = {
    "nothing": (b"", "empty (0 bytes)"),
    "blank": (b" \n", "not JSON"),
    "zeros": (b"\x00" * 512, "not JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    "a mark first": (b"\xef\xbb\xbf" + SOUND.encode(), "byte order mark"),
    "UTF-16": (SOUND.encode("utf-16"), "not UTF-8"),
    "an array": (b"[1]", "a JSON list"),
    "null": (b"null", "a JSON NoneType"),
    "NaN": (SOUND.replace("1.5", "NaN").encode(), "NaN"),
    "infinity": (SOUND.replace("1.5", "-Infinity").encode(), "Infinity"),
    "beyond floats": (SOUND.replace("1.5", "1e999").encode(), "beyond any float"),
    "5,000 digits": (SOUND.replace("1.5", "9" * 5000).encode(), "number cannot be read"),
    "400 digits": (SOUND.replace("1.5", "9" * 400).encode(), "spread_bps"),
    "doubled keys": (SOUND.replace('"quotes": 3', '"quotes": 3, "quotes": 4').encode(), "'quotes' is there twice"),
    "doubled inside": (SOUND.replace('"version": 1', '"version": 1, "version": 2').encode(), "'version' is there twice"),
    "deep lists": (b"[" * 200_000, "nested too deeply"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "two documents": (SOUND.encode() * 2, "not JSON"),
    "a lone surrogate": (SOUND.replace('"code_version": "1"', '"code_version": "\\ud800"').encode(), ""),
}


@pytest.mark.parametrize("beast", ZOO)
def test_no_beast_in_the_zoo_passes_or_trips_the_judge(beast):
    content, said = ZOO[beast]
    verdict = judge(ROW, file(content), NOW)
    assert verdict.condition == "invalid"
    assert said in verdict.reason
    assert "\n" not in verdict.reason
    assert verdict.cure


@given(st.binary(max_size=200))
def test_any_bytes_at_all_get_a_verdict(content):
    assert judge(ROW, file(content), NOW).condition == "invalid"


@given(st.integers(0, len(SOUND) - 1))
def test_every_truncation_is_invalid(length):
    assert judge(ROW, file(SOUND[:length].encode()), NOW).condition == "invalid"


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_one_changed_byte_never_trips_the_judge(at, value):
    content = bytearray(SOUND.encode())
    content[at] = value
    assert judge(ROW, file(bytes(content)), NOW).condition in ("ok", "empty", "stale", "invalid")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(plain())), JSON)
def test_any_value_in_any_field_gets_a_verdict(field, value):
    assert judge(ROW, file(plain(**{field: value})), NOW).condition in ("ok", "empty", "stale", "invalid")


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("absent", "missing"),
        ("directory", "invalid"),
        ("link", "invalid"),
        ("special", "invalid"),
        ("unreadable", "invalid"),
        ("too_large", "invalid"),
    ],
)
def test_what_is_no_plain_file_is_named(kind, condition):
    verdict = judge(ROW, FileFacts(kind, size_bytes=5), NOW)
    assert verdict.condition == condition
    assert verdict.cure


def journal(**given):
    return JournalFacts(**{"segments": 1, "size_bytes": 10, "newest_us": T0 - SECOND, "newest_seq": 7, **given})


@pytest.mark.parametrize(
    ("name", "given", "condition", "late"),
    [
        ("raw/ticks", {}, "ok", False),
        ("raw/ticks", {"newest_us": T0 - 100 * SECOND}, "ok", True),
        ("raw/ticks", {"newest_us": T0 - 181 * SECOND}, "stale", False),
        ("raw/orders", {"newest_us": T0 - 30 * DAY}, "ok", False),
        ("raw/positions", {"newest_us": T0 - 91 * SECOND}, "stale", False),
        ("raw/positions", {"newest_us": T0 + 61 * SECOND}, "invalid", False),
        ("raw/positions", {"fault": "line 3 broken"}, "invalid", False),
        ("raw/ticks", {"segments": 0, "newest_us": None}, "missing", False),
        ("raw/ticks", {"newest_us": None}, "stale", False),
        ("raw/orders", {"newest_us": None}, "empty", False),
    ],
)
def test_a_journal_is_judged_by_its_newest_record(name, given, condition, late):
    verdict = judge_journal(ROWS[name], journal(**given), NOW)
    assert (verdict.condition, verdict.late) == (condition, late)
    assert verdict.is_healthy or verdict.cure


def test_a_replayed_journal_is_as_old_as_the_end_of_its_feed():
    old = T0 - 400 * DAY
    verdict = judge_journal(ROWS["raw/ticks"], journal(newest_us=old), Present(now_us=T0, feed_end_us=old + SECOND))
    assert (verdict.condition, verdict.event_age_s, verdict.is_replayed) == ("ok", 1.0, True)
