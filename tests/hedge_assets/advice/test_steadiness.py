"""What counts after a step, what a step back is, and how far one step goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.trading import Policy, RouterPolicy
from hedge_assets.advice.steadiness import counted_since, further_back, history_of, one_step, outside_step, reverses
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.rolling import HOUR_US, Rolling
from hedge_assets.settings import Telemetry
from tests.hedge_assets.builders import BTC, DAY, HOUR, MINUTE, SECOND, T0
from tests.hedge_assets.steered import stretched

LINES = Telemetry()
ROUTINGS = st.builds(
    RouterPolicy,
    maker_first=st.booleans(),
    offset_bps=st.floats(0, 5),
    patience_s=st.floats(1, 60),
    reprices=st.integers(0, 5),
    taker_bias_frac=st.floats(0, 0.5),
)


def test_without_a_change_the_whole_window_counts():
    assert counted_since(None, "7d", T0 + DAY + HOUR) == T0 - 6 * DAY
    assert counted_since(T0 - 9 * DAY, "7d", T0 + DAY) == T0 - 6 * DAY


def test_after_a_change_the_first_full_hour_counts_and_a_day_later_the_first_full_day():
    changed = T0 + 14 * HOUR + 37 * MINUTE
    assert counted_since(changed, "7d", changed + MINUTE) == T0 + 15 * HOUR
    assert counted_since(changed, "7d", T0 + 38 * HOUR) == T0 + 15 * HOUR
    assert counted_since(changed, "7d", T0 + 39 * HOUR) == T0 + DAY
    assert counted_since(T0 + 15 * HOUR, "7d", T0 + 15 * HOUR) == T0 + 15 * HOUR


@given(st.lists(st.integers(0, 90 * 60), min_size=1, max_size=60), st.integers(0, 90 * 60))
def test_no_evidence_from_before_a_change_ever_counts(minutes, at):
    """Whatever `counted_since` names, the sums since then hold nothing older than the change."""
    rolling, times = Rolling[Moments](), sorted(T0 + minute * MINUTE for minute in minutes)
    for ts_us in times:
        rolling.at(ts_us, "k", Moments).add(float(ts_us - T0))
    changed, now = T0 + at * MINUTE, max(times[-1], T0 + at * MINUTE)
    since = counted_since(changed, "7d", now)
    found = rolling.since(since, Moments).get("k", Moments())
    counted = [ts_us - T0 for ts_us in times if ts_us >= since]
    assert since >= changed
    assert since % HOUR_US == 0
    assert found.n == len(counted)
    assert found.n == 0 or found.mean == pytest.approx(sum(counted) / len(counted))


@pytest.mark.parametrize(
    ("last", "step", "back"),
    [
        ({"offset_bps": 0.5}, {"offset_bps": 1.0}, False),
        ({"offset_bps": 0.5}, {"offset_bps": 0.0}, True),
        ({"patience_s": 12.5}, {"patience_s": 10.0}, True),
        ({"patience_s": 12.5}, {"patience_s": 12.5, "taker_bias_frac": 0.1}, True),
        ({"reprices": 3}, {"reprices": 3, "offset_bps": 0.5}, False),
        ({"maker_first": False}, {"maker_first": True}, True),
    ],
)
def test_a_step_back_is_one_that_undoes_a_part_of_the_last(last, step, back):
    assert reverses(RouterPolicy(), RouterPolicy(**last), RouterPolicy(**step)) is back
    assert not reverses(None, RouterPolicy(**last), RouterPolicy(**step))


def test_lines_for_a_step_back_are_further_back():
    second = further_back(LINES)
    assert second.degraded_reject_frac == pytest.approx(0.13)
    assert second.heavy_fallback_frac == pytest.approx(0.65)
    assert second.hot_slippage_bps == pytest.approx(3.9)
    assert second.min_fills == LINES.min_fills


@given(ROUTINGS, ROUTINGS)
def test_one_step_stays_within_a_step_and_many_arrive(current, to):
    at = current
    for _ in range(40):
        step = one_step(at, to, LINES)
        most = (max(at.offset_bps, to.offset_bps), max(at.taker_bias_frac, to.taker_bias_frac))
        assert outside_step(at, step, (LINES.offset_step_bps, LINES.taker_bias_step_frac), most) is None
        at = step
    assert at == to


def test_what_is_outside_a_step_is_named():
    now, steps, most = RouterPolicy(), (0.5, 0.1), (5.0, 0.5)
    assert outside_step(now, RouterPolicy(offset_bps=-0.1), steps, most) == "offset_bps was -0.1, must be in [0, 5.0]"
    assert outside_step(now, RouterPolicy(reprices=4), steps, most) == "reprices moved from 2 to 4, a step is at most 1"
    assert outside_step(now, RouterPolicy(patience_s=20.0), steps, most).startswith("patience_s moved from 10.0 to 20.0")
    assert outside_step(now, RouterPolicy(taker_bias_frac=0.2), steps, most).startswith("taker_bias_frac moved from 0.0 to 0.2")


def test_history_is_of_the_routing_in_force_and_names_what_was_taken_back():
    first, second = RouterPolicy(), RouterPolicy(offset_bps=0.5)
    fold = stretched(
        {"routing": first}, {"routing": second, "version": "v1", "rule": "dodge"}, {"routing": first, "version": "v2", "rule": "undo"}
    )
    found = history_of(fold, BTC, first, T0)
    assert (found.before, found.rule, found.undone, found.is_suggested) == (second, "undo", frozenset({"dodge"}), True)
    fold.in_force[BTC] = Policy(router=first)
    assert not history_of(fold, BTC, first, T0).is_suggested
    assert history_of(fold, BTC, first, T0 + 3 * SECOND).undone == frozenset()
    assert history_of(fold, BTC, second, T0).stretch is None
    assert history_of(fold, "NONE", first, T0).before is None
