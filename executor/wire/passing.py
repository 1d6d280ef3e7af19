"""How much time passes, by the clock of the loop that runs: all that waits beside a venue is measured by the clock it waits on.

That clock is the machine's monotonic one. A loop that plays a recording has its own.
"""

import asyncio
import time


def monotonic_s() -> float:
    """The running loop's clock in seconds; the machine's monotonic one where no loop runs."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()


def monotonic_us() -> int:
    """The same in microseconds."""
    return round(monotonic_s() * 1e6)


def monotonic_ns() -> int:
    """The same in nanoseconds."""
    return round(monotonic_s() * 1e9)
