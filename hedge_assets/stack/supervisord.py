"""Supervisor's own process as `hedge up` runs it: a log that cannot be written costs the log, never the programs.

Left to itself, supervisor ends on a full disk: the error of a log is told on a stream that is full as well.
"""

import contextlib
from typing import Any

from supervisor import loggers, supervisord

written = loggers.RotatingFileHandler.emit


def emit(handler: Any, record: object) -> None:
    """Write one record if the disk takes it, to a new file where the one before could not be finished."""
    with contextlib.suppress(OSError, ValueError):
        if handler.stream.closed:
            handler.closed = True  # it half thinks so
            handler.reopen()
        written(handler, record)


def tell_nobody(_: object) -> None:
    """What supervisor does with the error of a log."""


def main() -> None:
    """Be supervisor, with the arguments of this process."""
    loggers.Handler.handleError = tell_nobody
    loggers.RotatingFileHandler.emit = emit
    supervisord.main()


if __name__ == "__main__":
    main()
