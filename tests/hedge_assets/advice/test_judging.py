"""Applied suggestions against what happened, from the journal's records to verdicts."""

import msgspec
import pytest

from executor.records.trading import Policy, RouterPolicy
from hedge_assets.advice.judging import routing_judged, weights_judged
from hedge_assets.advice.scoring import listed
from hedge_assets.folds.applied import Applied, Gains
from hedge_assets.settings import Telemetry
from tests.hedge_assets.builders import BTC, DAY, ETH, MINUTE, T0
from tests.hedge_assets.steered import changed, moments, quoting, stretched, worked

PLAIN = RouterPolicy()
STEP = RouterPolicy(offset_bps=0.5)
DEAR, CHEAP = [4.0, 6.0] * 15, [1.0, 3.0] * 15
BEFORE = {"routing": PLAIN, "cost_bps": DEAR}
SUGGESTED = {"routing": STEP, "version": "v1", "rule": "dodge", "expected_bps": 2.0}


def judged(applied, **given):
    return routing_judged(applied, msgspec.structs.replace(Telemetry(), **given), T0 + DAY)


def test_realised_savings_follow_from_the_journal():
    policy = quoting(0.5)
    records = [record for number in range(30) for record in worked(number, T0 + number * MINUTE, cost_bps=DEAR[number])]
    records.append(changed(T0 + 30 * MINUTE, after=policy, expected_bps=2.0))
    for number in range(30, 60):
        records += worked(number, T0 + number * MINUTE, cost_bps=CHEAP[number - 30], policy=policy)
    fold = Applied()
    for record in records:
        fold.take(record)
    (score,) = judged(fold).scores
    assert (score.symbol, score.version, score.kind, score.n_before, score.n) == (BTC, "v1", "dodge", 30, 30)
    assert score.realised == pytest.approx(3.0, abs=1e-6)
    assert 0 < score.realised_low < 3.0 < score.realised_high
    assert (score.verdict, score.until_ts) == ("kept its promise", None)


def test_what_a_suggestion_is_held_against_is_the_newest_intents_under_the_routing_before_it():
    again = {"routing": PLAIN, "cost_bps": [5.0] * 10}
    fold = stretched(BEFORE, {**SUGGESTED, "cost_bps": CHEAP}, again, {**SUGGESTED, "version": "v2", "cost_bps": CHEAP})
    first, second = judged(fold).scores
    assert (first.n_before, second.n_before) == (30, 40)
    assert first.until_ts is not None
    assert second.until_ts is None
    (score,) = judged(stretched({"routing": PLAIN, "cost_bps": [*([50.0] * 500), *([5.0] * 64)]}, {**SUGGESTED, "cost_bps": CHEAP})).scores
    assert (score.n_before, score.realised) == (64, pytest.approx(3.0))


def test_plain_settings_are_not_judged():
    assert judged(stretched(BEFORE, {"routing": STEP, "cost_bps": CHEAP})).scores == ()


def test_what_was_worked_before_the_window_is_out_of_it():
    old = stretched(
        {**BEFORE, "last_us": T0 - 40 * DAY}, {**SUGGESTED, "cost_bps": CHEAP, "since_us": T0 - 40 * DAY, "last_us": T0 - 39 * DAY}
    )
    assert judged(old).scores == ()
    assert len(judged(old, score_window="all").scores) == 1


def test_kinds_pool_symbols_and_lose_their_recommendation():
    fold = stretched(BEFORE, {**SUGGESTED, "cost_bps": [cost + 4 for cost in DEAR]})
    fold.stretches[ETH] = stretched({**BEFORE}, {**SUGGESTED, "cost_bps": [cost + 1 for cost in DEAR]}, symbol=ETH).stretches[ETH]
    found = judged(fold)
    (kind,) = found.kinds
    assert (kind.kind, kind.steps, kind.n, kind.not_recommended) == ("dodge", 2, 60, True)
    assert kind.realised == pytest.approx(-2.5)
    assert found.against("dodge") == kind.words
    assert found.against("step_back") is None
    assert found.newest(ETH).verdict == "made it worse"


def test_why_nothing_is_known_yet_is_said():
    fold = stretched(BEFORE, {**SUGGESTED, "unsteered": 7, "unpriced": 2})
    (score,) = judged(fold).scores
    assert (score.verdict, score.measure, score.value, score.limit) == ("too early", "n", 0, 20)
    assert score.reason == (
        "needs 3 intents on both sides, has 30 before and 0 under it; 7 were decided by v5, which no suggestion steers; "
        "of 2 a fee is not known in USD"
    )


def gains(symbol, version, values, *, scale=2.0, since_us=T0, last_us=T0):
    return Gains(
        symbol=symbol, version=version, weight_frac=0.25, scale=scale, since_us=since_us, last_us=last_us, gain_usd=moments(values)
    )


def weighed(*rows):
    return Applied(gains={f"{row.symbol}|{row.version}": row for row in rows}, in_force={BTC: Policy(weight_version="w2")})


def test_weights_are_judged_against_an_even_slot():
    fold = weighed(gains(BTC, "w2", [3.0, 5.0] * 20), gains(ETH, "w1", [-4.0, -2.0] * 20, scale=0.5))
    found = weights_judged(fold, Telemetry(), T0)
    assert [(each.symbol, each.kind, each.verdict) for each in found.scores] == [
        (BTC, "raised", "kept its promise"),
        (ETH, "lowered", "made it worse"),
    ]
    assert [each.until_ts is None for each in found.scores] == [True, False]
    assert found.scores[0].realised == pytest.approx(4.0)
    assert {each.kind: each.n for each in found.kinds} == {"lowered": 40, "raised": 40}


def test_a_weight_needs_as_many_trades_as_an_edge():
    (score,) = weights_judged(weighed(gains(BTC, "w2", [3.0, 5.0] * 10)), Telemetry(), T0).scores
    assert (score.verdict, score.measure, score.value, score.limit) == ("too early", "n", 20, 30)


def test_an_even_slot_and_old_trades_are_not_judged():
    fold = weighed(gains(BTC, "w2", [1.0] * 9, scale=1.0), gains(ETH, "w1", [1.0] * 9, last_us=T0 - 40 * DAY))
    assert weights_judged(fold, Telemetry(), T0) == weights_judged(Applied(), Telemetry(), T0)


def test_a_slot_that_is_even_but_for_rounding_is_not_judged():
    fold = weighed(gains(BTC, "w2", [-1e-5, -2e-5] * 40, scale=0.166666 * 6))
    assert weights_judged(fold, Telemetry(), T0) == weights_judged(Applied(), Telemetry(), T0)


def test_a_document_lists_the_newest_scores_by_symbol_and_time():
    every = weights_judged(
        weighed(*(gains(f"S{n % 30}", f"v{n}", [1.0, 2.0, 3.0], since_us=T0 + n * MINUTE) for n in range(250))), Telemetry(), T0
    ).scores
    shown = listed(every)
    assert (len(every), len(shown)) == (250, 200)
    assert {each.version for each in shown} == {f"v{n}" for n in range(50, 250)}
    assert list(shown) == sorted(shown, key=lambda each: (each.symbol, each.since_ts))
    assert listed(every[:9]) == every[:9]
