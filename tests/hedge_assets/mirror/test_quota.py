from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from hedge_assets.mirror.quota import DAY_US, Quota, Spent, beaten, share_of, taken
from tests.hedge_assets.builders import SECOND, T0

STEPS = st.lists(st.tuples(st.integers(1, 7200), st.integers(0, 400)), min_size=1, max_size=200)


def day_of_writes(quota, steps):
    """Greedy: every step writes as much of what it wants as it may. When and how much was written."""
    spent, now_us, log = quota.full(T0), T0, []
    for later_s, wanted in steps:
        now_us += later_s * SECOND
        spent = quota.now(spent, now_us)
        if quota.is_beat_due(spent, now_us):
            spent = beaten(spent, now_us, 1)
            log.append((now_us, 1))
        writes = min(wanted, int(max(0.0, spent.tokens)))
        spent = taken(spent, writes)
        log.append((now_us, writes))
    return log


@given(STEPS, st.sampled_from([Quota(18_000, 60.0), Quota(1_000, 600.0), Quota(400, 3600.0)]))
@example([(60, 400)] * 200, Quota(1_000, 600.0))
def test_no_24_hours_see_more_writes_than_the_quota_wherever_they_begin(steps, quota):
    log = day_of_writes(quota, steps)
    for start_us, _ in log:
        assert sum(writes for at_us, writes in log if start_us <= at_us < start_us + DAY_US) <= quota.writes_per_day


@given(st.integers(100, 20_000), st.floats(60.0, 3600.0), st.integers(1, 60), STEPS)
@example(1_000, 1200.0, 20, [(60, 400)] * 200)
def test_shares_together_write_no_more_than_the_quota_however_small_they_are(writes_per_day, heartbeat_s, shares, steps):
    quota = share_of(writes_per_day, heartbeat_s, shares)
    beats = quota.heartbeats
    assert quota.burst + quota.per_s * 86_400 + beats <= max(writes_per_day / shares, beats) + 1e-6
    if beats <= quota.writes_per_day:
        log = day_of_writes(quota, steps)
        start_us = log[0][0]
        assert shares * sum(writes for at_us, writes in log if at_us < start_us + DAY_US) <= writes_per_day


@given(st.integers(100, 20_000), st.floats(60.0, 3600.0), st.integers(1, 60))
def test_a_bucket_that_was_emptied_fills_again_while_there_is_anything_beside_heartbeats(writes_per_day, heartbeat_s, shares):
    quota = share_of(writes_per_day, heartbeat_s, shares)
    assert (quota.per_s > 0) == (quota.burst > 0) == (quota.writes_per_day > quota.heartbeats)


@given(STEPS)
def test_the_heartbeat_comes_on_time_however_much_is_written_beside_it(steps):
    quota = Quota(1_000, 600.0)
    spent, now_us, beats = quota.full(T0), T0, []
    for later_s, wanted in steps:
        now_us += min(later_s, 60) * SECOND
        spent = taken(quota.now(spent, now_us), wanted)
        if quota.is_beat_due(spent, now_us):
            spent = beaten(spent, now_us, 1)
            beats.append(now_us)
    assert all(after_us - before_us <= 660 * SECOND for before_us, after_us in pairwise([T0, *beats]))


def test_what_the_desk_writes_on_an_ordinary_day_is_never_held_back():
    quota = Quota(18_000, 60.0)
    spent, now_us = quota.full(T0), T0
    for minute in range(2 * 1440):  # eight fast states a minute, six slow ones every five
        now_us += 60 * SECOND
        spent = beaten(quota.now(spent, now_us), now_us, 1)
        writes = 8 + (6 if minute % 5 == 0 else 0)
        assert spent.tokens >= writes
        spent = taken(spent, writes)
    assert spent.written <= 18_000


def test_a_clock_that_steps_gives_nothing_away():
    quota = Quota(1_000, 600.0)
    empty = Spent(at_us=T0, day=T0 // DAY_US)
    assert quota.now(empty, T0 - 10 * DAY_US).tokens == 0
    assert quota.now(empty, T0 + 1000 * DAY_US).tokens == quota.burst


def test_the_count_of_a_day_begins_again_with_the_day():
    quota = Quota(1_000, 600.0)
    spent = taken(quota.full(T0), 5)
    assert quota.now(spent, T0 + SECOND).written == 5
    assert quota.now(spent, T0 + DAY_US).written == 0
