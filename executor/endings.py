"""Who may ask a run to end: the service manager, an operator's Ctrl-C, a terminal that is closed."""

import asyncio
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def heed(stop: Callable[[str], None]) -> None:
    """Have `stop` called with the name of the signal that comes. A run that was begun to outlive its terminal (nohup) does."""
    loop = asyncio.get_running_loop()
    for each in SIGNALS:
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            loop.add_signal_handler(each, stop, each.name)
