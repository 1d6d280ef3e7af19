"""Travel times are drawn from an id alone; requests arrive in order."""

from statistics import fmean

from hypothesis import given
from hypothesis import strategies as st

from executor.venue.requests import NEVER_US, arrival_of_order_us, enqueue, latency_us, next_arrival_us
from executor.venue.state import Request
from tests.executor.exchanges.market import order


def drawn(key: str, seed: int = 7) -> int:
    return latency_us(key, seed=seed, floor_ms=5.0, mean_ms=15.0)


def test_the_mean_travel_time_is_the_floor_and_the_mean_of_the_settings():
    draws = [drawn(f"h-{n}-1") for n in range(4000)]
    assert min(draws) >= 5_000
    assert abs(fmean(draws) - 20_000) < 1_000


def test_another_seed_draws_other_times():
    assert [drawn(str(n)) for n in range(9)] != [drawn(str(n), seed=8) for n in range(9)]


def test_without_a_mean_every_request_takes_the_floor():
    assert latency_us("a", seed=1, floor_ms=2.5, mean_ms=0.0) == 2_500


@given(st.permutations([f"id-{n}" for n in range(6)]))
def test_the_order_of_asking_never_changes_a_draw(keys: list[str]):
    assert {key: drawn(key) for key in keys} == {key: drawn(key) for key in sorted(keys)}


@given(st.lists(st.integers(min_value=0, max_value=20)))
def test_requests_arrive_by_time_and_then_as_they_were_sent(arrivals: list[int]):
    requests: list[Request] = []
    for number, arrival_us in enumerate(arrivals):
        enqueue(requests, Request(arrival_us=arrival_us, number=number, client_id=str(number), symbol="BTCUSDT"))
    keys = [(one.arrival_us, one.number) for one in requests]
    assert keys == sorted(keys)
    assert next_arrival_us(requests) == min(arrivals, default=NEVER_US)


def test_a_cancel_knows_when_its_order_arrives():
    sent = Request(arrival_us=9, number=1, client_id="a", symbol="BTCUSDT", order=order(0, "buy", "1", name="a"))
    cancel = Request(arrival_us=30, number=2, client_id="a", symbol="BTCUSDT")
    assert arrival_of_order_us([sent, cancel], "a") == 9
    assert arrival_of_order_us([sent, cancel], "b") == 0
