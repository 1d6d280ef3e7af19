"""Each rule: its number, its line, its words, one step."""

import msgspec
import pytest

from executor.records.trading import RouterPolicy
from hedge_assets.advice import routing_rules
from hedge_assets.advice.routing_rules import (
    RULES,
    Waiting,
    come_closer,
    dodge,
    hurry,
    longest_s,
    start_quoting,
    step_back,
    stop_quoting,
    stop_waiting,
)
from tests.hedge_assets.advice.evidence import case, path

TAKING = RouterPolicy(maker_first=False)
SLOW = Waiting(n=40, p50_s=90.0, p95_s=300.0)
QUICK = Waiting(n=40, p50_s=1.0, p95_s=4.0)


def test_calm_evidence_moves_no_rule():
    assert [name for name, rule in RULES if rule(case()) is not None] == []


def test_rules_about_quotes_say_nothing_where_nothing_is_quoted():
    storm = {"fallback_frac": 0.9, "reject_frac": 0.9, "maker_markout_high_bps": -9.0, "fallback": path(30.0), "kept": path(0.0)}
    spoken = [name for name, rule in RULES if rule(case(TAKING, waiting=QUICK, quoted=path(9.0), taken=path(9.0), **storm)) is not None]
    assert spoken == []


def test_dear_quoting_is_given_up_and_cheap_quoting_taken_up():
    found = stop_quoting(case(quoted=path(8.0), taken=path(5.0)))
    assert found.routing == TAKING
    assert found.saves[0] == pytest.approx(3.0)
    assert 0 < found.saves[1] < 3.0 < found.saves[2]
    assert "taking saves 3.00 (2.29 to 3.71, the line is 0.10)" in found.words
    assert start_quoting(case(TAKING, quoted=path(2.0), taken=path(5.0))).routing == RouterPolicy()
    assert stop_quoting(case(quoted=path(5.5), taken=path(5.0))) is None
    assert stop_quoting(case(quoted=path(8.0), taken=path(5.0, n=19))) is None


def test_refused_quotes_step_back_and_too_few_do_not():
    found = step_back(case(reject_frac=0.20))
    assert found.routing.offset_bps == 0.5
    assert found.words.startswith("20.0% of 80 post-only quotes were refused (at least 12.7%), the line is 10.0%: quote 0.50 bps behind")
    assert step_back(case(reject_frac=0.15)) is None
    assert step_back(case(reject_frac=0.50, post_only_orders=19)) is None
    assert step_back(case(RouterPolicy(offset_bps=4.8), reject_frac=0.5)).routing.offset_bps == 5.0
    assert step_back(case(RouterPolicy(offset_bps=9.0), reject_frac=0.5)).routing.offset_bps == 9.0


def test_a_market_that_runs_through_quotes_is_dodged_only_beyond_doubt():
    found = dodge(case(maker_markout_bps=-5.0, maker_markout_high_bps=-3.5))
    assert found.routing.offset_bps == 0.5
    assert "stood at -5.00 bps (at best -3.50; below 0 is against us), the line is -3.00" in found.words
    assert dodge(case(maker_markout_bps=-5.0, maker_markout_high_bps=-2.5)) is None
    assert dodge(case(maker_markout_high_bps=-3.5, maker_markouts=19)) is None


def test_waiting_in_vain_leans_to_taking():
    found = hurry(case(fallback_frac=0.5, fallback=path(15.0, n=20), taken=path(5.0)))
    assert found.routing.taker_bias_frac == pytest.approx(0.1)
    assert "waiting in vain cost 5.00 a quoted intent" in found.words
    assert hurry(case(fallback_frac=0.5, fallback=path(10.0, n=20), taken=path(5.0))) is None
    assert hurry(case(fallback_frac=0.5, fallback=path(15.0, n=19), taken=path(5.0))) is None
    assert (
        hurry(case(RouterPolicy(taker_bias_frac=0.5), fallback_frac=0.5, fallback=path(15.0), taken=path(5.0))).routing.taker_bias_frac
        == 0.5
    )


def test_idle_waiting_is_cut_where_falling_back_is_dear():
    found = stop_waiting(case(waiting=QUICK))
    assert found.routing.patience_s == 8.0
    assert "filled within 4.0 s of at most 30.0" in found.words
    assert stop_waiting(case(waiting=Waiting(n=40, p50_s=9.0, p95_s=12.0))) is None
    assert stop_waiting(case(waiting=Waiting(n=19, p50_s=1.0, p95_s=4.0))) is None
    assert stop_waiting(case(waiting=QUICK, fallback=path(0.6), kept=path(0.5))) is None
    assert stop_waiting(case(RouterPolicy(patience_s=1.0, reprices=20), waiting=QUICK)).routing.patience_s == 1.0


def test_many_fallbacks_come_closer_then_lean_less_then_quote_again_then_wait_longer():
    def closer(**given):
        return come_closer(case(RouterPolicy(**given), fallback_frac=0.7, waiting=SLOW)).routing

    assert closer(offset_bps=0.3).offset_bps == 0.0
    assert closer(taker_bias_frac=0.15).taker_bias_frac == pytest.approx(0.05)
    assert closer().reprices == 3
    assert closer(reprices=5).patience_s == 12.5
    assert closer(reprices=5, patience_s=59.0).patience_s == 60.0
    assert closer(reprices=5, patience_s=90.0) == RouterPolicy(reprices=5, patience_s=90.0)


def test_waiting_longer_is_not_proposed_where_what_fills_fills_at_once():
    current = RouterPolicy()
    assert come_closer(case(current, fallback_frac=0.7, waiting=QUICK)).routing == current


def test_the_saving_of_fewer_fallbacks_counts_only_those_beyond_the_line():
    found = come_closer(case(fallback_frac=0.7, fallback=path(8.0), kept=path(3.0)))
    assert found.saves[0] == pytest.approx(5.0 * 0.2)
    assert come_closer(case(fallback_frac=0.7, fallback=path(), kept=path(3.0))).unsaid.startswith("an interval needs 3")


def test_taker_bias_cuts_how_long_quoting_lasts():
    assert longest_s(RouterPolicy(patience_s=10.0, reprices=2, taker_bias_frac=0.25)) == pytest.approx(22.5)


def test_each_rule_changes_one_thing():
    for given in ({"quoted": path(9.0)}, {"reject_frac": 0.5}, {"maker_markout_high_bps": -9.0}, {"fallback_frac": 0.9}):
        for _, rule in RULES:
            found = rule(case(**given))
            if found is not None:
                moved = [
                    name for name in msgspec.structs.asdict(RouterPolicy()) if getattr(found.routing, name) != getattr(RouterPolicy(), name)
                ]
                assert len(moved) == 1
    assert [name for name, _ in RULES] == [rule.__name__ for _, rule in RULES]
    assert all(getattr(routing_rules, name).__doc__ for name, _ in RULES)
