"""Makers and takers apart, and together what one sketch of all would be."""

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.sided import Sided
from hedge_assets.folds.sketch import Sketch

VALUES = st.lists(st.tuples(st.floats(-1e3, 1e3), st.sampled_from(("maker", "taker", "auction"))), max_size=30)


def sided(values):
    found = Sided()
    for value, liquidity in values:
        found.add(value, liquidity)
    return found


@given(VALUES, VALUES)
def test_all_together_are_one_sketch_and_merging_loses_nothing(one, two):
    whole, plain = sided(one), Sketch()
    whole.plus(sided(two))
    for value, _ in (*one, *two):
        plain.add(value)
    assert whole == sided([*one, *two])
    assert whole.every == plain
    assert [part.n for part in (whole.maker, whole.taker)] == [sum(side == name for _, side in (*one, *two)) for name in ("maker", "taker")]
