"""A refresh that hangs ends its own process, whatever it hangs on: nobody waits for it for ever, and its lock is free.

Dagster asks a run to end when its time is over; one that is stuck in a read that never returns does not hear. The
interpreter's own watchdog thread needs nothing from the rest: it writes where every thread stands, and ends the process.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

GRACE_S = 30.0


@contextmanager
def ended_after(limit_s: float) -> Iterator[None]:
    """Let what is done here take so long and a little more; then the process is over, with exit code 1."""
    faulthandler.dump_traceback_later(limit_s + GRACE_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
