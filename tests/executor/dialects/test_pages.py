"""Histories come whole, whichever rows a venue keeps back of a page that is full."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._pages import WINDOW_MS, by_time
from executor.wire.reply import Unanswered

DAY_MS = 86_400_000


@given(
    times=st.lists(st.integers(0, 30 * DAY_MS), max_size=60, unique=True),
    full=st.integers(2, 9),
    keeps=st.sampled_from(["oldest", "newest"]),
)
def test_every_row_comes_once(times, full, keeps):
    rows = sorted(times)

    async def fetch(page):
        assert page.end_ms - page.start_ms <= WINDOW_MS
        inside = [at for at in rows if page.start_ms <= at <= page.end_ms]
        cut = inside[:full] if keeps == "oldest" else inside[-full:]
        return cut, len(cut)

    assert sorted(asyncio.run(by_time(fetch, 0, 30 * DAY_MS, full=full))) == rows


def test_rows_that_cannot_all_be_had_are_not_taken_for_all():
    async def fetch(_):
        return [1, 2], 2

    with pytest.raises(Unanswered):
        asyncio.run(by_time(fetch, 0, 10, full=2))
