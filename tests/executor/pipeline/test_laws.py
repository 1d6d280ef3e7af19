"""What holds for every pipeline on every view."""

import msgspec
import pytest
from hypothesis import given

from executor import pipeline, plugins
from executor.pipeline import v5, v6
from executor.records.trading import Approved, Decision, Policy, Slice, Vetoed
from executor.risk.rooms import CAPS
from executor.risk.rules import review
from executor.settings import Lines
from tests.executor.pipeline.builders import calm_slices, entries, exits, make_exit, policies, slices

LINES = Lines()
PIPELINES = [plugins.load(pipeline, name, "PIPELINE") for name in plugins.names_in(pipeline)]
every_pipeline = pytest.mark.parametrize("part", PIPELINES, ids=lambda part: part.name)


def test_the_folder_holds_pipelines_and_nothing_else():
    assert [part.name for part in PIPELINES] == plugins.names_in(pipeline) == ["v5", "v6"]


@every_pipeline
@given(entries, slices, policies)
def test_deciding_again_gives_the_same_and_changes_nothing(part, entry, view, policy):
    before = msgspec.json.encode((entry, view, policy))
    decision = part.decide(entry, view, LINES, policy)
    assert part.decide(entry, view, LINES, policy) == decision
    assert msgspec.json.encode((entry, view, policy)) == before


@every_pipeline
@given(entries | exits, slices, policies)
def test_a_decision_can_be_made_again_from_its_journaled_form(part, intent, view, policy):
    decision = part.decide(intent, view, LINES, policy)
    read = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
    assert read == decision
    assert part.decide(intent, read.slice, LINES, read.policy) == decision
    assert msgspec.json.decode(msgspec.json.encode(view), type=Slice) == view


@every_pipeline
@given(entries, calm_slices, policies)
def test_what_is_approved_fits_every_room_and_every_minimum(part, entry, view, policy):
    decision = part.decide(entry, view, LINES, policy)
    if isinstance(decision.verdict, Approved):
        for _, cap in CAPS:
            assert decision.notional_usd <= cap(view, LINES.limits, view.nav_usd).left_usd * (1 + 1e-6)
        assert decision.notional_usd <= decision.verdict.budget_usd * (1 + 1e-6)
        assert decision.qty >= view.min_qty
        assert decision.notional_usd >= max(LINES.limits.min_notional_usd, view.min_notional_usd)


@given(entries, calm_slices, policies)
def test_a_policy_s_caps_never_let_more_through_and_v5_is_static(entry, view, policy):
    free = msgspec.structs.replace(policy, symbol_cap_frac=None, trade_cap_frac=None)
    capped, uncapped = (v6.PIPELINE.decide(entry, view, LINES, each) for each in (policy, free))
    assert (capped.notional_usd or 0.0) <= (uncapped.notional_usd or 0.0)
    assert capped.limits_hash == uncapped.limits_hash
    plain = v5.PIPELINE.decide(entry, view, LINES, Policy())
    steered = v5.PIPELINE.decide(entry, view, LINES, policy)
    assert steered.policy == policy
    assert msgspec.structs.replace(steered, policy=Policy()) == plain


@every_pipeline
@given(entries, slices, policies)
def test_no_new_risk_passes_a_broken_rule(part, entry, view, policy):
    broken = review(view, LINES.limits).rule
    verdict = part.decide(entry, view, LINES, policy).verdict
    if broken is not None:
        assert isinstance(verdict, Vetoed)
        assert verdict.rule == broken


@given(entries, calm_slices, policies)
def test_v6_refuses_by_a_cap_only_where_v5_would_not_have_fitted_either(entry, view, policy):
    policy = msgspec.structs.replace(policy, symbol_cap_frac=None)
    candidate = v6.PIPELINE.decide(entry, view, LINES, policy).verdict
    if isinstance(candidate, Vetoed) and candidate.rule in dict(CAPS):
        assert isinstance(v5.PIPELINE.decide(entry, view, LINES, policy).verdict, Vetoed)


@every_pipeline
@given(exits, slices, policies)
def test_an_exit_is_refused_only_when_there_is_nothing_to_send(part, intent, view, policy):
    decision = part.decide(intent, view, LINES, policy)
    if isinstance(decision.verdict, Vetoed):
        assert decision.verdict.rule in ("nothing_to_reduce", "min_qty")
    else:
        assert decision.plan.reduce_only
        assert decision.qty <= abs(view.position_qty) * (1 + 1e-9)
        assert {check.outcome for check in decision.verdict.checks} == {"exempt"}


@every_pipeline
@given(slices)
def test_a_position_can_always_be_closed_whole(part, view):
    if view.position_qty != 0 and abs(view.position_qty) >= max(view.min_qty, view.step_size):
        side = "sell" if view.position_qty > 0 else "buy"
        decision = part.decide(make_exit(side=side, qty=None), view, LINES, Policy())
        assert isinstance(decision.verdict, Approved)
        assert decision.qty == pytest.approx(abs(view.position_qty), abs=view.step_size)
