from hypothesis import given
from hypothesis import strategies as st

from ops.dashboard.pace import Pace


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self):
        self.at_s = 100.0

    def __call__(self):
        return self.at_s


def test_a_burst_is_answered_at_once_and_then_as_fast_as_the_bucket_fills():
    clock = Clock()
    pace = Pace(per_s=2, burst=3, now_s=clock)
    assert [pace.wait_s("a") for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    clock.at_s += 0.5
    assert [pace.wait_s("a") for _ in range(2)] == [0, 0.5]
    assert pace.wait_s("b") == 0


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("ab")), max_size=60), st.floats(0.1, 20), st.integers(1, 20))
def test_nobody_is_answered_more_often_than_the_burst_and_the_pace_allow_and_who_waits_as_told_is(asked, per_s, burst):
    clock = Clock()
    pace, answered = Pace(per_s, burst, now_s=clock), {"a": 0, "b": 0}
    for gap_s, client in asked:
        clock.at_s += gap_s
        wait_s = pace.wait_s(client)
        answered[client] += wait_s == 0
        assert answered[client] <= burst + (clock.at_s - 100) * per_s + 1e-6
    while (wait_s := pace.wait_s("a")) == 0:
        pass
    clock.at_s += wait_s + 1e-6
    assert pace.wait_s("a") == 0


@given(st.lists(st.integers(0, 50), max_size=100), st.integers(1, 10))
def test_no_more_clients_are_remembered_than_may_be(asked, clients):
    pace = Pace(1, 1, clients=clients, now_s=Clock())
    for client in asked:
        pace.wait_s(str(client))
        assert len(pace) <= clients


def test_the_client_that_was_silent_the_longest_is_forgotten_first():
    pace = Pace(1, 1, clients=2, now_s=Clock())
    for client in ("loud", "silent", "loud"):
        pace.wait_s(client)
    pace.wait_s("new")
    assert pace.wait_s("loud") > 0
