"""How long a request travels, and which arrives next."""

import hashlib
import math
from bisect import insort

from executor.venue.state import Request

NEVER_US = 1 << 62


def latency_us(key: str, *, seed: int, floor_ms: float, mean_ms: float) -> int:
    """Travel time in microseconds: `floor_ms` and an exponential of `mean_ms`, drawn from seed and key alone."""
    drawn = int.from_bytes(hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=7).digest(), "big")
    share = drawn / (1 << 56)
    return round((floor_ms - mean_ms * math.log1p(-share)) * 1000)


def by_arrival(request: Request) -> tuple[int, int]:
    """Earlier first; of the same instant, in the order they were sent."""
    return request.arrival_us, request.number


def enqueue(requests: list[Request], request: Request) -> None:
    """Put a request among those under way, which stay sorted by arrival."""
    insort(requests, request, key=by_arrival)


def next_arrival_us(requests: list[Request]) -> int:
    """When the next request arrives; `NEVER_US` when none is under way."""
    return requests[0].arrival_us if requests else NEVER_US


def arrival_of_order_us(requests: list[Request], client_id: str) -> int:
    """When an order still under way arrives, else 0: a cancel never overtakes its order."""
    return max((one.arrival_us for one in requests if one.client_id == client_id and one.order is not None), default=0)
