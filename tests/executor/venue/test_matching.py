"""How orders meet quotes: walking the book, crossing, queueing, being passed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.venue.matching import Depth, ahead_at, crosses, shrunk, through, walk
from executor.venue.state import Order
from tests.executor.exchanges.market import quote

SLACK = 0.05


def depth(touch: float = 100.0, visible: str = "2", *, took: str = "0", levels: int = 3) -> Depth:
    return Depth(touch=touch, visible=Decimal(visible), took=Decimal(took), tick_size=Decimal("0.1"), impact_bps=10.0, max_levels=levels)


def resting(side: str, price: str, ahead: float = 0.0) -> Order:
    return Order(
        client_id="a",
        symbol="BTCUSDT",
        side=side,
        qty=Decimal(1),
        price=Decimal(price),
        level=float(price),
        post_only=True,
        reduce_only=False,
        placed_us=0,
        ahead=ahead,
        queue=ahead,
    )


def test_a_taker_gets_the_touch_first_and_then_worse_levels():
    takes = walk("buy", Decimal(5), limit=None, depth=depth())
    assert [(str(one.price), str(one.qty)) for one in takes] == [("100.0", "2"), ("100.1", "2"), ("100.2", "1")]
    assert [one.model for one in takes] == [
        "touch 2 of 2 visible",
        "level 2 +10.0 bps 2 of 2 visible",
        "level 3 +20.0 bps 1 of 2 visible",
    ]


def test_a_seller_walks_down():
    assert [str(one.price) for one in walk("sell", Decimal(5), limit=None, depth=depth())] == ["100.0", "99.9", "99.8"]


def test_nothing_is_taken_beyond_the_limit():
    assert sum(one.qty for one in walk("buy", Decimal(5), limit=Decimal("100.1"), depth=depth())) == 4
    assert sum(one.qty for one in walk("sell", Decimal(5), limit=Decimal("99.9"), depth=depth())) == 4


def test_nothing_is_there_beyond_the_last_level():
    assert sum(one.qty for one in walk("buy", Decimal(50), limit=None, depth=depth())) == 6


def test_what_was_taken_before_is_gone():
    takes = walk("buy", Decimal(2), limit=None, depth=depth(took="3"))
    assert [(str(one.price), str(one.qty)) for one in takes] == [("100.1", "1"), ("100.2", "1")]
    assert walk("buy", Decimal(2), limit=None, depth=depth(took="6")) == []


def test_an_empty_touch_gives_nothing():
    assert walk("buy", Decimal(2), limit=None, depth=depth(visible="0")) == []


@given(st.sampled_from(["buy", "sell"]), st.integers(1, 5000), st.tuples(st.integers(0, 300), st.integers(0, 3000), st.integers(10, 10**7)))
def test_no_take_is_better_than_the_touch_and_none_exceeds_what_is_visible(side: str, wanted: int, book: tuple[int, int, int]):
    visible, took, touch = book
    step = Decimal("0.001")
    found = Depth(touch=touch / 10, visible=visible * step, took=took * step, tick_size=Decimal("0.1"), impact_bps=1.0, max_levels=20)
    takes = walk(side, wanted * step, limit=None, depth=found)
    left = max(visible * 20 - took, 0)
    assert sum((one.qty for one in takes), Decimal(0)) == min(wanted, left) * step
    for one in takes:
        assert one.qty > 0
        assert one.price >= Decimal(touch) / 10 if side == "buy" else one.price <= Decimal(touch) / 10


@pytest.mark.parametrize(
    ("side", "level", "meets"), [("buy", 100.2, True), ("buy", 100.1, False), ("sell", 100.0, True), ("sell", 100.1, False)]
)
def test_a_price_crosses_when_it_reaches_the_other_touch(side: str, level: float, meets: bool):
    assert crosses(side, level, quote(0, 100.0, 100.2), slack=SLACK) is meets


def test_only_a_price_strictly_beyond_passes_through_an_order():
    assert not through(resting("buy", "100"), 100.0, slack=SLACK)
    assert not through(resting("buy", "100"), 99.99999999999, slack=SLACK)
    assert through(resting("buy", "100"), 99.9, slack=SLACK)
    assert through(resting("sell", "100"), 100.1, slack=SLACK)
    assert not through(resting("sell", "100"), 99.9, slack=SLACK)


def test_the_queue_met_is_the_visible_size_unless_the_price_improves():
    book = quote(0, 100.0, 100.5, bid_qty=3.0, ask_qty=4.0)
    assert ahead_at("buy", 100.0, book, slack=SLACK) == 3.0
    assert ahead_at("buy", 100.1, book, slack=SLACK) == 0.0
    assert ahead_at("buy", 99.0, book, slack=SLACK) == 3.0
    assert ahead_at("sell", 100.5, book, slack=SLACK) == 4.0
    assert ahead_at("sell", 100.4, book, slack=SLACK) == 0.0


def test_the_queue_shrinks_with_the_touch_and_never_grows():
    waiting = resting("buy", "100", ahead=3.0)
    assert shrunk(waiting, quote(0, 100.0, 100.1, bid_qty=2.0), slack=SLACK) == 2.0
    assert shrunk(waiting, quote(0, 100.0, 100.1, bid_qty=9.0), slack=SLACK) == 3.0


def test_the_queue_is_gone_when_the_touch_falls_behind_and_kept_when_it_moves_away():
    waiting = resting("sell", "100", ahead=3.0)
    assert shrunk(waiting, quote(0, 99.9, 100.1), slack=SLACK) == 0.0
    assert shrunk(waiting, quote(0, 99.8, 99.9), slack=SLACK) == 3.0
