"""When a sink that failed is tried again: soon and seldom, so that an outage costs little and its end is seen within seconds."""

from typing import Literal

import msgspec

Fault = Literal["unreachable", "refused", "quota", "invalid"]
"""Nobody answers in time; somebody says that we may not; that we had our share; that this document cannot be."""

WAITS_S: dict[Fault, tuple[float, ...]] = {
    "unreachable": (0.5, 1.0, 2.0, 4.0, 5.0),
    "refused": (5.0, 15.0, 30.0),
    "quota": (30.0, 60.0, 120.0, 300.0, 600.0),
    "invalid": (5.0, 30.0, 300.0),
}
"""How long after the first failure in a row, the second, and so on; the last of them from then on."""


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """Closed while `failures` is 0. Open until `next_us`; then half open: one try closes it, or opens it for longer."""

    failures: int = 0
    since_us: int | None = None
    next_us: int = 0
    fault: Fault | None = None
    reason: str | None = None

    def may_try(self, now_us: int) -> bool:
        """Whether it is time; also when a clock that went back makes the next try lie farther than any wait."""
        return now_us >= self.next_us or self.next_us - now_us > longest_us()

    def failed(self, now_us: int, fault: Fault, reason: str) -> "Breaker":
        """After one more failure; another kind of failure begins its own row of waits."""
        in_a_row = self.failures + 1 if fault == self.fault else 1
        waits = WAITS_S[fault]
        wait_us = round(waits[min(in_a_row, len(waits)) - 1] * 1e6)
        since_us = now_us if self.since_us is None else self.since_us
        return Breaker(failures=in_a_row, since_us=since_us, next_us=now_us + wait_us, fault=fault, reason=reason)

    @property
    def is_closed(self) -> bool:
        """Whether the last try went well, or there was none."""
        return self.failures == 0


def longest_us() -> int:
    """The longest wait there is."""
    return round(max(max(waits) for waits in WAITS_S.values()) * 1e6)
