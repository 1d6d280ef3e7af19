"""The incumbent refuses what does not fit."""

import pytest

from executor.pipeline.v5 import PIPELINE
from executor.records.trading import Approved, Policy, Vetoed
from executor.risk.rooms import CAPS
from executor.risk.rules import RULES
from executor.settings import Lines
from tests.executor.pipeline.builders import make_entry, make_exit, make_slice

LINES = Lines()


def decide(intent=None, **said):
    return PIPELINE.decide(intent or make_entry(), make_slice(**said), LINES, Policy())


def test_an_entry_in_order_buys_a_fixed_share_of_nav():
    decision = decide()
    assert isinstance(decision.verdict, Approved)
    assert decision.verdict.budget_usd == 5_000.0
    assert (decision.qty, decision.notional_usd, decision.plan.qty) == (0.1, 5_000.0, 0.1)
    assert decision.plan.style == "taker"


def test_every_rule_cap_and_minimum_is_noted_in_order():
    names = [check.rule for check in decide().verdict.checks]
    assert names == [name for name, _ in (*RULES, *CAPS)] + ["min_qty", "min_notional"]


def test_what_does_not_fit_is_refused_not_cut():
    verdict = decide(symbol_usd=23_800.0).verdict
    assert isinstance(verdict, Vetoed)
    assert verdict.rule == "symbol_cap"
    assert verdict.detail == "asked 5,000.00 USD, symbol has 1,200.00 USD of 25,000.00 left"


def test_the_first_rule_broken_names_the_veto():
    assert decide(halted=True, quote_age_s=99.0).verdict.rule == "halted"
    assert decide(quote_age_s=99.0, symbol_usd=99_000.0).verdict.rule == "stale_quote"


def test_it_has_no_mode_but_halted():
    assert decide(nav_usd=96_000.0).verdict.mode == "ok"
    assert decide(halted=True).verdict.mode == "halted"


def test_volatility_weight_and_suggested_routing_are_not_its_business():
    assert decide(vol_bps=None).qty == decide(vol_bps=90.0).qty == 0.1


def test_a_weak_intent_is_a_small_one():
    assert decide(make_entry(strength=0.5)).qty == 0.05
    assert decide(make_entry(strength=0.0)).verdict.rule == "min_qty"


def test_an_unusable_number_is_a_veto_and_not_an_exception():
    verdict = decide(bid=0.0).verdict
    assert (verdict.rule, verdict.detail) == ("bad_input", "bid was 0.0, must be in [1e-12, 1e+15]")


@pytest.mark.parametrize("said", [{"halted": True}, {"nav_usd": None}, {"quote_age_s": 1e6}, {"unknown_orders": 3}, {"gross_usd": 9e9}])
def test_an_exit_leaves_whatever_stands_against_new_risk(said):
    decision = decide(make_exit(), position_qty=0.4, **said)
    assert isinstance(decision.verdict, Approved)
    assert (decision.plan.style, decision.plan.reduce_only, decision.qty) == ("taker", True, 0.1)


def test_an_exit_with_nothing_held_is_refused():
    assert decide(make_exit()).verdict.rule == "nothing_to_reduce"
