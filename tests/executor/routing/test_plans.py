"""v5 takes unless the spread is wide; v6 quotes first unless it must not wait."""

from decimal import Decimal

import pytest

from executor.records.trading import Policy, RouterPolicy
from executor.routing.plans import candidate_plan, incumbent_plan
from executor.settings import Limits, Lines, Router
from tests.executor.pipeline.builders import make_entry, make_exit, make_slice

QTY = Decimal("0.1")
LINES = Lines(limits=Limits(wide_spread_bps=4.0), router=Router(offset_bps=1.0, patience_s=7.0, reprices=1))
WIDE, EXACTLY, NARROW = {"bid": 9_997.0, "ask": 10_003.0}, {"bid": 9_998.0, "ask": 10_002.0}, {"bid": 9_999.0, "ask": 10_001.0}


@pytest.mark.parametrize(("market", "style"), [(NARROW, "taker"), (EXACTLY, "taker"), (WIDE, "maker")])
def test_v5_quotes_only_a_wide_spread(market, style):
    assert incumbent_plan(make_entry(), QTY, make_slice(**market), lines=LINES).style == style


def test_v5_quotes_by_the_plain_settings_and_never_pays_the_wide_spread():
    plan = incumbent_plan(make_entry(), QTY, make_slice(**WIDE), lines=LINES)
    assert (plan.offset_bps, plan.patience_s, plan.reprices, plan.fallback) == (1.0, 7.0, 1, False)
    assert plan.limit_price == pytest.approx(9_996.0)


def test_v5_leaves_at_once_whatever_the_spread():
    plan = incumbent_plan(make_exit(), QTY, make_slice(**WIDE), lines=LINES)
    assert (plan.style, plan.reduce_only, plan.limit_price) == ("taker", True, None)


def test_v6_quotes_by_the_policy_and_takes_at_last():
    policy = Policy(router=RouterPolicy(offset_bps=2.0, patience_s=20.0, reprices=3, taker_bias_frac=0.25))
    plan = candidate_plan(make_entry(side="sell"), QTY, make_slice(**NARROW), policy=policy)
    assert (plan.style, plan.offset_bps, plan.patience_s, plan.reprices, plan.fallback) == ("maker", 2.0, 15.0, 3, True)
    assert plan.limit_price == pytest.approx(10_003.1)


@pytest.mark.parametrize("router", [RouterPolicy(maker_first=False), RouterPolicy(taker_bias_frac=1.0)])
def test_v6_takes_where_the_policy_says_so(router):
    assert candidate_plan(make_entry(), QTY, make_slice(), policy=Policy(router=router)).style == "taker"


@pytest.mark.parametrize(
    ("reason", "style"),
    [("stop at -9 bps", "taker"), ("timeout after 60 s", "taker"), ("flatten", "taker"), ("take_profit at +9 bps", "maker")],
)
def test_v6_waits_only_for_a_profit(reason, style):
    plan = candidate_plan(make_exit(reason=reason), QTY, make_slice(), policy=Policy())
    assert (plan.style, plan.reduce_only) == (style, True)


def test_v6_takes_a_profit_at_once_when_the_policy_is_not_finite():
    policy = Policy(router=RouterPolicy(offset_bps=float("nan")))
    assert candidate_plan(make_exit(reason="take_profit"), QTY, make_slice(), policy=policy).style == "taker"
