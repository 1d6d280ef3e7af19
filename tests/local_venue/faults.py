"""Scripted faults: which request, the how-manieth, before or after it is accepted, and what happens instead of a good answer."""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal

import msgspec

from tests.local_venue.shapes import Seen

Action = Literal["hang", "cut", "reset", "body", "status", "headers", "late", "slow"]
Predicate = Callable[[Seen], bool]

UNKNOWN_503 = {"status": 503, "body": '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}'}
UNKNOWN_503_NO_CODE = {"status": 503, "body": '{"msg":"Unknown error, please check your request or try again later."}'}
UNAVAILABLE_503 = {"status": 503, "body": '{"code":-1016,"msg":"Service Unavailable."}'}
UNAVAILABLE_503_CODED = {"status": 503, "body": '{"code":-1001,"msg":"Service Unavailable."}'}  # which code comes with it is not documented
INTERNAL_503 = {"status": 503, "body": '{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}'}
OVERLOAD_503 = {
    "status": 503,
    "body": '{"code":-1008,"msg":"Request throttled by system-level protection. '
    'Reduce-only/close-position orders are exempt. Please try again."}',
}
UNEXPECTED_1006 = {
    "status": 400,
    "body": '{"code":-1006,"msg":"An unexpected response was received from the message bus. Execution status unknown."}',
}
TIMEOUT_408 = {
    "status": 408,
    "body": '{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}',
}
HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
BAD_GATEWAY_502 = {"status": 502, "body": HTML.format("502 Bad Gateway"), "content_type": "text/html"}
GATEWAY_TIMEOUT_504 = {"status": 504, "body": HTML.format("504 Gateway Time-out"), "content_type": "text/html"}
PROXY_503 = {"status": 503, "body": "Service Unavailable", "content_type": "text/plain"}
FORBIDDEN_403 = {"status": 403, "body": HTML.format("403 Forbidden"), "content_type": "text/html"}
TOO_MANY_429 = {
    "status": 429,
    "body": '{"code":-1003,"msg":"Too many requests; current limit is 2400 requests per minute. '
    'Please use the websocket for live updates to avoid polling the API."}',
    "headers": {"Retry-After": "7"},
}


class Fault(msgspec.Struct, kw_only=True):
    """One fault. It looks at requests of `method` (empty: any) whose path the regular expression `path` matches wholly, and that
    `where` agrees with (parameters that must be equal, or a predicate). It fires from the `nth` of them on, `times` times (null:
    for ever), each time with probability `chance`.

    A client may ask again by itself: aiohttp does, once, after a reset of anything but a POST.

    `phase` says whether the request is carried out first. Actions: `hang` never answers, `cut` sends half a body and drops the
    connection, `reset` resets it, `body` and `status` answer with what is given here (with the true body where none is), `headers`
    adds to the true answer, `slow` answers truly after `ms`, `late` carries the request out after `ms` and does `then` now.
    """

    action: Action
    method: str = ""
    path: str = ".*"
    where: Mapping[str, str] | Predicate | None = None
    phase: Literal["before", "after"] = "after"
    nth: int = 1
    times: int | None = 1
    chance: float = 1.0
    status: int | None = None
    body: str | bytes | None = None
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"
    ms: int = 0
    then: Literal["hang", "reset", "cut"] = "hang"
    matched: int = 0
    fired: int = 0

    def fits(self, seen: Seen) -> bool:
        """Whether this request is one it looks at."""
        if self.method and self.method != seen.method:
            return False
        if not re.fullmatch(self.path, seen.path):
            return False
        if self.where is None:
            return True
        if callable(self.where):
            return self.where(seen)
        return all(seen.params.get(name) == value for name, value in self.where.items())


class Faults:
    """The script: faults in the order they were added; the first that fires wins. `fired` remembers what was done to whom."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._script: list[Fault] = []
        self.fired: list[tuple[Fault, Seen]] = []

    def add(self, fault: Fault) -> Fault:
        """Put one more fault at the end of the script."""
        self._script.append(fault)
        return fault

    def order(self, action: Action, **more: Any) -> Fault:
        """Shorthand: add a fault of `POST /fapi/v1/order`."""
        return self.add(Fault(action=action, method="POST", path="/fapi/v1/order", **more))

    def clear(self) -> None:
        """No more faults."""
        self._script.clear()

    def take(self, seen: Seen) -> Fault | None:
        """The fault that this request meets, if any."""
        for fault in self._script:
            if not fault.fits(seen):
                continue
            fault.matched += 1
            if fault.matched < fault.nth or (fault.times is not None and fault.fired >= fault.times):
                continue
            if fault.chance < 1.0 and self._chance.random() >= fault.chance:
                continue
            fault.fired += 1
            self.fired.append((fault, seen))
            return fault
        return None
