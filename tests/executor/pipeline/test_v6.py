"""The candidate cuts what v5 refuses, and sizes by volatility, mode and weight."""

import pytest

from executor.pipeline.v6 import PIPELINE
from executor.records.trading import Approved, Policy, RouterPolicy, Vetoed
from executor.settings import Lines
from tests.executor.pipeline.builders import make_entry, make_exit, make_slice

LINES = Lines()


def decide(intent=None, policy=None, **said):
    return PIPELINE.decide(intent or make_entry(), make_slice(**said), LINES, policy or Policy())


def test_an_entry_in_order_is_sized_by_volatility_and_quoted():
    decision = decide(vol_bps=5.0)
    assert isinstance(decision.verdict, Approved)
    assert (decision.qty, decision.plan.style, decision.plan.fallback) == (0.2, "maker", True)
    assert decision.plan.limit_price == 49_995.0


def test_what_does_not_fit_is_cut_to_the_room_left():
    decision = decide(symbol_usd=23_800.0)
    clamped = [check for check in decision.verdict.checks if check.outcome == "clamp"]
    assert decision.verdict.budget_usd == 1_200.0
    assert decision.qty == 0.024
    assert [(check.rule, check.value, check.limit) for check in clamped] == [("symbol_cap", 28_800.0, 25_000.0)]


def test_what_is_left_may_be_too_little_to_send():
    verdict = decide(symbol_usd=24_995.0).verdict
    assert isinstance(verdict, Vetoed)
    assert verdict.rule == "symbol_cap"
    assert "symbol has 5.00 USD of 25,000.00 left" in verdict.detail


@pytest.mark.parametrize(("nav_usd", "mode", "qty"), [(100_000.0, "ok", 0.1), (97_000.0, "warn", 0.072), (95_500.0, "defensive", 0.038)])
def test_a_losing_day_makes_it_smaller(nav_usd, mode, qty):
    decision = decide(nav_usd=nav_usd)
    assert decision.verdict.mode == mode
    assert decision.qty == qty


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"halted": True}, "halted"),
        ({"nav_usd": None}, "stale_nav"),
        ({"nav_usd": 94_000.0}, "daily_loss"),
        ({"nav_age_s": 31.0}, "stale_nav"),
    ],
)
def test_what_halts_it_is_named_by_its_rule(said, rule):
    verdict = decide(**said).verdict
    assert (verdict.mode, verdict.rule) == ("halted", rule)


def test_the_allocator_scales_size():
    assert decide(policy=Policy(weight_frac=0.0625)).qty == 0.05
    assert decide(policy=Policy(weight_frac=0.0)).verdict.rule == "min_qty"


def test_caps_of_a_policy_tighten_what_is_left_and_are_shown_as_the_limit():
    decision = decide(policy=Policy(symbol_cap_frac=0.04), symbol_usd=3_000.0)
    caps = [check for check in decision.verdict.checks if check.rule == "symbol_cap"]
    assert [(check.outcome, check.limit) for check in caps] == [("clamp", 4_000.0)]
    assert decision.qty == 0.02
    assert decide(policy=Policy(symbol_cap_frac=9.0)).verdict.checks == decide().verdict.checks
    assert decide(policy=Policy(symbol_cap_frac=0.0)).verdict.rule == "symbol_cap"
    assert decide(policy=Policy(trade_cap_frac=0.01)).qty == 0.02
    assert decide(policy=Policy(trade_cap_frac=9.0)).qty == decide().qty


def test_a_bad_policy_or_volatility_is_a_veto():
    assert decide(vol_bps=float("nan")).verdict.rule == "bad_input"
    for bad in (Policy(weight_frac=float("inf")), Policy(symbol_cap_frac=float("nan")), Policy(trade_cap_frac=-1.0)):
        assert decide(policy=bad).verdict.rule == "bad_input"


@pytest.mark.parametrize(
    "said", [{"halted": True}, {"nav_usd": None}, {"vol_bps": float("nan")}, {"unknown_orders": 3}, {"nav_usd": float("nan")}]
)
def test_an_exit_leaves_whatever_stands_against_new_risk(said):
    decision = decide(make_exit(), policy=Policy(router=RouterPolicy(offset_bps=float("inf"))), position_qty=0.4, **said)
    assert isinstance(decision.verdict, Approved)
    assert (decision.plan.style, decision.plan.reduce_only) == ("taker", True)


def test_a_profit_is_taken_patiently():
    plan = decide(make_exit(reason="take_profit at +30.0 bps"), position_qty=0.4).plan
    assert (plan.style, plan.reduce_only, plan.limit_price) == ("maker", True, 50_005.0)
