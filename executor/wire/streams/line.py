"""One connection: where it goes, with how much patience, and whom it belongs to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from executor.wire.streams.shapes import Rebuild

S_contra = TypeVar("S_contra", contravariant=True)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long for what, in seconds.

    `silence_s` is by topic how long it may be silent; topics not named may be silent for ever. A ping goes out every `ping_s`
    without news, whose answer may take half as long. `life_s` is when a connection is renewed, before the venue cuts it at 24 h.
    `most_wait_s` is the longest between two attempts: under five seconds, so that a venue that is back is heard within them, and
    long enough that three connections stay below the 300 attempts in five minutes that Binance allows an address.
    """

    silence_s: Mapping[str, float] = {}
    connect_s: float = 3.0
    ping_s: float = 2.0
    life_s: float = 23.5 * 3600
    most_wait_s: float = 4.0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One connection. `address` is asked before each attempt (it may hold a key, and is written nowhere); `greetings` are sent
    first. It flows with the first message that is no answer, or once it is made where `flows_open`."""

    name: str
    address: Callable[[], Awaitable[str]]
    greetings: Sequence[str] = ()
    patience: Patience = Patience()
    flows_open: bool = False


class Owner(Protocol[S_contra]):
    """Who a connection belongs to. All calls come from one task, in the order of things, and must return soon."""

    def take(self, news: S_contra, ts_us: int) -> str:
        """Take one message; gives its topic. Raises `Ended` where the connection is to be made anew."""
        ...

    def down(self, name: str, reason: str) -> None:
        """It flows no more."""
        ...

    def up(self, rebuild: Rebuild) -> None:
        """It flows; told before the first message is."""
        ...
