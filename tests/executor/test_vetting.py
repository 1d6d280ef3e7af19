"""Whatever lies in a suggestion file, it is refused in words or it is in order; it never raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.asking import terms_of
from executor.records.tuning import AllocatorFile, RouterFile
from executor.settings import Apply, Settings
from executor.suggestions import FILES
from executor.vetting import FORMS, KINDS, MOST_NAMED, Unfit, sifted, vetted
from hedge_assets.states import allocator_suggestions, autotune_suggestions
from tests.executor.advised import MADE_US, file_of, kept, routing, share

NOW_US = MADE_US + 60_000_000
TERMS = terms_of(Settings(apply=Apply(symbols=("BTCUSDT", "ENAUSDT", "GONEUSDT"))), {"BTCUSDT", "ENAUSDT", "ETHUSDT"})
DAY_S = 86_400


def why(kind, content, now_us=NOW_US):
    found = vetted(kind, content, TERMS, now_us)
    return found.reason if isinstance(found, Unfit) else None


def test_the_forms_are_those_of_the_states_that_write_the_files():
    for kind, module in (("router", autotune_suggestions), ("allocator", allocator_suggestions)):
        assert (module.STATE.file, module.__name__.rpartition(".")[2], module.STATE.schema_version) == (FILES[kind], *FORMS[kind])


def test_files_in_order_are_believed():
    assert isinstance(vetted("router", file_of("router", routing(), kept("ENAUSDT")), TERMS, NOW_US), RouterFile)
    assert isinstance(vetted("allocator", file_of("allocator", share()), TERMS, NOW_US), AllocatorFile)


def test_a_file_that_says_nothing_is_harmless():
    for kind in KINDS:
        found = vetted(kind, file_of(kind, status="empty"), TERMS, NOW_US)
        assert not isinstance(found, Unfit)
        assert sifted(found, TERMS) == ({}, [])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"account": "other"}, "account was 'other'"),
        ({"account": None}, "account was None"),
        ({"schema": {"name": "autotune_suggestions", "version": 2}}, "version 2, 'autotune_suggestions' version 1 is read"),
        ({"schema": {"name": "nav", "version": 1}}, "schema was 'nav'"),
        ({"version": "settings"}, "the name of what nobody suggested"),
        ({"version": ""}, "out of schema"),
        ({"version": "v" * 101}, "out of schema"),
        ({"version": "v\u202e1"}, "out of schema"),
        ({"status": "fine"}, "out of schema"),
        ({"status": "empty"}, "status was 'empty' and 1 of its rows"),
        ({"made_us": NOW_US + 5_000_001}, "made in the future"),
        ({"life_s": 0}, "holds for 0 s"),
        ({"life_s": -1}, "holds for -1 s"),
        ({"life_s": 8 * DAY_S}, "at most 604800 s"),
        ({"life_s": 60}, "expired at 2025-06-02T00:01:00"),
        ({"made_ts": "2025-06-02T00:00:00"}, "out of schema"),
        ({"made_ts": "0001-01-01T00:00:00Z"}, "holds for"),
        ({"expires_ts": "9999-12-31T23:59:59Z"}, "holds for"),
        ({"made_ts": 1_748_822_400}, "out of schema"),
        ({"suggestions": [{**kept(), "n": -1}]}, "out of schema"),
        ({"suggestions": [{**kept(), "n": True}]}, "out of schema"),
        ({"suggestions": [{**kept(), "symbol": "B" * 65}]}, "out of schema"),
        ({"suggestions": [routing(offset_bps=-0.1)]}, "out of schema"),
        ({"suggestions": [routing(offset_bps=1e300)]}, "out of schema"),
        ({"suggestions": [routing(patience_s=1e6)]}, "out of schema"),
        ({"suggestions": [routing(taker_bias_frac=1.1)]}, "out of schema"),
        ({"suggestions": [routing(reprices=2.5)]}, "out of schema"),
        ({"suggestions": [routing(maker_first=1)]}, "out of schema"),
        ({"suggestions": None}, "out of schema"),
        ({"suggestions": [kept(f"S{number}") for number in range(1_001)]}, "1001 rows, at most 1000"),
    ],
)
def test_what_is_not_believed_is_refused_whole_with_the_reason(said, words):
    rows = (routing(),)
    assert words in why("router", file_of("router", *rows, **said))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([share(weight_frac=0.6), share("ENAUSDT", 0.5)], "weights sum to 1.1, at most 1"),
        ([share(weight_frac=1.1)], "out of schema"),
        ([share(weight_frac=-0.1)], "out of schema"),
        ([share(symbol_cap_frac=-1)], "out of schema"),
        ([share(weight_frac=None)], "out of schema"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused_whole(rows, words):
    assert words in why("allocator", file_of("allocator", *rows))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[]", b"{", b"\xff\xfe{}", b"{" * 200_000, b'{"x":' * 200_000, b"[" * 200_000, b"9" * 400_000,
        file_of("router", routing()).replace(b"3.0", b"NaN"), file_of("router", routing()).replace(b"3.0", b"-Infinity"),
        file_of("router", routing()).replace(b"3.0", b"1e400"), file_of("router", routing()).replace(b"50", b"9" * 5_000),
        file_of("router", routing())[:-9], file_of("router", routing(), note="\ud800"), file_of("router", routing()) + b"{}",
        file_of("router", routing()).replace(b'"evidence": {', b'"evidence": {"x": ' + b"[" * 100_000),
    ],
)  # fmt: skip
def test_hostile_bytes_are_refused_in_a_short_line(content):
    reason = why("router", content)
    assert reason is not None
    assert len(reason) < 300


@given(st.binary(max_size=200))
def test_no_bytes_raise(content):
    for kind in KINDS:
        assert isinstance(vetted(kind, content, TERMS, NOW_US), Unfit)


SOUND = json.loads(file_of("router", routing(), kept("ENAUSDT")))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


@given(st.sampled_from(sorted(SOUND)), anything)
def test_no_value_in_any_place_raises(name, value):
    vetted("router", json.dumps({**SOUND, name: value}).encode(), TERMS, NOW_US)
    rows = [{**SOUND["suggestions"][0], "proposed": {**SOUND["suggestions"][0]["proposed"], "offset_bps": value, "patience_s": value}}]
    found = vetted("router", json.dumps({**SOUND, "suggestions": rows}).encode(), TERMS, NOW_US)
    assert isinstance(found, Unfit) or (isinstance(value, int | float) and 0 <= value <= 1_000)


def test_rows_are_taken_or_refused_one_by_one():
    rows = [routing(), routing("ENAUSDT", n=19), routing("ETHUSDT"), routing("GONEUSDT"), kept("OTHERUSDT", n=0)]
    rows += [routing("TWICE"), kept("TWICE")]
    sound, refused = sifted(vetted("router", file_of("router", *rows), TERMS, NOW_US), TERMS)
    assert set(sound) == {"BTCUSDT"}
    assert refused == [
        ("ENAUSDT", "it rests on 19 worked intents, apply.min_intents is 20"),
        ("ETHUSDT", "it is not in apply.symbols"),
        ("GONEUSDT", "it is not in the universe"),
        ("TWICE", "it has 2 rows, one is allowed"),
    ]
    _, refused = sifted(vetted("allocator", file_of("allocator", share(n=29)), TERMS, NOW_US), TERMS)
    assert refused == [("BTCUSDT", "it rests on 29 closed trades, apply.min_trades is 30")]


def test_a_thousand_refusals_are_named_in_part_and_counted():
    rows = [share(f"S{number}", 0.0) for number in range(1_000)]
    _, refused = sifted(vetted("allocator", file_of("allocator", *rows), TERMS, NOW_US), TERMS)
    assert len(refused) == MOST_NAMED + 1
    assert refused[-1] == ("", "936 more symbols are refused")
