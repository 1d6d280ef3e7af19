"""What a run stands in: its clocks, how its connections are made, and what it knows already. The real one, or a recording's."""

import msgspec

from executor.clock import Clock, Steady, SteadyClock, WallClock
from executor.dialects._chosen import spoken
from executor.dialects.base import Dialect
from executor.errors import SettingsError
from executor.life import Order
from executor.live.recollection import Recollection
from executor.permission import Permit
from executor.wire.access import Access
from executor.wire.client import Client
from executor.wire.door import Opener


class World(msgspec.Struct, frozen=True, kw_only=True):
    """`clock` never goes back, `wall` is the machine's; `opener` makes connections. `known` is what the executor knows at the beginning,
    null where that is to be read from its own journals."""

    clock: Steady = msgspec.field(default_factory=SteadyClock)
    wall: Clock = msgspec.field(default_factory=WallClock)
    opener: Opener = Client
    known: Recollection | None = None


def dialect_of(order: Order, permit: Permit, *, opener: Opener, clock: Clock) -> Dialect:
    """What speaks to the permitted venue; refuses paper, and a permit without a key."""
    if permit.key is None or permit.mode == "paper":
        raise SettingsError(f"mode was {permit.mode!r} on {order.settings.exchange}, a venue needs a key and mode 'demo' or 'live'")
    venue = order.settings.venue
    return spoken(Access(venue=permit.dialect, mode=permit.mode, settings=venue, key=permit.key, clock=clock, opener=opener))
