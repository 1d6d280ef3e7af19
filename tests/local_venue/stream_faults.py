"""Scripted faults of streams: which stream, the how-manieth message, and what is done to it."""

from fnmatch import fnmatchcase
from typing import Literal

import msgspec

StreamAction = Literal["drop", "garbage", "half", "torn", "close", "reset", "duplicate", "reorder", "delay", "shift"]


class StreamFault(msgspec.Struct, kw_only=True):
    """One fault of messages whose stream name fits the pattern `stream` (`*@bookTicker`; the user stream is called `user`), and
    whose text contains `contains` (`"x":"TRADE"`).

    `drop` sends nothing (with `times` null: silence without a close; once: a gap), `garbage` sends `text` instead, `half` half of
    the message in a whole frame, `torn` half a frame and then a reset, `close` closes with `code`, `duplicate` sends twice,
    `reorder` sends it after the next, `delay` after `ms`, `shift` with its times moved by `ms`.
    """

    stream: str
    action: StreamAction
    contains: str = ""
    nth: int = 1
    times: int | None = 1
    ms: int = 0
    text: str = '{"e":"bookTi'
    code: int = 1001
    matched: int = 0
    fired: int = 0


class StreamFaults:
    """The script for streams; the first fault that fires wins."""

    def __init__(self) -> None:
        self.script: list[StreamFault] = []
        self.fired: list[tuple[StreamFault, str]] = []

    def add(self, fault: StreamFault) -> StreamFault:
        """Put one more fault at the end."""
        self.script.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        self.script.clear()

    def take(self, name: str, payload: bytes) -> StreamFault | None:
        """The fault that this message meets, if any."""
        for fault in self.script:
            if not fnmatchcase(name, fault.stream) or fault.contains.encode() not in payload:
                continue
            fault.matched += 1
            if fault.matched < fault.nth or (fault.times is not None and fault.fired >= fault.times):
                continue
            fault.fired += 1
            self.fired.append((fault, name))
            return fault
        return None


def shifted(payload: bytes, ms: int) -> bytes:
    """A message with its event and transaction time moved."""
    message = msgspec.json.decode(payload)
    for place in (message, message.get("o"), message.get("a")):
        if isinstance(place, dict):
            place.update({name: place[name] + ms for name in ("E", "T") if isinstance(place.get(name), int)})
    return msgspec.json.encode(message)
