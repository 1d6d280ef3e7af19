"""Who may ask a process to end: the service manager, an operator's Ctrl-C, a terminal that is closed."""

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def heeded() -> tuple[signal.Signals, ...]:
    """The signals by which this process is asked to end. Where it was begun to outlive its terminal (nohup), a hangup is none."""
    return tuple(each for each in ENDINGS if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN)


def heed(loop: "asyncio.AbstractEventLoop", stop: Callable[[str], None]) -> None:
    """Have `stop` called on the loop with the name of the signal that comes."""
    for each in heeded():
        loop.add_signal_handler(each, stop, each.name)


def asked_to_end() -> threading.Event:
    """Set once somebody asks this process to end.

    By a thread of its own: the signal may come while the main thread holds the event's lock, and would wait for itself.
    """
    stop = threading.Event()
    for each in heeded():
        signal.signal(each, lambda *_: threading.Thread(target=stop.set).start())
    return stop
