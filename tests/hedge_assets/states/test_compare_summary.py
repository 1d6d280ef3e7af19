"""The live pipeline against the shadow: exact counts, mirrored numbers, money with its error, and a verdict by a stated rule."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from hedge_assets.folds.account import Account
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.candidates import Candidate
from hedge_assets.states.compare_summary import STATE, compare_summary
from tests.hedge_assets.builders import ETH, T0
from tests.hedge_assets.columns import journaled, shadowed
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.pairs import answer, pair, paired

RULES = st.sampled_from([None, None, "cooldown", "symbol_cap", "drawdown"])
ANSWERS = st.builds(answer, RULES, notional=st.integers(10, 100_000).map(float), style=st.sampled_from(["maker", "taker"]))


def build(pairs=(), *, environ=None, shadow=None, account=None):
    return compare_summary(shadow or paired(pairs), account or Account(), telemetry=Telemetry(), flags=read_flags(environ or {}))


def as_v6(outcome):
    return msgspec.structs.replace(outcome, pipeline="v6")


def numbered(answers, **given):
    return [pair(live, as_v6(shadow), number, **given) for number, (live, shadow) in enumerate(answers, 1)]


def test_no_intents_give_the_true_summary_of_nothing():
    document = build(account=Account(newest_us=T0))
    assert (document.status, document.n, document.event_us) == ("empty", 0, T0)
    assert document.reason == "no intent decided by both yet; warming up: 0 of 30 pairs"
    assert document.warmup_missing == 30
    assert document.overall.agree_frac is None
    assert document.verdict.verdict == "keep watching"
    assert [row.n for row in document.causes] == [0] * 9
    assert document.model.reason == "no intent filled by both the account and the model is settled yet"


def test_a_data_root_without_any_record_has_a_valid_document():
    document = build(shadow=Shadow())
    assert (document.status, document.live_pipeline, document.shadow_pipeline, document.candidates) == ("empty", None, None, ())
    assert all(check.holds(document) is None for check in STATE.checks)


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
    assert {row.rule: row.n for row in document.rules} == {"symbol_cap": 1, "drawdown": 1}
    assert document.reason == "warming up: 3 of 30 pairs"


def test_size_ratios_are_shadow_over_live():
    document = build(numbered([(answer(notional=1_000.0), answer(notional=500.0)), (answer(notional=1_000.0), answer(notional=2_000.0))]))
    sizes = document.overall.sizes
    assert (sizes.ratio_mean, sizes.ratio_p05, sizes.ratio_p95) == (1.0, pytest.approx(0.5, rel=0.01), pytest.approx(2.0, rel=0.01))
    assert (sizes.diff_usd_mean, sizes.abs_diff_usd_mean) == (250.0, 750.0)
    assert (sizes.larger_frac, sizes.smaller_frac) == (0.5, 0.5)


def test_exits_say_nothing_about_size():
    document = build([pair(answer(), answer(pipeline="v6"), 1, purpose="exit")])
    assert document.overall.sizes.reason == "no entry that both approved"
    assert [group.key for group in document.purposes] == ["exit"]


def test_the_worst_examples_lead_with_the_most_at_stake():
    document = build(numbered([(answer("drawdown"), answer(notional=float(n))) for n in range(1, 9)]))
    rows = {row.cause: row for row in document.causes}
    assert [each.intent_id for each in rows["rule"].worst] == ["i8", "i7", "i6", "i5", "i4"]
    assert rows["rule"].stake_usd == 36


def test_nothing_is_promoted_on_agreement_alone():
    document = build(numbered([(answer(), answer())] * 100))
    assert (document.warmup_missing, document.reason) == (0, None)
    assert document.verdict.verdict == "keep watching"
    assert "30 more settled intents with a trade are needed, 0 of 30 are there" in document.verdict.evidence


def test_pairs_from_when_the_other_pipeline_was_live_are_not_mixed_in():
    before = pair(answer(pipeline="v6"), answer("drawdown", pipeline="v5"), 1)
    document = build([before, pair(answer(), answer(pipeline="v6"), 2)])
    assert (document.n, document.other_way) == (1, 1)
    assert (document.live_pipeline, document.shadow_pipeline) == ("v5", "v6")


@given(st.lists(ANSWERS, max_size=20))
def test_identical_answers_differ_by_exactly_nothing(answers):
    document = build(numbered([(each, each) for each in answers]))
    overall = document.overall
    assert (overall.live_only, overall.shadow_only, overall.route_differs) == (0, 0, 0)
    assert all(row.n == 0 and row.stake_usd == 0 for row in document.causes)
    assert document.rules == ()
    assert overall.identical_frac in {1.0, None}
    assert overall.sizes.ratio_p95 in {1.0, None}
    assert overall.sizes.abs_diff_usd_mean in {0.0, None}


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20))
def test_swapping_the_answers_mirrors_the_numbers(answers):
    there, back = build(numbered(answers)), build(numbered([(shadow, live) for live, shadow in answers]))
    assert there.overall.agree_frac == back.overall.agree_frac
    assert (there.overall.live_only, there.overall.shadow_only) == (back.overall.shadow_only, back.overall.live_only)
    assert there.overall.sizes.larger_frac == back.overall.sizes.smaller_frac
    assert {(c.live, c.shadow, c.n) for c in there.matrix} == {(c.shadow, c.live, c.n) for c in back.matrix}
    one, two = there.overall.sizes, back.overall.sizes
    if one.n:
        assert (one.diff_usd_mean, one.diff_usd_p05, one.diff_usd_p95) == (-two.diff_usd_mean, -two.diff_usd_p95, -two.diff_usd_p05)
        assert one.ratio_p50 == pytest.approx(1 / two.ratio_p50)


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(answers, chance):
    pairs = numbered(answers)
    mixed = list(pairs)
    chance.shuffle(mixed)
    there, back = build(mixed), build(pairs)
    assert (there.matrix, there.routes) == (back.matrix, back.routes)
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
    assert STATE.checks[0].holds(document.model_copy(update={"matrix": ()})) == "matrix of v6 count 0 pairs, there are 1"
    assert STATE.checks[0].holds(document.model_copy(update={"n": 2})) == "n is 2, overall has 1 pairs"


def test_the_flag_that_is_off_is_named():
    document = build(numbered([(answer(), answer())]), environ={"PIPELINE_V6_SHADOW_ENABLED": "0"})
    assert (document.status, document.n, document.reason) == ("empty", 0, "PIPELINE_V6_SHADOW_ENABLED is 0")


@pytest.fixture(scope="module")
def real():
    tight = Candidate(name="tight", pipeline="v6", changes={"limits": {"symbol_cap_frac": 0.02}})
    return build(shadow=shadowed(journaled(), tight))


def test_a_third_candidate_is_one_more_column_and_one_more_comparison(real):
    assert [column.key for column in real.columns] == ["account", "v5", "v6", "tight"]
    assert [(each.live_pipeline, each.shadow_pipeline) for each in real.candidates] == [("v5", "tight")]
    assert real.candidates[0].overall.n >= real.journaled
    assert all(check.holds(real) is None for check in STATE.checks)


def test_every_money_figure_has_the_models_error_beside_it(real):
    for each in (real, *real.candidates):
        for group in (each.overall, *each.symbols, *each.strategies, *each.regimes, *each.purposes):
            assert group.money.n == 0 or group.money.checked == 0 or group.money.model_error_usd == 0.0
        assert all(row.model_error_usd == 0.0 for row in (*each.causes, *each.rules) if row.settled)
    assert {column.model_error_usd for column in real.columns} == {0.0}
    assert real.overall.money.checked > 0


def test_money_that_does_not_add_up_fails_the_check(real):
    wrong = real.overall.money.model_copy(update={"shadow_usd": real.overall.money.shadow_usd + 1})
    broken = real.model_copy(update={"overall": real.overall.model_copy(update={"money": wrong})})
    assert STATE.checks[1].holds(broken).startswith("diff_usd of v6 is ")


def test_a_column_that_cannot_run_is_told_and_the_others_go_on():
    broken = Candidate(name="broken", pipeline="v6", changes={"strategies": ["nothing_like_it"]})
    document = build(shadow=shadowed(journaled(loops=300), broken))
    assert "column broken does not run: strategies was 'nothing_like_it'" in document.reason
    assert {column.key: column.reason is None for column in document.columns} == {"account": True, "v5": True, "v6": True, "broken": False}


def test_the_agreed_document():
    answers = [(answer(), answer(notional=2_500.0, style="maker")), (answer("symbol_cap"), answer(notional=900.0)), (answer(), answer())]
    pairs = [*numbered(answers), pair(answer("cooldown"), as_v6(answer("cooldown")), 4, symbol=ETH, strategy="mean_reversion")]
    assert_golden("compare_summary", build(pairs))
