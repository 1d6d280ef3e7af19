"""The live pipeline against the shadow: exact counts, mirrored numbers, and no verdict without money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from hedge_assets.folds.account import Account
from hedge_assets.folds.decisions import Decisions
from hedge_assets.settings import Telemetry
from hedge_assets.states.compare_summary import STATE, compare_summary
from tests.hedge_assets.builders import ETH, T0
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.pairs import answer, pair, paired

RULES = st.sampled_from([None, None, "cooldown", "symbol_cap", "drawdown"])
ANSWERS = st.builds(answer, RULES, notional=st.integers(10, 100_000).map(float), style=st.sampled_from(["maker", "taker"]))


def build(pairs=(), *, environ=None, decisions=None, account=None):
    fold = decisions or (paired(pairs) if pairs else Decisions())
    return compare_summary(fold, account or Account(), telemetry=Telemetry(), flags=read_flags(environ or {}))


def numbered(answers):
    return [pair(live, shadow, number) for number, (live, shadow) in enumerate(answers, 1)]


def test_no_intents_give_the_true_summary_of_nothing():
    document = build(account=Account(newest_us=T0))
    assert (document.status, document.n, document.event_us) == ("empty", 0, T0)
    assert document.reason == "no intent decided by both yet; warming up: 0 of 30 intents"
    assert document.warmup_missing == 30
    assert document.overall.agree_frac is None
    assert document.verdict.verdict == "keep watching"
    assert [row.n for row in document.causes] == [0] * 9


def test_disagreement_counts_both_ways_and_by_rule():
    document = build(numbered([(answer(), answer()), (answer("symbol_cap"), answer()), (answer(), answer("drawdown"))]))
    overall = document.overall
    assert (overall.agreed, overall.live_only, overall.shadow_only, overall.both_approved) == (1, 1, 1, 1)
    assert {(cell.live, cell.shadow): cell.n for cell in document.matrix} == {
        ("approved", "approved"): 1,
        ("approved", "drawdown"): 1,
        ("symbol_cap", "approved"): 1,
    }
    assert overall.agree_frac_low < overall.agree_frac < overall.agree_frac_high
    assert document.reason == "warming up: 3 of 30 intents"


def test_size_ratios_are_shadow_over_live():
    document = build(numbered([(answer(notional=1_000.0), answer(notional=500.0)), (answer(notional=1_000.0), answer(notional=2_000.0))]))
    sizes = document.overall.sizes
    assert (sizes.ratio_mean, sizes.ratio_p50) == (1.25, pytest.approx(0.5, rel=0.01))
    assert (sizes.diff_usd_mean, sizes.abs_diff_usd_mean) == (250.0, 750.0)
    assert (sizes.larger_frac, sizes.smaller_frac) == (0.5, 0.5)


def test_exits_say_nothing_about_size():
    document = build([pair(answer(), answer(), 1, purpose="exit")])
    assert document.overall.sizes.reason == "no entry that both approved"


def test_the_worst_examples_lead_with_the_most_at_stake():
    document = build(numbered([(answer("drawdown"), answer(notional=float(n))) for n in range(1, 9)]))
    rows = {row.cause: row for row in document.causes}
    assert [each.intent_id for each in rows["rule"].worst] == ["i8", "i7", "i6", "i5", "i4"]
    assert rows["rule"].stake_usd == 36


def test_nothing_is_promoted_on_agreement_alone():
    document = build(numbered([(answer(), answer())] * 100))
    assert document.warmup_missing == 0
    assert document.reason is None
    assert document.verdict.verdict == "keep watching"
    assert "money is not compared yet" in document.verdict.evidence[0]


def test_pairs_from_when_the_other_pipeline_was_live_are_not_mixed_in():
    before = pair(answer(pipeline="v6"), answer("drawdown", pipeline="v5"), 1)
    document = build([before, pair(answer(), answer(pipeline="v6"), 2)])
    assert (document.n, document.other_way) == (1, 1)
    assert (document.live_pipeline, document.shadow_pipeline) == ("v5", "v6")


@given(st.lists(ANSWERS, max_size=20))
def test_identical_pipelines_differ_by_exactly_nothing(answers):
    document = build(numbered([(each, each) for each in answers]))
    overall = document.overall
    assert (overall.live_only, overall.shadow_only, overall.route_differs) == (0, 0, 0)
    assert all(row.n == 0 and row.stake_usd == 0 for row in document.causes)
    assert overall.identical_frac in {1.0, None}
    assert overall.sizes.ratio_p95 in {1.0, None}
    assert overall.sizes.abs_diff_usd_mean in {0.0, None}


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20))
def test_swapping_the_pipelines_mirrors_the_numbers(answers):
    there, back = build(numbered(answers)), build(numbered([(shadow, live) for live, shadow in answers]))
    assert there.overall.agree_frac == back.overall.agree_frac
    assert (there.overall.live_only, there.overall.shadow_only) == (back.overall.shadow_only, back.overall.live_only)
    assert there.overall.sizes.larger_frac == back.overall.sizes.smaller_frac
    assert {(c.live, c.shadow, c.n) for c in there.matrix} == {(c.shadow, c.live, c.n) for c in back.matrix}


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20), st.randoms(use_true_random=False))
def test_order_and_duplicates_change_nothing(answers, chance):
    pairs = numbered(answers)
    mixed = [*pairs, *pairs[: len(pairs) // 2]]
    chance.shuffle(mixed)
    there, back = build(mixed), build(pairs)
    assert (there.matrix, there.routes, there.repeated) == (back.matrix, back.routes, len(pairs) // 2)
    assert [(row.n, [each.intent_id for each in row.worst]) for row in there.causes] == [
        (row.n, [each.intent_id for each in row.worst]) for row in back.causes
    ]
    assert there.overall.agreed == back.overall.agreed
    assert there.overall.sizes.ratio_p50 == back.overall.sizes.ratio_p50
    if back.overall.sizes.n:
        assert there.overall.sizes.ratio_mean == pytest.approx(back.overall.sizes.ratio_mean)


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20))
def test_every_pair_is_counted_once(answers):
    assert STATE.checks[0].holds(build(numbered(answers))) is None


def test_a_lost_pair_fails_the_check():
    document = build(numbered([(answer(), answer())]))
    assert STATE.checks[0].holds(document.model_copy(update={"n": 2})) == "matrix count 1 pairs, n is 2"


def test_the_flag_that_is_off_is_named():
    document = build(numbered([(answer(), answer())]), environ={"PIPELINE_V6_SHADOW_ENABLED": "0"})
    assert (document.status, document.n, document.reason) == ("empty", 0, "PIPELINE_V6_SHADOW_ENABLED is 0")


def test_the_agreed_document():
    answers = [(answer(), answer(notional=2_500.0, style="maker")), (answer("symbol_cap"), answer(notional=900.0)), (answer(), answer())]
    pairs = [*numbered(answers), pair(answer("cooldown"), answer("cooldown"), 4, symbol=ETH, strategy="mean_reversion")]
    assert_golden("compare_summary", build(pairs))
