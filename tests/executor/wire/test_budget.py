"""Limits hold in every window, the reserve is kept, and what the venue says counts."""

from hypothesis import given
from hypothesis import strategies as st

from executor.wire.budget import NEVER_US, Budget, Cost, Window

MINUTE = 60_000_000
WEIGHT = Window(kind="weight", span_us=MINUTE, limit=100, header="X-MBX-USED-WEIGHT-1M")
ORDERS = Window(kind="orders", span_us=10_000_000, limit=10, header="X-MBX-ORDER-COUNT-10S")
PLAIN, URGENT = Cost(weight=10), Cost(weight=10, is_urgent=True)


def spent(budget: Budget, cost: Cost, now_us: int) -> int:
    """How many requests leave at once."""
    count = 0
    while budget.wait_us(cost, now_us) == 0:
        budget.take(cost, now_us)
        count += 1
    return count


@given(st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(1, 40), st.integers(0, 3), st.booleans()), max_size=120))
def test_no_window_of_the_venue_ever_holds_more_than_its_limit(requests):
    budget, now_us, sent = Budget([WEIGHT, ORDERS], 0.2), 0, []
    for step_us, weight, orders, urgent in requests:
        now_us += step_us
        cost = Cost(weight=weight, orders=orders, is_urgent=urgent)
        if budget.wait_us(cost, now_us) == 0:
            budget.take(cost, now_us)
            sent.append((now_us, weight, orders))
    for start_us, _, _ in sent:
        assert sum(weight for at, weight, _ in sent if start_us <= at < start_us + MINUTE) <= 100
        assert sum(orders for at, _, orders in sent if start_us <= at < start_us + 10_000_000) <= 10


@given(st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(1, 30)), min_size=1, max_size=80))
def test_after_the_wait_that_was_named_there_is_room_and_a_moment_before_there_is_none(requests):
    budget, now_us = Budget([WEIGHT], 0.0), 0
    for step_us, weight in requests:
        now_us += step_us
        cost = Cost(weight=weight)
        wait_us = budget.wait_us(cost, now_us)
        if wait_us:
            assert budget.wait_us(cost, now_us + wait_us - 1) > 0
            now_us += wait_us
        assert budget.wait_us(cost, now_us) == 0
        budget.take(cost, now_us)


def test_a_share_is_left_for_what_is_urgent():
    budget = Budget([WEIGHT], 0.2)
    assert spent(budget, PLAIN, 0) == 8
    assert spent(budget, URGENT, 0) == 2


def test_what_is_larger_than_the_limit_never_leaves():
    assert Budget([WEIGHT], 0.2).wait_us(Cost(weight=101, is_urgent=True), 0) == NEVER_US


def test_a_venue_that_counted_more_is_believed():
    budget = Budget([WEIGHT], 0.0)
    budget.take(PLAIN, 0)
    budget.returned(PLAIN, {"X-MBX-USED-WEIGHT-1M": "95"}, 1)
    assert budget.wait_us(PLAIN, 2) > 0
    assert budget.wait_us(Cost(weight=5), 2) == 0
    assert budget.wait_us(PLAIN, MINUTE + 2) == 0


def test_a_venue_that_counted_less_is_not_because_its_window_began_later():
    budget = Budget([WEIGHT], 0.0)
    assert spent(budget, PLAIN, 0) == 10
    budget.returned(PLAIN, {"X-MBX-USED-WEIGHT-1M": "1"}, 1)
    assert budget.wait_us(PLAIN, 2) > 0


def test_what_is_on_its_way_is_added_to_what_the_venue_counted():
    budget = Budget([WEIGHT], 0.0)
    for _ in range(3):
        budget.take(PLAIN, 0)
    budget.returned(PLAIN, {"X-MBX-USED-WEIGHT-1M": "60"}, 1)
    assert budget.wait_us(Cost(weight=21), 2) > 0
    assert budget.wait_us(Cost(weight=20), 2) == 0


def test_nonsense_in_a_header_changes_nothing():
    budget = Budget([WEIGHT], 0.0)
    budget.take(PLAIN, 0)
    for word in ("", "-5", "many", "9e9", "9" * 5_000, "1" * 10, "٣"):
        budget.returned(Cost(weight=0), {"X-MBX-USED-WEIGHT-1M": word if word != "٣" else ""}, 1)
    assert budget.wait_us(Cost(weight=90), 2) == 0


def test_nothing_leaves_during_a_ban_the_reserve_included():
    budget = Budget([WEIGHT, ORDERS], 0.2)
    budget.hold(5_000)
    assert budget.wait_us(URGENT, 4_000) == 1_000
    budget.hold(3_000)
    assert budget.wait_us(URGENT, 4_999) == 1
    assert budget.wait_us(URGENT, 5_000) == 0


def test_where_only_orders_are_held_back_a_cancel_leaves():
    budget = Budget([WEIGHT, ORDERS], 0.2)
    budget.hold(5_000, orders_only=True)
    assert budget.wait_us(Cost(orders=1, is_urgent=True), 0) == 5_000
    assert budget.wait_us(Cost(is_urgent=True), 0) == 0


def test_what_was_sent_counts_on_under_limits_learned_later():
    budget = Budget([WEIGHT], 0.0)
    assert spent(budget, PLAIN, 0) == 10
    budget.learn([Window(kind="weight", span_us=MINUTE, limit=120), ORDERS])
    assert spent(budget, PLAIN, 1) == 2
