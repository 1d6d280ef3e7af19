"""Each rule has a view that passes, one exactly at the limit, and one that is vetoed."""

import math

import pytest

from executor.records.trading import RuleCheck
from executor.risk.rules import RULES, review
from executor.settings import Limits
from tests.executor.pipeline.builders import make_slice

LIMITS = Limits(whitelist=("BTCUSDT",))
AT_THE_LIMIT = {
    "halted": {"halted": False},
    "whitelist": {"symbol": "BTCUSDT"},
    "symbol_closed": {"is_trading": True},
    "unknown_orders": {"unknown_orders": 0},
    "stale_nav": {"nav_age_s": 30.0},
    "stale_quote": {"quote_age_s": 10.0},
    "drawdown": {"nav_usd": 96_000.0, "peak_nav_usd": 120_000.0, "day_start_nav_usd": 96_000.0, "week_start_nav_usd": 96_000.0},
    "daily_loss": {"nav_usd": 95_000.0},
    "weekly_loss": {"nav_usd": 90_000.0, "day_start_nav_usd": 90_000.0},
    "error_breaker": {"errors_in_window": 5},
    "burst": {"entries_last_minute": 9},
    "cooldown": {"since_exit_s": 60.0},
    "max_positions": {"open_positions": 7},
}
BEYOND = {
    "halted": {"halted": True},
    "whitelist": {"symbol": "ETHUSDT"},
    "symbol_closed": {"is_trading": False},
    "unknown_orders": {"unknown_orders": 1},
    "stale_nav": {"nav_age_s": 30.1},
    "stale_quote": {"quote_age_s": 10.1},
    "drawdown": {"nav_usd": 95_999.0, "peak_nav_usd": 120_000.0, "day_start_nav_usd": 95_999.0, "week_start_nav_usd": 95_999.0},
    "daily_loss": {"nav_usd": 94_999.0},
    "weekly_loss": {"nav_usd": 89_999.0, "day_start_nav_usd": 90_000.0},
    "error_breaker": {"errors_in_window": 6},
    "burst": {"entries_last_minute": 10},
    "cooldown": {"since_exit_s": 59.9},
    "max_positions": {"open_positions": 8},
}


def test_every_rule_has_its_examples():
    assert [name for name, _ in RULES] == list(AT_THE_LIMIT) == list(BEYOND)


@pytest.mark.parametrize("name", [name for name, _ in RULES])
def test_standing_exactly_at_the_limit_passes(name):
    asked = review(make_slice(**AT_THE_LIMIT[name]), LIMITS)
    assert asked.rule is None
    assert [check.rule for check in asked.checks] == [rule for rule, _ in RULES]
    assert {check.outcome for check in asked.checks} == {"pass"}


@pytest.mark.parametrize("name", [name for name, _ in RULES])
def test_one_beyond_the_limit_is_vetoed_by_that_rule_and_nothing_further_is_asked(name):
    asked = review(make_slice(**BEYOND[name]), LIMITS)
    assert asked.rule == name
    assert asked.checks[-1].rule == name
    assert asked.checks[-1].outcome == "veto"
    assert len(asked.checks) == [rule for rule, _ in RULES].index(name) + 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stale_nav", {"nav_usd": None}),
        ("stale_nav", {"nav_age_s": None}),
        ("drawdown", {"peak_nav_usd": None}),
        ("daily_loss", {"day_start_nav_usd": None}),
        ("weekly_loss", {"week_start_nav_usd": None}),
    ],
)
def test_what_is_unknown_does_not_pass(name, said):
    asked = review(make_slice(**said), LIMITS)
    assert asked.rule == name
    assert asked.checks[-1].value is None
    assert "unknown" in asked.detail


def test_a_veto_is_a_sentence_with_its_numbers():
    detail = review(make_slice(quote_age_s=12.34), LIMITS).detail
    assert detail == "quote is 12.3 s old, at most 10.0 s is allowed"


def test_a_check_carries_the_value_and_the_limit_it_was_held_to():
    assert review(make_slice(entries_last_minute=3), LIMITS).checks[10] == RuleCheck("burst", "pass", 4.0, 10.0)


def test_adding_to_an_open_position_opens_none():
    assert review(make_slice(open_positions=8, position_qty=0.1), LIMITS).rule is None


def test_an_empty_whitelist_lists_everything():
    assert review(make_slice(symbol="ANYUSDT"), Limits()).rule is None


def test_not_a_number_never_passes():
    assert review(make_slice(quote_age_s=math.nan), LIMITS).rule == "stale_quote"
