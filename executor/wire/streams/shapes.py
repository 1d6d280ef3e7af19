"""What a venue's streams say, whatever the venue: what a dialect reads a raw message into, and what a rebuilt connection tells."""

import msgspec

from executor.errors import HedgeError
from executor.records.base import Side


class Ended(HedgeError):
    """A connection is of no use any more; its text says why, and is fit to be journaled (no address, no key)."""


class BadFrame(Ended):
    """A message that no version of the venue's documents explains: garbage, half a message, a field of a wrong type."""


class Book(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask of a symbol. `update_id` grows with each change of its book; times are the venue's, milliseconds."""

    symbol: str
    update_id: int
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float
    exchange_ms: int


class Print(msgspec.Struct, frozen=True, gc=False):
    """A trade between others. `trade_id` grows by one with each; `is_market` is false where no order book made it (insurance fund)."""

    symbol: str
    trade_id: int
    price: float
    qty: float
    side: Side
    exchange_ms: int
    is_market: bool = True


class Marking(msgspec.Struct, frozen=True, gc=False):
    """Mark and index price, and the funding rate due at `next_funding_ms`."""

    symbol: str
    mark: float
    index: float
    funding_rate: float
    next_funding_ms: int
    exchange_ms: int


class Answer(msgspec.Struct, frozen=True):
    """The venue's answer to a subscription; `refusal` is empty where it was taken."""

    refusal: str = ""


class Passed(msgspec.Struct, frozen=True):
    """A whole message of a kind that nobody here needs, or that is not known."""

    kind: str


News = Book | Print | Marking


class Rebuild(msgspec.Struct, frozen=True, kw_only=True):
    """A connection flows (again): nothing of it was heard between `from_us` and `until_us` (executor's clock, microseconds).

    `is_first` is the first time that it flows at all; `attempts` is how often it was connected for this.
    """

    name: str
    reason: str
    from_us: int
    until_us: int
    attempts: int
    is_first: bool


class Counts(msgspec.Struct):
    """What one connection went through. `rebuilds` counts connections that ended after they had been made, planned ones too."""

    messages: int = 0
    passed: int = 0
    bad_frames: int = 0
    refusals: int = 0
    rebuilds: int = 0
    failed_connects: int = 0
    reasons: dict[str, int] = {}
    kinds: dict[str, int] = {}


MOST_NAMES = 32


def count(names: dict[str, int], name: str) -> None:
    """Count one more of a name; beyond `MOST_NAMES` of them, all others are one."""
    known = name if name in names or len(names) < MOST_NAMES else "other"
    names[known] = names.get(known, 0) + 1
