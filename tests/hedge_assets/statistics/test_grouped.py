"""Sums in arrays are what tallies count trade by trade, however the trades are cut into batches."""

from decimal import Decimal
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_assets.folds.tally import TradeTally
from hedge_assets.statistics import grouped
from hedge_assets.statistics.grouped import Batch, GroupCourse, GroupSums
from tests.hedge_assets.builders import T0
from tests.hedge_assets.trades import closed

AMOUNTS = (
    "won_usd",
    "lost_usd",
    "gross_usd",
    "fees_usd",
    "funding_usd",
    "notional_usd",
    "traded_usd",
    "maker_usd",
    "high_usd",
    "low_usd",
    "fall_usd",
)
MOMENTS = ("usd", "bps", "r", "adverse_bps", "favourable_bps")
KNOWN = st.one_of(st.none(), st.floats(0.5, 500.0))
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-50_000, 50_000), st.integers(0, 10**10), KNOWN, KNOWN, st.booleans()), min_size=1, max_size=40
)


def near(mine: TradeTally, theirs: TradeTally) -> None:
    assert (mine.n, mine.wins, mine.losses, mine.last_us) == (theirs.n, theirs.wins, theirs.losses, theirs.last_us)
    for name in AMOUNTS:
        assert float(getattr(mine, name)) == pytest.approx(float(getattr(theirs, name)), rel=1e-9, abs=1e-7), name
    for name in MOMENTS:
        one, other = getattr(mine, name), getattr(theirs, name)
        assert one.n == other.n
        assert (one.mean, one.m2) == (pytest.approx(other.mean, rel=1e-9, abs=1e-7), pytest.approx(other.m2, rel=1e-9, abs=1e-5)), name
    assert (mine.held_s.over, mine.held_s.zeros) == (theirs.held_s.over, theirs.held_s.zeros)


def trade_of(at: int, row) -> tuple[int, object]:
    group, cents, held_us, risk, adverse, is_flat = row
    net = Decimal(cents) / 100
    money = {"gross": net + Decimal("0.75"), "fees": Decimal("0.5"), "funding": Decimal("-0.25"), "net": net}
    times = {"opened_us": T0 - held_us, "closed_us": T0 + at}
    rest = {
        "initial_risk_usd": risk,
        "adverse_bps": adverse,
        "favourable_bps": None,
        "traded_usd": Decimal(1999),
        "maker_usd": Decimal(500),
    }
    return group, msgspec.structs.replace(closed(net, at, notional=0 if is_flat else 1000 + group, **times, **rest), **money)


def batch_of(trades) -> Batch:
    def column(name):
        return np.array([np.nan if getattr(trade, name) is None else float(getattr(trade, name)) for _, trade in trades])

    names = {"notional": "notional", "fees": "fees", "funding": "funding", "traded": "traded_usd", "maker": "maker_usd"}
    names |= {"risk": "initial_risk_usd", "adverse": "adverse_bps", "favourable": "favourable_bps"}
    held = np.array([(trade.closed_us - trade.opened_us) / 1e6 for _, trade in trades])
    times = np.array([trade.closed_us for _, trade in trades], np.int64)
    groups = np.array([group for group, _ in trades], np.uint16)
    return Batch(groups, column("net"), times, {**{to: column(name) for to, name in names.items()}, "held": held})


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 40), max_size=3), part=st.sampled_from([3, 32_768]))
def test_arrays_count_what_a_loop_counts(rows, cuts, part):
    trades = [trade_of(at, row) for at, row in enumerate(rows, 1)]
    sums, course, usual = GroupSums(4), GroupCourse(4), grouped.PART
    edges = [0, *sorted(min(cut, len(trades)) for cut in cuts), len(trades)]
    try:
        grouped.PART = part
        for begin, end in pairwise(edges):
            batch = batch_of(trades[begin:end])
            sums.add(batch)
            course.add(batch.groups, batch.net)
    finally:
        grouped.PART = usual
    whole = TradeTally()
    for group in range(4):
        loop = TradeTally()
        for _, trade in (each for each in trades if each[0] == group):
            loop.add(trade)
        near(sums.tally(group, course), loop)
    for _, trade in trades:
        whole.add(trade)
    near(sums.whole(course), whole)


def test_a_long_course_is_followed_across_its_pieces(monkeypatch):
    monkeypatch.setattr(grouped, "PIECE", 7)
    nets = np.random.default_rng(7).normal(0, 10, 1000)
    course = GroupCourse(1)
    course.add(np.zeros(1000, np.uint16), nets)
    path = np.concatenate([[0.0], np.cumsum(nets)])
    fall = (np.maximum.accumulate(path) - path).max()
    assert [float(value) for value in course.extremes(0).values()] == pytest.approx([path.max(), path.min(), fall])


def test_a_trade_that_earned_no_number_is_refused():
    sums = GroupSums(1)
    with pytest.raises(ValueError, match="not a finite number"):
        sums.add(Batch(np.zeros(2, np.uint16), np.array([1.0, np.nan]), np.zeros(2, np.int64), {}))


def test_more_groups_than_a_byte_can_number():
    sums, course = GroupSums(600), GroupCourse(600)
    groups = np.arange(599, -1, -1).astype(np.uint16)
    net = groups.astype(float) + 1
    sums.add(Batch(groups, net, np.zeros(600, np.int64), {"held": net}))
    course.add(groups, net)
    assert [float(sums.tally(group, course).net_usd) for group in range(600)] == list(range(1, 601))
    assert float(sums.whole(course).high_usd) == 600 * 601 / 2
