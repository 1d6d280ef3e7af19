"""No suggestion leaves its bounds or takes two steps at once, and nothing unclamped fits where a policy belongs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.policy import REPRICES_STEP, allotted, clamped, outgrown, routed, unweighted
from executor.records.trading import Policy, RouterPolicy
from executor.records.tuning import Proposal, WeightAdvice
from executor.settings import Apply, Candidate, Limits, Lines
from executor.sizing.wanted import WEIGHT_CEILING, weight_scale

ROOT = Path(__file__).parents[2]
EPS = 1e-9

share = st.floats(0, 1)
proposals = st.builds(
    Proposal,
    maker_first=st.booleans(), offset_bps=st.floats(0, 1_000), patience_s=st.floats(0, 3_600), reprices=st.integers(0, 1_000),
    taker_bias_frac=share,
)  # fmt: skip
routers = st.builds(
    RouterPolicy,
    maker_first=st.booleans(), offset_bps=st.floats(0, 20), patience_s=st.floats(0, 120), reprices=st.integers(0, 9), taker_bias_frac=share,
)  # fmt: skip
applies = st.builds(
    Apply,
    may_flip_maker_first=st.booleans(), max_offset_bps=st.floats(0, 10), offset_step_bps=st.floats(0, 5), least_patience_s=st.floats(0, 5),
    max_patience_s=st.floats(5, 60), patience_step_ratio=st.floats(1, 10), max_reprices=st.integers(0, 8), max_taker_bias_frac=share,
    taker_bias_step_frac=share, weight_step_frac=share,
)  # fmt: skip
advices = st.builds(
    WeightAdvice, symbol=st.just("BTCUSDT"), n=st.just(50), weight_frac=share, symbol_cap_frac=st.floats(0, 5),
    trade_cap_frac=st.floats(0, 5),
)  # fmt: skip
lines = st.builds(
    Lines,
    limits=st.builds(Limits, symbol_cap_frac=share, max_positions=st.integers(0, 20)),
    candidate=st.builds(Candidate, max_trade_frac=share),
)
ASKED = Proposal(maker_first=False, offset_bps=3.0, patience_s=60.0, reprices=9, taker_bias_frac=1.0)


@given(proposals, routers, applies)
def test_routing_stays_within_its_bounds_or_where_it_was(proposal, current, apply):
    router, _ = clamped(proposal, current, apply)
    assert 0 <= router.offset_bps <= max(apply.max_offset_bps, current.offset_bps)
    assert min(apply.least_patience_s, current.patience_s) <= router.patience_s <= max(apply.max_patience_s, current.patience_s)
    assert 0 <= router.reprices <= max(apply.max_reprices, current.reprices)
    assert 0 <= router.taker_bias_frac <= max(apply.max_taker_bias_frac, current.taker_bias_frac)
    assert type(router.reprices) is int


@given(proposals, routers, applies)
def test_routing_moves_at_most_one_step_and_never_past_what_was_asked(proposal, current, apply):
    router, words = clamped(proposal, current, apply)
    assert abs(router.offset_bps - current.offset_bps) <= apply.offset_step_bps + EPS
    assert router.patience_s <= max(current.patience_s * apply.patience_step_ratio, apply.least_patience_s) + EPS
    assert router.patience_s >= current.patience_s / apply.patience_step_ratio - EPS
    assert abs(router.reprices - current.reprices) <= REPRICES_STEP
    assert abs(router.taker_bias_frac - current.taker_bias_frac) <= apply.taker_bias_step_frac + EPS
    assert apply.may_flip_maker_first or router.maker_first == current.maker_first
    for name in ("offset_bps", "patience_s", "reprices", "taker_bias_frac"):
        was, asked, given_ = getattr(current, name), getattr(proposal, name), getattr(router, name)
        assert min(was, asked) <= given_ <= max(was, asked)
        assert (given_ != asked) == any(word.startswith(name) for word in words)


@given(proposals, routers, applies)
def test_asking_again_for_what_was_given_changes_nothing(proposal, current, apply):
    router, _ = clamped(proposal, current, apply)
    again = Proposal(
        maker_first=router.maker_first, offset_bps=router.offset_bps, patience_s=router.patience_s, reprices=router.reprices,
        taker_bias_frac=router.taker_bias_frac,
    )  # fmt: skip
    assert clamped(again, current, apply) == (router, ())
    assert clamped(again, router, apply) == (router, ())


def test_what_was_cut_is_said_with_the_setting_that_cut_it():
    router, words = clamped(ASKED, RouterPolicy(), Apply())
    assert router == RouterPolicy(maker_first=True, offset_bps=0.5, patience_s=15.0, reprices=3, taker_bias_frac=0.25)
    assert words == (
        "maker_first stays true: asked to flip, apply.may_flip_maker_first is false",
        "offset_bps 0.5: asked 3, apply.offset_step_bps 0.5 allows no more",
        "patience_s 15: asked 60, apply.patience_step_ratio 1.5 allows no more",
        "reprices 3: asked 9, one step of 1 allows no more",
        "taker_bias_frac 0.25: asked 1, apply.taker_bias_step_frac 0.25 allows no more",
    )


def test_steps_taken_one_after_the_other_end_at_the_bound():
    router = RouterPolicy()
    for _ in range(30):
        router, _ = clamped(ASKED, router, Apply(max_offset_bps=1.25, max_taker_bias_frac=0.4, may_flip_maker_first=True))
    assert router == RouterPolicy(maker_first=False, offset_bps=1.25, patience_s=60.0, reprices=5, taker_bias_frac=0.4)


@given(advices, st.none() | share, lines, applies)
def test_a_weight_takes_one_step_below_the_ceiling_and_caps_only_tighten(advice, weight_frac, limits, apply):
    current = Policy(weight_frac=weight_frac)
    policy, _ = allotted(advice, current, limits, apply, version="v1")
    even = 1 / max(1, limits.limits.max_positions)
    now = even if weight_frac is None else weight_frac
    assert abs(policy.weight_frac - now) <= apply.weight_step_frac + EPS
    assert 0 <= policy.weight_frac <= max(now, min(1.0, WEIGHT_CEILING * even))
    assert policy.symbol_cap_frac == min(advice.symbol_cap_frac, limits.limits.symbol_cap_frac)
    assert policy.trade_cap_frac == min(advice.trade_cap_frac, limits.candidate.max_trade_frac)
    assert (policy.router, policy.version, policy.weight_version) == (current.router, current.version, "v1")


def test_the_first_weight_steps_away_from_an_even_slot():
    none = WeightAdvice(symbol="BTCUSDT", n=50, weight_frac=0.0, symbol_cap_frac=0.1, trade_cap_frac=9.0)
    policy, words = allotted(none, Policy(), Lines(), Apply(), version="v1")
    assert policy.weight_frac == pytest.approx(0.025)
    assert weight_scale(policy.weight_frac, Limits()) == pytest.approx(0.2)
    assert [word.split(" ")[0] for word in words] == ["weight_frac", "trade_cap_frac"]


@given(proposals, applies)
def test_what_a_suggestion_gave_is_not_outgrown_until_settings_change(proposal, apply):
    router, _ = clamped(proposal, RouterPolicy(), apply)
    assert outgrown(router, RouterPolicy(), apply) is None


def test_routing_beyond_the_settings_of_today_says_beyond_which():
    assert outgrown(RouterPolicy(offset_bps=2.0), RouterPolicy(), Apply(max_offset_bps=1.0)) == "offset_bps is 2, apply.max_offset_bps is 1"
    shorter = outgrown(RouterPolicy(patience_s=1.0), RouterPolicy(), Apply(least_patience_s=4.0))
    assert shorter == "patience_s is 1, apply.least_patience_s is 4"
    assert "may_flip_maker_first" in (outgrown(RouterPolicy(maker_first=False), RouterPolicy(), Apply()) or "")


def test_routing_and_weight_come_and_go_without_each_other():
    weighted = Policy(weight_frac=0.1, weight_version="w1", symbol_cap_frac=0.1, trade_cap_frac=0.05)
    both = routed(weighted, RouterPolicy(offset_bps=1.0), "v1")
    assert (both.weight_frac, both.weight_version, both.version) == (0.1, "w1", "v1")
    assert unweighted(both) == Policy(router=RouterPolicy(offset_bps=1.0), version="v1")


UNCLAMPED = """
from executor.records.trading import Policy, RouterPolicy
from executor.records.tuning import Proposal, WeightAdvice
from executor.policy import allotted, clamped, routed

def swap(proposal: Proposal, advice: WeightAdvice, policy: Policy) -> None:
    Policy(router=proposal)
    routed(policy, proposal, "v1")
    later: Policy = advice
    fine = routed(policy, RouterPolicy(), "v1")
"""


def test_the_types_refuse_an_unclamped_proposal(tmp_path):
    """A proposal has the fields of a policy and is none; only the fourth line passes."""
    path = tmp_path / "unclamped.py"
    path.write_text(UNCLAMPED)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), str(path)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    refused = [(line.split(":")[1], line.rsplit("[", 1)[-1]) for line in checked.stdout.splitlines() if "unclamped.py" in line]
    assert refused == [("7", "arg-type]"), ("8", "arg-type]"), ("9", "assignment]")]


def names_used(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}


def test_one_module_alone_knows_both_what_is_proposed_and_how_a_routing_is_made():
    makers = {
        path.stem
        for path in (ROOT / "executor").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RouterPolicy"
    }
    assert makers == {"policy", "asking", "plans", "trading"}  # clamped; plain settings; v5's plain settings; a default
    knows = {path.stem for path in (ROOT / "executor").rglob("*.py") if "Proposal" in names_used(path)}
    assert knows == {"policy", "tuning"}
