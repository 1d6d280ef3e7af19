"""What one request came to: a whole answer, or how it failed. Nothing here says what that means for an order."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from executor.errors import HedgeError

Failure = Literal["refused", "timeout", "reset", "cut", "garbled", "oversize"]
"""`refused`: no connection was made, so nothing left. All others may have reached the venue."""

EXCERPT = 200
UNREADABLE = (ValueError, ArithmeticError, RecursionError)
"""What decoding a body ends in where it does not end in a shape: msgspec's own errors and bad UTF-8 are `ValueError`s."""


class Unanswered(HedgeError):
    """A reading got no usable answer; it may be asked again."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, signed and ready. `url` is percent-encoded."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer to one request, or its failure; `status` is 0 where none came. `elapsed_us` is by the monotonic clock."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    failure: Failure | None = None
    elapsed_us: int = 0

    def words(self) -> str:
        """What came, in a few words without any address or secret: for reasons and messages."""
        if self.failure is not None:
            return FAILURES[self.failure]
        return f"HTTP {self.status}, {excerpt(self.body)}"


FAILURES: Mapping[Failure, str] = {
    "refused": "no connection to the venue could be made, nothing was sent",
    "timeout": "no answer within the time allowed",
    "reset": "the connection broke before an answer",
    "cut": "the answer was cut off",
    "garbled": "the answer was not HTTP",
    "oversize": "the answer was larger than is read",
}


def excerpt(body: bytes) -> str:
    """The beginning of a body as one printable line."""
    text = " ".join(body[: 4 * EXCERPT].decode("utf-8", "replace").split())
    shown = "".join(each if each.isprintable() else "?" for each in text)[:EXCERPT]
    return repr(shown) if shown else "an empty body"
