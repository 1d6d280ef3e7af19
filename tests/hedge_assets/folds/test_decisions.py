"""Each decision beside the other pipeline's."""

import msgspec
from hedge_assets.folds.comparison import PairTally
from hedge_assets.folds.pairs import Decided
from hypothesis import given
from hypothesis import strategies as st

from executor.pipeline import v5, v6
from executor.records.base import Record
from executor.records.trading import Policy
from executor.settings import Limits, Settings, lines_of
from hedge_assets.folds.decisions import HOUR_US, Decisions
from tests.hedge_assets.builders import BTC, T0, boot, decision, intent, slice_of, vetoed


def folded(*records: Record) -> Decisions:
    decisions = Decisions()
    for record in records:
        decisions.take(record)
    return decisions


def test_the_shadow_decides_over_the_same_slice_with_the_lines_of_the_boot():
    settings = Settings(limits=Limits(symbol_cap_frac=0.01))
    asked, view = intent(), slice_of()
    live = v5.PIPELINE.decide(asked, view, lines_of(settings), Policy())
    decisions = folded(boot(settings=settings), asked, live)
    shadow = v6.PIPELINE.decide(asked, view, lines_of(settings), Policy())
    (pair,) = decisions.recent
    assert (pair.live.pipeline, pair.shadow.pipeline, pair.number) == ("v5", "v6", 1)
    assert (pair.live.approved, pair.shadow.approved) == (False, True)
    assert (pair.shadow.qty, pair.shadow.notional_usd) == (shadow.qty, shadow.notional_usd)
    assert decisions.head == Decided(asked, live, shadow)
    assert decisions.head.plain()["shadow"] == msgspec.to_builtins(shadow)


def test_where_v6_trades_v5_is_the_shadow():
    assert folded(boot(), intent(), decision(pipeline="v6")).recent[0].shadow.pipeline == "v5"


def test_vetoes_are_counted_by_rule_and_hour():
    decisions = folded(boot(), intent(), decision(verdict=vetoed("cooldown")), intent(T0 + 1, "i2"), decision(T0 + 1, "i2"))
    assert (decisions.intents, decisions.approved, decisions.vetoes, decisions.by_symbol) == (2, 1, {"cooldown": 1}, {BTC: 2})
    assert decisions.hours == {T0 // HOUR_US: {"cooldown": 1, "approved": 1}}
    assert set(decisions.last_by_verdict) == {"cooldown", "approved"}
    assert decisions.shadow_approved + sum(decisions.shadow_vetoes.values()) == 2


def test_hours_older_than_two_days_go():
    late = T0 + 48 * HOUR_US
    decisions = folded(boot(), intent(), decision(), intent(late, "i2"), decision(late, "i2"))
    assert list(decisions.hours) == [late // HOUR_US]


def test_a_decision_that_cannot_be_made_again_is_counted_as_such():
    assert folded(intent(), decision()).unpaired == 1
    assert folded(boot(), decision()).unpaired == 1
    assert folded(boot(settings=Settings()), boot(settings_hash="x"), intent(), decision()).unpaired == 0
    foreign = msgspec.structs.replace(boot(), settings={"limits": {"unheard_of": 1}})
    assert folded(foreign, intent(), decision()).unpaired == 1


def test_an_intent_answered_twice_is_compared_once():
    decisions = folded(boot(), intent(), decision(), intent(), decision(verdict=vetoed("cooldown")))
    assert (decisions.paired, decisions.repeated, len(decisions.recent)) == (2, 1, 1)
    assert decisions.results.since(None, PairTally)["v5/overall/all"].n == 1


@given(st.lists(st.integers(1, 12), max_size=8))
def test_any_chunking_gives_the_same_fold(sizes):
    records = [boot()]
    for number in range(24):
        at = T0 + number * HOUR_US // 2
        verdict = {"verdict": vetoed("cooldown")} if number % 3 == 0 else {}
        records += [intent(at, f"i{number}"), decision(at, f"i{number}", slice=slice_of(at), **verdict)]
    whole, parts = folded(*records), Decisions()
    for size in [*sizes, len(records)]:
        for record in records[:size]:
            parts.take(record)
        del records[:size]
        parts = msgspec.msgpack.decode(msgspec.msgpack.encode(parts), type=Decisions)
    assert parts == whole
