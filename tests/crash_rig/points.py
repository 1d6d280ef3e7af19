"""Named points at which the process is killed: before or after a step of the protocol, the so-manieth time it is reached."""

import functools
import importlib
import inspect
import os
import signal
from typing import Any

POINTS = (
    "executor.live.run:recollected",
    "executor.journal.writer:opened",
    "executor.live.run:LiveRun._assemble",
    "executor.live.run:as_configured",
    "executor.live.readiness:Readiness.compared",
    "executor.live.readiness:Readiness.called_back",
    "executor.live.readiness:Readiness.ended",
    "executor.checkpoint:save",
    "executor.desk:Desk.decide",
    "executor.desk:Desk._act",
    "executor.desk:Desk._report",
    "executor.courier.courier:Courier.submit",
    "executor.courier.gate:Gate.begin",
    "executor.courier.sender:Sender._submit",
    "executor.courier.sender:Sender._cancel",
    "executor.courier.news:Inbox.put",
    "executor.courier.news:Inbox.reports",
    "executor.protocol.ledger:Ledger.take",
    "executor.courier.inquirer:Inquirer._ask_order",
    "executor.courier.inquirer:Inquirer._ask_all",
    "executor.courier.reconciler:Reconciler._read",
    "executor.courier.reconciler:Reconciler._explained",
    "executor.dialects.binanceusdm:BinanceUsdm.send",
    "executor.dialects.binanceusdm:BinanceUsdm._send_waiting",
    "executor.stops:due",
    "executor.live.recalling:protects",
    "executor.dialects._binance_line:Line._request",
    "executor.journal.express:Express.promise",
    "executor.journal.express:Express._landed",
    "executor.journal.pen:Pen.write",
    "executor.journal.pen:Pen.sync",
)
"""`module:name`, each meant twice: killed before it and after it."""

ONCE = POINTS[:7]
"""What one life comes by once."""


def armed(point: str, when: str, nth: int) -> None:
    """Wrap a point so that this process kills itself there."""
    module_name, _, path = point.partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, killing(getattr(owner, name), when, nth))


def killing(function: Any, when: str, nth: int) -> Any:
    """The function, deadly at its nth call."""
    calls = 0

    def struck() -> bool:
        nonlocal calls
        calls += 1
        return calls >= nth

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        is_last = struck()
        if is_last and when == "before":
            die()
        result = function(*args, **kwargs)
        if is_last:
            die()
        return result

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        is_last = struck()
        if is_last and when == "before":
            die()
        result = await function(*args, **kwargs)
        if is_last:
            die()
        return result

    return awaited if inspect.iscoroutinefunction(function) else plain


def die() -> None:
    """What `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
