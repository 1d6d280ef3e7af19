"""What a venue must be able to do: four verbs, and to be shown the market.

Sending returns at once. What became of an order arrives as reports, in the venue's own time, so that
the engine never waits and a simulated venue and a real one look the same from inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from executor.records.account import Account
from executor.records.market import Instrument, MarketEvent
from executor.records.orders import Report, Submit
from executor.settings import Settings


class Exchange(Protocol):
    """A venue.

    `submit` sends one order, once; its acceptance, refusal, or the fact that neither is proved comes
    back through `reports`. `cancel` asks for a cancel the same way. `account` is the venue's books as
    last known, with `nav_ts_us` saying when that was. `observe` shows the venue a market event before
    anything is decided on it; a real venue, which has its own market, ignores it.
    """

    def submit(self, order: Submit) -> None:
        """Send one order (already journaled)."""
        ...

    def cancel(self, client_id: str, symbol: str, now_us: int) -> None:
        """Ask the venue to cancel an order."""
        ...

    def reports(self) -> Sequence[Report]:
        """What happened since the last call, oldest first, each once."""
        ...

    def account(self, now_us: int) -> Account:
        """Wallet, positions and open orders as the venue last showed them."""
        ...

    def observe(self, event: MarketEvent) -> None:
        """Be shown one market event, in time order."""
        ...

    def state(self) -> Any:
        """What must survive a restart, as plain values (msgspec can encode it). A real venue has nothing."""
        ...

    def restore(self, state: Any) -> None:
        """Take back what `state` gave, after a round through JSON."""
        ...


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange is built from."""

    settings: Settings
    instruments: Mapping[str, Instrument]
