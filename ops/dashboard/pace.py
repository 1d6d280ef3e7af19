"""How often somebody may ask: a bucket for each client, of which there are never more than a few."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 1024


class Pace:
    """Each client may ask `burst` times at once, and `per_s` times a second in the long run.

    Beyond `clients` of them the one that was silent the longest is forgotten; it would find its bucket full, or nearly.
    """

    def __init__(self, per_s: float, burst: int, *, clients: int = MOST_CLIENTS, now_s: Callable[[], float] = time.monotonic) -> None:
        self.per_s, self.burst, self.clients, self._now_s = per_s, burst, clients, now_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_s(self, client: str) -> float:
        """How long this client must wait to be answered; 0 when it is answered now, which then counts."""
        now_s = self._now_s()
        left, seen_s = self._buckets.pop(client, (float(self.burst), now_s))
        left = min(float(self.burst), left + (now_s - seen_s) * self.per_s)
        may = left >= 1
        self._buckets[client] = (left - 1 if may else left, now_s)
        if len(self._buckets) > self.clients:
            self._buckets.popitem(last=False)
        return 0.0 if may else (1 - left) / self.per_s
