"""Whatever this process logs or prints passes a censor: log records, uncaught errors, warnings, both output streams."""

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from traceback import TracebackException
from types import TracebackType
from typing import Any, TextIO

from executor.wire.redaction import Censor

CHATTY = "ccxt"
"""Logs requests with their key and signature at DEBUG: it stays at INFO."""


def install(censor: Censor) -> None:
    """From here to the end of the process no secret of the censor leaves by a logger, a hook of the interpreter, or `sys.stdout` and
    `sys.stderr`. The first thing that a command line does: what uncaught errors say is printed last of all.

    Records are censored where they are made, traces included, and are one line each; so handlers and loggers added later are covered as
    well. An asyncio loop tells of
    forgotten errors by its logger.
    """
    _install(censor, contextlib.ExitStack())


@contextlib.contextmanager
def censored(censor: Censor) -> Iterator[None]:
    """The same for a while, as a test wants it. What is raised out of it is told by the hooks of before."""
    with contextlib.ExitStack() as undo:
        _install(censor, undo)
        yield


def _install(censor: Censor, undo: contextlib.ExitStack) -> None:
    make = logging.getLogRecordFactory()
    undo.callback(logging.setLogRecordFactory, make)
    logging.setLogRecordFactory(_factory(make, censor))
    _pin(logging.getLogger(CHATTY), undo)
    logging.captureWarnings(True)
    undo.callback(logging.captureWarnings, False)
    for owner, name, hook in _hooks(censor):
        undo.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, hook)
    for name in ("stdout", "stderr"):
        undo.callback(setattr, sys, name, getattr(sys, name))
        setattr(sys, name, CensoredStream(getattr(sys, name), censor))


class CensoredStream:
    """A stream of text that hands on what is left after its censor; each write is judged on its own. There is no way around it
    to the bytes beneath."""

    def __init__(self, stream: TextIO, censor: Censor) -> None:
        self._stream, self._censor = stream, censor
        self.encoding, self.errors = stream.encoding, stream.errors

    def write(self, text: str) -> int:
        """Write what may be shown; answers for the whole text."""
        self._stream.write(self._censor.text(text))
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        """Write several texts."""
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Hand on what waits."""
        self._stream.flush()

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks on."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor beneath, for whoever asks what it is."""
        return self._stream.fileno()


def lines_of(error: BaseException, censor: Censor) -> list[str]:
    """A traceback with its causes that shows no secret: one line a frame, one an error."""
    return [censor.line(piece.rstrip("\n")) for piece in TracebackException.from_exception(error).format()]


def _factory(make: Callable[..., logging.LogRecord], censor: Censor) -> Callable[..., logging.LogRecord]:
    def record(*arguments: Any, **named: Any) -> logging.LogRecord:
        made = make(*arguments, **named)
        error = made.exc_info[1] if made.exc_info else None
        told = [censor.line(_message(made)), *(lines_of(error, censor) if error is not None else ())]
        if made.stack_info:
            told.append(censor.line(made.stack_info))
        made.msg, made.args, made.exc_info, made.stack_info = " | ".join(told), None, None, None
        return made

    return record


def _message(record: logging.LogRecord) -> str:
    """The message with its arguments; without them where they do not fit or cannot be shown: a log line is not worth a fall."""
    try:
        return record.getMessage()
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError):
        return f"{record.msg!r} (its arguments cannot be shown)"


def _pin(logger: logging.Logger, undo: contextlib.ExitStack) -> None:
    """Keep a logger and those below it that exist at INFO or above."""
    below = [one for name, one in logging.root.manager.loggerDict.items() if name.startswith(f"{logger.name}.")]
    for one in (logger, *below):
        if isinstance(one, logging.Logger) and (one is logger or one.level != logging.NOTSET):
            undo.callback(one.setLevel, one.level)
            one.setLevel(max(one.level, logging.INFO))


def _hooks(censor: Censor) -> list[tuple[Any, str, Callable[..., None]]]:
    def tell(error: BaseException, where: str) -> None:
        told = [f"error{where}: {censor.error(error)}", *lines_of(error, censor)]
        sys.stderr.write("\n".join(told) + "\n")
        sys.stderr.flush()

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            tell(error, "")

    def in_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None and not isinstance(caught.exc_value, SystemExit):
            tell(caught.exc_value, f" in thread {getattr(caught.thread, 'name', '?')}")

    def ignored(caught: "sys.UnraisableHookArgs") -> None:
        if caught.exc_value is not None:
            tell(caught.exc_value, " that nobody could catch")

    return [(sys, "excepthook", uncaught), (threading, "excepthook", in_thread), (sys, "unraisablehook", ignored)]
