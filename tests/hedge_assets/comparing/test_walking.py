"""Walking forward: each stretch is judged by what was known before it, and paid by what it brought."""

from datetime import date, timedelta
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.comparing.shapes import Standing
from hedge_assets.comparing.walking import STRETCH_DAYS, walked
from hedge_assets.settings import Telemetry


def days(*rows):
    first, total, found = date(2026, 1, 1), 0.0, []
    for number, (diff_usd, low_usd, high_usd) in enumerate(rows):
        total += diff_usd
        said = {"n": 100, "money_n": 100, "diff_usd": total, "low_usd": low_usd, "high_usd": high_usd, "day_diff_usd": diff_usd}
        found.append(Standing(day=str(first + timedelta(days=number)), **said))
    return found


def test_a_verdict_is_of_the_days_before_and_pays_the_days_after():
    steps = walked(days((5.0, None, None), (6.0, 1.0, 20.0), (7.0, 2.0, 30.0), (-4.0, -9.0, -1.0), (-3.0, -9.0, 9.0)), Telemetry())
    assert [step.verdict for step in steps] == ["keep watching", "keep watching", "promote", "promote", "reject"]
    assert [step.followed_usd for step in steps] == [0.0, 0.0, 7.0, 3.0, 3.0]


def test_many_days_are_walked_by_the_week():
    steps = walked(days(*[(1.0, 1.0, 2.0)] * 16), Telemetry())
    assert [step.diff_usd for step in steps] == [STRETCH_DAYS, STRETCH_DAYS, 2.0]
    assert (steps[0].first_day, steps[1].first_day, steps[-1].last_day) == ("2026-01-01", "2026-01-08", "2026-01-16")


def test_too_few_intents_are_no_verdict():
    rows = [row.model_copy(update={"money_n": 3}) for row in days((1.0, 1.0, 2.0), (1.0, 1.0, 2.0))]
    assert [step.verdict for step in walked(rows, Telemetry())] == ["keep watching", "keep watching"]


def test_no_days_are_no_steps():
    assert walked((), Telemetry()) == ()


ROWS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 9)), max_size=30)


@given(ROWS)
def test_every_day_is_in_one_stretch_and_only_promoted_stretches_are_followed(rows):
    steps = walked(days(*((float(diff), float(low), float(low + width)) for diff, low, width in rows)), Telemetry())
    assert sum(step.diff_usd for step in steps) == sum(diff for diff, _, _ in rows)
    assert [step.followed_usd for step in steps] == list(accumulate(step.diff_usd * (step.verdict == "promote") for step in steps))
    assert [step.verdict for step in steps[:1]] == ["keep watching"] * bool(rows)
    assert all(one.last_day < two.first_day for one, two in pairwise(steps))


@given(ROWS)
def test_what_is_still_to_come_changes_no_verdict(rows):
    known = days(*((float(diff), float(low), float(low + width)) for diff, low, width in rows))
    whole = walked([*known, *days(*[(1.0, -1.0, 1.0)] * 30)], Telemetry())
    alone = walked([*known, *days(*[(9.0, 5.0, 9.0)] * 30)], Telemetry())
    assert [step.verdict for step in whole][: len(known) // STRETCH_DAYS + 1] == [step.verdict for step in alone][
        : len(known) // STRETCH_DAYS + 1
    ]


def test_a_day_that_ends_on_the_line_is_watched():
    assert [step.verdict for step in walked(days((1.0, 0.0, 2.0), (1.0, -2.0, 0.0), (1.0, 1.0, 2.0)), Telemetry())] == ["keep watching"] * 3


def test_too_few_pairs_are_no_verdict():
    rows = [row.model_copy(update={"n": 29}) for row in days((1.0, 1.0, 2.0), (1.0, 1.0, 2.0))]
    assert [step.verdict for step in walked(rows, Telemetry())] == ["keep watching", "keep watching"]
    assert [step.known_n for step in walked(rows, Telemetry())] == [0, 100]
