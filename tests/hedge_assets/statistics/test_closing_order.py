"""Order of closing: the same as sorting rows by time and place, whatever the times are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.statistics.closing_order import ClosingOrder

TIMES = st.lists(st.integers(0, 50), max_size=60)


@pytest.mark.parametrize("scale", [1, 1 << 57])
@given(times=TIMES, cut=st.integers(0, 60))
def test_equal_times_stay_in_the_order_they_came_in(times, cut, scale):
    room = ClosingOrder(len(times))
    closed = np.array(times, np.int64) * scale
    rows = np.arange(len(times))
    for part in (slice(0, cut), slice(cut, None)):
        room.add(rows[part].astype(np.uint16), rows[part].astype(float), closed[part])
    groups, net = room.ordered()
    wanted = sorted(range(len(times)), key=lambda at: (times[at], at))
    assert groups.tolist() == net.tolist() == wanted
