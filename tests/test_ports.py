"""Ports for the tests are given once."""

from hypothesis import given
from hypothesis import strategies as st

from tests.ports import EACH, FIRST, WORKERS, free_row


@given(st.lists(st.integers(1, 8), min_size=2, max_size=40))
def test_rows_that_are_given_one_after_the_other_share_no_port_and_none_is_for_lines_that_go_out(lengths: list[int]) -> None:
    ports = [first + place for length in lengths for first in [free_row(length)] for place in range(length)]
    assert len({*ports}) == len(ports)
    assert FIRST <= min(ports) < max(ports) < FIRST + EACH * WORKERS < 32_768
