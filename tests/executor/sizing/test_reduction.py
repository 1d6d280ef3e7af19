"""An exit closes at most what is held, and only in the other direction."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.risk.rooms import CAPS
from executor.risk.rules import RULES
from executor.sizing.reduction import EXEMPT, reduction
from tests.executor.pipeline.builders import make_exit, make_slice


def test_an_exit_is_clipped_to_the_position():
    assert reduction(make_exit(qty=9.0), make_slice(position_qty=0.25)).qty == Decimal("0.250")


def test_an_exit_without_a_quantity_closes_all():
    assert reduction(make_exit(qty=None), make_slice(position_qty=0.25)).qty == Decimal("0.250")


def test_a_short_is_closed_by_buying():
    assert reduction(make_exit(side="buy", qty=0.1), make_slice(position_qty=-0.3)).qty == Decimal("0.100")


@pytest.mark.parametrize(("side", "held"), [("sell", 0.0), ("buy", 0.0), ("sell", -1.0), ("buy", 1.0)])
def test_there_must_be_something_to_reduce(side, held):
    assert reduction(make_exit(side=side), make_slice(position_qty=held)).rule == "nothing_to_reduce"


@pytest.mark.parametrize("qty", [0.0, -1.0, math.nan, math.inf])
def test_a_quantity_that_is_none_is_bad_input(qty):
    assert reduction(make_exit(qty=qty), make_slice(position_qty=1.0)).rule == "bad_input"


def test_less_than_the_venue_takes_is_refused_with_both_numbers():
    part = reduction(make_exit(qty=None), make_slice(position_qty=0.0004))
    assert part.rule == "min_qty"
    assert "0.0004" in part.detail
    assert "0.001" in part.detail


def test_every_rule_and_cap_is_noted_as_exempt():
    names = [check.rule for check in EXEMPT]
    assert names == [name for name, _ in (*RULES, *CAPS)] + ["min_notional"]
    assert {check.outcome for check in EXEMPT} == {"exempt"}


@given(st.floats(-50, 50), st.none() | st.floats(0.001, 100), st.sampled_from(["buy", "sell"]))
def test_no_exit_ever_adds_or_flips(held, asked, side):
    part = reduction(make_exit(side=side, qty=asked), make_slice(position_qty=held))
    if part.rule is None:
        after = Decimal(repr(held)) + (part.qty if side == "buy" else -part.qty)
        assert part.qty > 0
        assert abs(after) < abs(Decimal(repr(held)))
        assert after == 0 or (after > 0) == (held > 0) or abs(after) < Decimal("1e-9")
