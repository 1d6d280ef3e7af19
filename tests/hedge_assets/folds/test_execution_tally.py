"""Sums of parts are the sums of the whole."""

from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.execution_tally import ExecutionTally, FillTally, PathTally
from tests.hedge_assets.fills import filled, order, worked

STEPS = st.sampled_from(["maker", "reprice", "taker", "fallback"])
MOVES = st.lists(st.none() | st.floats(-50, 50), min_size=5, max_size=5)
OUTCOMES = st.sampled_from(["filled", "rejected", "canceled", "dead"])


@dataclass(frozen=True)
class Case:
    cost_bps: float
    step: str
    moves: list[float | None]
    outcome: str
    fee_usd: float | None


CASES = st.lists(st.builds(Case, st.floats(-50, 50), STEPS, MOVES, OUTCOMES, st.none() | st.floats(-1, 5)), max_size=12)


def tally_of(cases: list[Case]) -> ExecutionTally:
    tally = ExecutionTally()
    for number, case in enumerate(cases, 1):
        row = filled(
            number, cost_bps=case.cost_bps, step=case.step, markouts_bps=case.moves, fee_usd=case.fee_usd, effective_bps=case.cost_bps
        )
        tally.fills.add(row)
        for horizon in range(5):
            tally.fills.settle(horizon, row)
        tally.orders.add(order(number, step=case.step, outcome=case.outcome, code=case.outcome))
        tally.orders.ack.add(abs(case.cost_bps))
        tally.intents.add(worked([row]))
    return tally


def numbers(value: object) -> list[object]:
    """Every number in it, with the path to it, so that two of them can be compared nearly."""
    if isinstance(value, dict):
        return [each for key in sorted(value, key=str) for each in (key, *numbers(value[key]))]
    return [each for part in value for each in numbers(part)] if isinstance(value, (list, tuple)) else [value]


@given(CASES, st.integers(0, 12))
def test_a_whole_is_its_parts_after_each_other(cases: list[Case], cut: int):
    whole, first, second = tally_of(cases), tally_of(cases[:cut]), tally_of(cases[cut:])
    first.plus(second)
    mine, plain = numbers(msgspec.to_builtins(first)), numbers(msgspec.to_builtins(whole))
    assert len(mine) == len(plain)
    for found, wanted in zip(mine, plain, strict=True):
        assert found == (pytest.approx(wanted, rel=1e-9, abs=1e-6) if isinstance(wanted, float) else wanted)


def test_the_other_one_is_not_changed_and_nothing_of_it_is_kept():
    whole, part = FillTally(), FillTally()
    part.settle(0, filled(effective_bps=0.0))
    part.add(filled())
    before = msgspec.msgpack.encode(part)
    whole.plus(part)
    whole.plus(part)
    whole.settle(0, filled(effective_bps=0.0))
    assert msgspec.msgpack.encode(part) == before
    assert (whole.n, whole.markouts[0].every.n) == (2, 3)


def test_paths_add_up():
    first, second = PathTally(n=2), PathTally(n=3)
    second.cost.add(4.0)
    first.plus(second)
    assert (first.n, first.cost.n, first.cost.mean) == (5, 1, 4.0)
