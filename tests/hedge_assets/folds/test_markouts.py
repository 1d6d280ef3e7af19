"""Which markouts fall due when, and by which mid."""

from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.markouts import Pending, fallen_due, mid_at, wait
from tests.hedge_assets.builders import SECOND, T0, quote
from tests.hedge_assets.fills import filled


def test_the_soonest_waits_in_front_whichever_fill_it_is_of():
    waiting: list[Pending] = []
    wait(waiting, filled(ts_us=T0), 0)
    wait(waiting, filled(ts_us=T0 + 3 * SECOND), 1)
    assert [(each.fill, HORIZONS_S[each.horizon]) for each in waiting[:4]] == [(0, 1), (1, 1), (0, 5), (1, 5)]


def test_what_is_due_at_this_instant_still_waits():
    waiting: list[Pending] = []
    wait(waiting, filled(ts_us=T0), 0)
    assert fallen_due(waiting, T0 + SECOND) == []
    assert [each.horizon for each in fallen_due(waiting, T0 + 5 * SECOND + 1)] == [0, 1]
    assert len(waiting) == 3


def test_a_mid_may_be_half_a_horizon_old_and_must_be_a_price():
    due = Pending(fill=0, horizon=2, due_us=T0 + 30 * SECOND)
    assert mid_at(due, quote(T0 + 15 * SECOND, mid=100.0)) == 100.0
    assert mid_at(due, quote(T0 + 15 * SECOND - 1, mid=100.0)) is None
    assert mid_at(due, quote(T0 + 30 * SECOND, mid=100.0, bid=101.0, ask=100.0)) is None
    assert mid_at(due, None) is None
