"""Partial sums by key over the last hours, the last days and for ever: what a window has in it costs the same on day 1 and day 365.

    items ──▶ filling[key] ──the hour is over──▶ hours[h][key] (the newest 24), days[d][key] (the newest 32, UTC), total[key]

Nothing is ever taken away from a sum: a window is put together from whole hours (up to a day) or whole days. An item
belongs to the hour it came in; time that goes backwards stays in the newest hour. Sealing depends on the items alone, so
taking them in one go or in any number of goes leaves the same sums.

What is sealed changes once an hour and is by far the larger part: it can be kept packed, as bytes that nobody decodes until an
hour is over or somebody asks. Packed or not, it is the same sums.
"""

import functools
from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import zstandard

HOUR_US = 3_600_000_000
DAY_HOURS = 24
HOURS_KEPT = 25
DAYS_KEPT = 32
PACKER, UNPACKER = zstandard.ZstdCompressor(level=1), zstandard.ZstdDecompressor()


class Tally(Protocol):
    """A sum that another of its kind can be added to, exactly as if its items had been added after ours."""

    def plus(self, other: Any) -> None:
        """All of another's items, after our own."""
        ...


T = TypeVar("T", bound=Tally)


class Sealed(msgspec.Struct, Generic[T]):
    """Sums of whole hours and days (both since 1970), and of all hours there were."""

    hours: dict[int, dict[str, T]] = {}
    days: dict[int, dict[str, T]] = {}
    total: dict[str, T] = {}


class Rolling(msgspec.Struct, Generic[T], eq=False):
    """Sums by key. `hour` (since 1970) is the one being filled, `filling` its sums; what is over is `opened`, or `packed` bytes of it."""

    hour: int = 0
    filling: dict[str, T] = {}
    opened: Sealed[T] | None = None
    packed: bytes = b""

    def at(self, ts_us: int, key: str, kind: type[T]) -> T:
        """The sum that an item of this moment goes into, made where there is none yet."""
        hour = ts_us // HOUR_US
        if hour > self.hour:
            self._turn(hour, kind)
        tally = self.filling.get(key)
        if tally is None:
            tally = self.filling[key] = kind()
        return tally

    def since(self, since_us: int | None, kind: type[T]) -> dict[str, T]:
        """Fresh sums by key of everything since a moment at which an hour (within the last 25) or a day (within 32) began;
        null for everything there ever was."""
        found: dict[str, T] = {}
        over = self.sealed(kind)
        if since_us is None:
            merge(found, (over.total, self.filling), kind)
            return found
        first = since_us // HOUR_US
        if first > self.hour - HOURS_KEPT:
            merge(found, (over.hours[hour] for hour in sorted(over.hours) if hour >= first), kind)
        else:
            merge(found, (over.days[day] for day in sorted(over.days) if day >= first // DAY_HOURS), kind)
        if self.hour >= first:
            merge(found, (self.filling,), kind)
        return found

    def sealed(self, kind: type[T]) -> Sealed[T]:
        """All hours that are over, not to be changed; opened for good where they were packed."""
        if self.opened is None and self.packed:
            self.opened, self.packed = decoder_of(kind).decode(UNPACKER.decompress(self.packed)), b""
        return self.opened or Sealed()

    def __eq__(self, other: object) -> bool:
        """The same sums, whether or not some of them are packed."""
        if not isinstance(other, Rolling):
            return NotImplemented
        return (self.hour, self.filling, self._over()) == (other.hour, other.filling, other._over())

    __hash__ = None  # type: ignore[assignment]

    def _over(self) -> bytes:
        return (UNPACKER.decompress(self.packed) if self.packed else b"") if self.opened is None else msgspec.msgpack.encode(self.opened)

    def pack(self) -> None:
        """Keep what is sealed as bytes, until somebody wants it."""
        if self.opened is not None:
            self.opened, self.packed = None, PACKER.compress(msgspec.msgpack.encode(self.opened))

    def _turn(self, hour: int, kind: type[T]) -> None:
        """Seal the hour that is over into its day and the total, and forget what is too old."""
        over = self.opened = self.sealed(kind)
        if self.filling:
            merge(over.days.setdefault(self.hour // DAY_HOURS, {}), (self.filling,), kind)
            merge(over.total, (self.filling,), kind)
            over.hours[self.hour] = self.filling
            self.filling = {}
        self.hour = hour
        for old in [each for each in over.hours if each <= hour - HOURS_KEPT]:
            del over.hours[old]
        for old in [each for each in over.days if each <= hour // DAY_HOURS - DAYS_KEPT]:
            del over.days[old]


@functools.cache
def decoder_of(kind: type[Any]) -> msgspec.msgpack.Decoder[Any]:
    """What reads packed sums of one kind."""
    return msgspec.msgpack.Decoder(Sealed[kind])  # type: ignore[valid-type]


def merge(into: dict[str, T], others: Iterable[dict[str, T]], kind: type[T]) -> None:
    """Add sums to sums by key, in order; none of the others is changed or kept."""
    for sums in others:
        for key, tally in sums.items():
            mine = into.get(key)
            if mine is None:
                mine = into[key] = kind()
            mine.plus(tally)
