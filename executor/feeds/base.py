"""What a feed must be able to do: name its universe, and give events in time order.

`ts_us` of the events is the executor's clock. A feed's events may depend on settings, seed and start
time only, so that going through them again gives the same ones: that is what a restart relies on.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from executor.records.market import Instrument, MarketEvent
from executor.settings import Settings

if TYPE_CHECKING:
    from executor.wire.door import Opener


class Feed(Protocol):
    """A market.

    `time` is `wall` when events happen now (the runner waits for each batch's time) and `feed` when
    they are history. `loop_s` is how often news comes, for feeds slower than the loop; `bar_s` the bar length
    that suits it, in seconds. `notes` is what
    a reader of the journal should know (files, counts, clock offset).
    """

    time: Literal["wall", "feed"]
    loop_s: float
    bar_s: float

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The universe, by symbol."""
        ...

    @property
    def notes(self) -> Mapping[str, Any]:
        """What this feed is, for the boot record."""
        ...

    def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """Events in time order, from where the feed stands, in small batches (of at most 50 ms of their time, or one instant)."""
        ...

    def state(self) -> Any:
        """Where the feed stands after the last batch it gave, as plain values msgspec can encode."""
        ...

    def restore(self, state: Any) -> None:
        """Stand where `state` was taken, after a round through JSON."""
        ...

    def skip_to(self, now_us: int) -> None:
        """Let time pass unseen up to `now_us` (a restart of a wall-clock feed); the next batch opens with a `Gap`."""
        ...


class FeedWiring(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed is built from: settings, the part of its name after the colon, and the time it starts at. `opener` makes its
    connections, where it has some and they are not the usual ones."""

    settings: Settings
    path: str
    start_us: int
    opener: "Opener | None" = None


def is_replayable(feed: Feed) -> bool:
    """Whether going through a feed again gives the same events; a live market says `is_replayable = False`."""
    return bool(getattr(feed, "is_replayable", True))
