"""Turn after turn of a shipper or a receiver, through outages of whatever lies between and of the disk here, until it is told to end."""

import threading
import time
from collections.abc import Callable

from hedge_assets.mirror.breaker import Breaker
from hedge_assets.object_store import ObjectError
from hedge_assets.shipping.disk import DiskError

Turn = Callable[[], bool]
"""Whether there is more to do at once."""


def carry(turn: Turn, stop: threading.Event, *, every_s: float, say: Callable[[str], None]) -> int:
    """Turn until told to stop; how many turns there were. An outage is said once when it begins and once when it is over."""
    breaker, turns = Breaker(), 0
    while not stop.is_set():
        began_s = time.monotonic()
        more = False
        try:
            more = turn()
            if not breaker.is_closed:
                say(f"goes on after {breaker.failures} failures")
            breaker = Breaker()
        except (ObjectError, DiskError) as error:
            if breaker.is_closed:
                say(f"fails, and is tried again every few seconds: {error}")
            breaker = breaker.failed(0, error.fault, str(error))
        turns += 1
        wait_s = breaker.next_us / 1e6 if not breaker.is_closed else 0.0 if more else every_s - (time.monotonic() - began_s)
        stop.wait(max(0.0, wait_s))
    return turns
