"""Suggestions become records, and what is in force follows from records alone."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.asking import terms_of
from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.trading import Policy, RouterPolicy
from executor.settings import Apply, Router, Settings
from executor.steering import TOLD_KEPT, Desk, Gone, Steering
from executor.vetting import Unfit, vetted
from tests.executor.advised import MADE_US, file_of, kept, routing, share

SETTINGS = Settings(apply=Apply(least_interval_s=0.0))
TERMS = terms_of(SETTINGS, {"BTCUSDT", "ENAUSDT"})
HOUR_US = 3_600_000_000
PLAIN = Policy(router=TERMS.plain)


def parsed(kind, *rows, now_us=MADE_US, **said):
    found = vetted(kind, file_of(kind, *rows, **said), TERMS, now_us)
    assert not isinstance(found, Unfit), found.reason
    return found


def follow(steering, kind, known, *, now_us=MADE_US, terms=TERMS):
    """Follow a change as the engine does: each record is taken before the next is asked for."""
    records = []
    for record in Desk(steering=steering, terms=terms, now_us=now_us).followed(kind, known):
        steering.take(record)
        records.append(record)
    return records


def let_end(steering, known, now_us):
    records = []
    for record in Desk(steering=steering, terms=TERMS, now_us=now_us).ended(known):
        steering.take(record)
        records.append(record)
    return records


def test_a_version_moves_a_symbol_once_and_the_next_goes_on_from_there():
    steering = Steering()
    first = parsed("router", routing())
    (changed,) = follow(steering, "router", first)
    assert (changed.before, changed.after.router.offset_bps, changed.version, changed.rule, changed.n) == (
        PLAIN,
        0.5,
        "v1",
        "move_back",
        50,
    )
    assert (changed.expected_bps, changed.expires_us) == (0.4, MADE_US + HOUR_US)
    assert "apply.offset_step_bps 0.5 allows no more" in changed.reason
    assert follow(steering, "router", first) == []
    (changed,) = follow(steering, "router", parsed("router", routing(), version="v2"))
    assert (changed.before.version, changed.after.version, changed.after.router.offset_bps) == ("v1", "v2", 1.0)
    assert steering.policy("BTCUSDT", TERMS.plain) == changed.after
    assert steering.policy("ENAUSDT", TERMS.plain) == PLAIN


def test_both_kinds_steer_a_symbol_and_end_apart():
    steering = Steering()
    follow(steering, "router", parsed("router", routing(), life_s=100))
    follow(steering, "allocator", parsed("allocator", share(), version="w1", life_s=200))
    policy = steering.policy("BTCUSDT", TERMS.plain)
    assert (policy.version, policy.weight_version, policy.weight_frac, policy.symbol_cap_frac) == ("v1", "w1", 0.2, 0.2)
    (ended,) = let_end(steering, {}, MADE_US + 100_000_000)
    assert (ended.suggestion, ended.version, ended.after.router, ended.after.weight_version) == ("router", "settings", TERMS.plain, "w1")
    (ended,) = let_end(steering, {}, MADE_US + 200_000_000)
    assert ended.after == PLAIN
    assert steering.symbols == {}


def test_a_suggestion_ends_at_its_expiry_and_not_before():
    steering = Steering()
    file = parsed("router", routing(), life_s=100)
    follow(steering, "router", file)
    assert let_end(steering, {"router": file}, MADE_US + 99_999_999) == []
    (ended,) = let_end(steering, {"router": file}, MADE_US + 100_000_000)
    assert (ended.version, ended.after, ended.expires_us) == ("settings", PLAIN, None)
    assert "v1 expired" in ended.reason


@pytest.mark.parametrize(
    ("row", "version", "holds"),
    [
        (routing(), "v1", True),
        (kept(), "v7", True),
        (kept(rule="not_recommended"), "v7", False),
        (kept(n=19), "v7", False),
        (kept("ENAUSDT"), "v7", False),
    ],
)
def test_what_is_suggested_still_holds_on_under_its_own_version(row, version, holds):
    steering = Steering()
    follow(steering, "router", parsed("router", routing(), life_s=100))
    before = steering.policy("BTCUSDT", TERMS.plain)
    later = parsed("router", row, version=version, life_s=500)
    assert follow(steering, "router", later) == []
    (record,) = let_end(steering, {"router": later}, MADE_US + 100_000_000)
    assert (record.after == before, record.version) == ((True, "v1") if holds else (False, "settings"))
    assert record.expires_us == (MADE_US + 500_000_000 if holds else None)


def test_a_refused_replacement_leaves_what_is_in_force_until_it_expires():
    steering = Steering()
    follow(steering, "router", parsed("router", routing(), life_s=100))
    unfit = Unfit(version="", reason="it is not JSON")
    (refused,) = follow(steering, "router", unfit)
    assert isinstance(refused, SuggestionRefused)
    assert follow(steering, "router", unfit) == []
    assert steering.policy("BTCUSDT", TERMS.plain).version == "v1"
    (ended,) = let_end(steering, {"router": unfit}, MADE_US + 100_000_000)
    assert ended.version == "settings"


def test_a_file_that_is_gone_brings_plain_settings_back():
    steering = Steering()
    follow(steering, "router", parsed("router", routing(), routing("ENAUSDT")))
    records = follow(steering, "router", Gone("the file is gone"))
    assert [(each.symbol, each.version, each.after, each.reason) for each in records] == [
        (symbol, "settings", PLAIN, "the file is gone") for symbol in ("BTCUSDT", "ENAUSDT")
    ]
    assert follow(steering, "router", Gone("the file is gone")) == []


def test_a_refusal_of_a_row_is_told_once_for_each_version():
    steering = Steering()
    for version in ("v1", "v1", "v2"):
        follow(steering, "router", parsed("router", routing(n=3), routing("XUSDT"), version=version))
    assert [(version, symbol) for _, version, symbol, _ in steering.told] == [
        ("v1", "BTCUSDT"), ("v1", "XUSDT"), ("v2", "BTCUSDT"), ("v2", "XUSDT"),
    ]  # fmt: skip


def test_refusals_are_remembered_within_bounds():
    steering = Steering()
    for number in range(TOLD_KEPT + 50):
        follow(steering, "router", Unfit(version=f"v{number}", reason="expired"))
    assert len(steering.told) == TOLD_KEPT


@pytest.mark.parametrize(
    ("apply", "symbols", "words"),
    [
        (Apply(symbols=("ENAUSDT",)), {"BTCUSDT"}, "not in apply.symbols any more"),
        (Apply(max_offset_bps=0.25), {"BTCUSDT"}, "apply.max_offset_bps is 0.25"),
        (Apply(), {"ENAUSDT"}, "not in the universe any more"),
        (Apply(), {"BTCUSDT"}, None),
    ],
)
def test_settings_that_became_narrower_undo_what_they_would_not_have_let_through(apply, symbols, words):
    steering = Steering()
    follow(steering, "router", parsed("router", routing()))
    terms = terms_of(msgspec.structs.replace(SETTINGS, apply=apply), symbols)
    reasons = [record.reason for record in Desk(steering=steering, terms=terms, now_us=MADE_US).outgrown()]
    assert [words in reason for reason in reasons if words] == ([True] if words else [])
    assert len(reasons) == (words is not None)


def test_a_symbol_that_only_a_weight_steers_is_routed_by_the_settings_of_today():
    steering = Steering()
    follow(steering, "allocator", parsed("allocator", share()))
    today = terms_of(msgspec.structs.replace(SETTINGS, router=Router(offset_bps=2.0)), None).plain
    assert steering.policy("BTCUSDT", today).router == today
    assert steering.policy("BTCUSDT", today).weight_version == "v1"


def router_file(version, offset_bps, life_s, n):
    return "router", file_of("router", routing(offset_bps=offset_bps, n=n), kept("ENAUSDT"), version=version, life_s=life_s)


def allocator_file(version, weight_frac, life_s):
    return "allocator", file_of("allocator", share(weight_frac=weight_frac), share("ENAUSDT", 0.1), version=version, life_s=life_s)


lives_s = st.sampled_from([5, 60, 600])
files = st.one_of(
    st.builds(router_file, st.sampled_from(["v1", "v2", "v3"]), st.floats(0, 9), lives_s, st.sampled_from([3, 30])),
    st.builds(allocator_file, st.sampled_from(["v1", "v2"]), st.floats(0, 0.9), lives_s),
    st.sampled_from([("router", b"{"), ("router", None), ("allocator", None)]),
)


@given(st.lists(st.tuples(st.integers(0, 40), files), max_size=12))
def test_any_history_leaves_what_its_records_say_and_never_leaps(history):
    steering, again, known, now_us = Steering(), Steering(), {}, MADE_US
    for wait_s, (kind, content) in history:
        now_us += wait_s * 1_000_000
        known[kind] = Gone("gone") if content is None else vetted(kind, content, TERMS, now_us)
        records = follow(steering, kind, known[kind], now_us=now_us) + let_end(steering, known, now_us)
        for record in records:
            copied = msgspec.json.decode(msgspec.json.encode(record), type=PolicyChanged | SuggestionRefused)
            assert copied == record
            again.take(copied)
            if isinstance(record, PolicyChanged) and record.version != "settings":
                assert abs(record.after.router.offset_bps - record.before.router.offset_bps) <= SETTINGS.apply.offset_step_bps + 1e-9
                assert record.after.router.offset_bps <= SETTINGS.apply.max_offset_bps
        assert msgspec.json.decode(msgspec.json.encode(steering), type=Steering) == again == steering
        assert all(min(filter(None, (each.router_until_us, each.weight_until_us))) > now_us for each in steering.symbols.values())


def test_routing_in_force_is_never_made_of_anything_but_a_routing():
    assert {field.name: field.type for field in msgspec.structs.fields(Policy)}["router"] is RouterPolicy
