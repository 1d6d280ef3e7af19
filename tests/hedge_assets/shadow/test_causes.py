"""How one pair of decisions differs, and by which cause."""

import pytest

from executor.risk.rooms import CAPS
from executor.risk.rules import RULES
from hedge_assets.shadow.causes import CAUSES, LIMITS, MISSING, TIMING, by_rule, causes_of, differs, follows, same_verdict, stake_usd
from hedge_assets.shadow.pairs import SILENT
from tests.hedge_assets.pairs import answer, pair


@pytest.mark.parametrize(
    ("live", "shadow", "causes", "by"),
    [
        (answer(), answer(), (), ""),
        (answer("cooldown"), answer("cooldown"), (), ""),
        (answer("cooldown"), answer(), ("timing",), "cooldown"),
        (answer(), answer("symbol_cap"), ("limit",), "symbol_cap"),
        (answer("stale_nav"), answer(), ("missing_input",), "stale_nav"),
        (answer("drawdown"), answer("halted"), ("rule",), "drawdown"),
        (answer(), answer(notional=2_500.0), ("size",), "sizing"),
        (answer(), answer(notional=2_500.0, clamps=("tier_cap",)), ("limit",), "tier_cap"),
        (answer(clamps=("tier_cap",)), answer(notional=2_500.0, clamps=("tier_cap",)), ("size",), "sizing"),
        (answer(), answer(style="maker"), ("route",), "routing"),
        (answer(style="maker"), answer(style="maker", offset_bps=1.0), ("price",), "offset"),
        (answer(), answer(notional=2_500.0, style="maker"), ("size", "route"), "sizing"),
        (answer(), answer(notional=2_500.0, policy="autotune-1"), ("size", "suggestion_version"), "sizing"),
        (answer(), answer(policy="autotune-1"), (), ""),
        (answer(), answer("holds_position"), ("signal",), "holds_position"),
        (answer("order_at_work"), answer("cooldown"), ("signal",), "order_at_work"),
        (answer(), answer("holds_on"), ("timing",), "holds_on"),
        (answer("nothing_to_close"), answer(), ("signal",), "nothing_to_close"),
        (answer(), answer("no_quote"), ("missing_input",), "no_quote"),
        (answer(), answer("no_signal"), ("signal",), "no_signal"),
    ],
)
def test_each_difference_has_its_cause_and_the_rule_that_made_it(live, shadow, causes, by):
    assert causes_of(live, shadow) == causes
    assert by_rule(live, shadow, causes) == by
    assert by_rule(shadow, live, causes_of(shadow, live)) in {by, "halted"}
    assert causes_of(shadow, live) == causes


def test_an_exit_of_another_size_closes_what_another_size_opened():
    live, shadow = answer(), answer(notional=2_500.0)
    assert by_rule(live, shadow, ("size",), "exit") == "held_quantity"
    assert follows(live, shadow, "held_quantity")
    assert not follows(live, shadow, "sizing")
    assert follows(live, answer("holds_on"), "holds_on")


def test_two_vetoes_by_other_rules_agree_on_the_verdict():
    assert same_verdict(answer("drawdown"), answer("halted"))
    assert not same_verdict(answer("drawdown"), answer())


def test_what_one_side_alone_approved_is_at_stake():
    assert stake_usd(pair(answer("drawdown"), answer())) == 5_000
    assert stake_usd(pair(answer(notional=3_000.0), answer())) == 2_000


def test_rounding_is_no_difference_and_unknown_is_no_number():
    assert not differs(0.1 + 0.2, 0.3)
    assert differs(None, 0.0)
    assert not differs(None, None)


def test_every_rule_that_a_cause_names_is_one_that_the_executor_knows():
    known = {name for name, _ in (*RULES, *CAPS)} | SILENT | {"bad_input"}
    assert known >= MISSING | TIMING | LIMITS
    assert {name for name, _ in CAPS} <= LIMITS


@pytest.mark.parametrize("rule", sorted({name for name, _ in (*RULES, *CAPS)} | SILENT))
def test_every_no_beside_a_yes_has_one_cause_of_the_vocabulary_and_its_own_rule(rule):
    causes = causes_of(answer(), answer(rule))
    assert len(causes) == 1
    assert set(causes) <= set(CAUSES)
    assert by_rule(answer(), answer(rule), causes) == rule
    assert follows(answer(), answer(rule), rule) == (rule in SILENT)


@pytest.mark.parametrize(("one", "other"), [("cooldown", "symbol_cap"), ("holds_position", "no_signal"), ("stale_nav", "gross_cap")])
def test_two_noes_have_one_cause_and_one_rule_whichever_way_round_they_stand(one, other):
    live, shadow = answer(one), answer(other)
    causes = causes_of(live, shadow)
    assert causes == causes_of(shadow, live)
    assert by_rule(live, shadow, causes) == by_rule(shadow, live, causes) != ""
