"""What a dialect must be able to do: ask a venue once, and give back what was proved, in the protocol's words.

A verb on an order (`send`, `cancel`) makes exactly one request and never raises for what the venue or the network did: it gives a
verdict. A reading raises `Unanswered` where there was no usable answer; it may be asked again, since it changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from executor.protocol.facts import (
    Accepted,
    IncomeFact,
    KeyFact,
    Margin,
    ModeFact,
    MoneyFact,
    OrderFact,
    PositionFact,
    Refused,
    Sighting,
    TradeFact,
    Unsure,
)
from executor.records.market import Instrument, Quote
from executor.records.orders import Submit
from executor.wire.streams.user import UserOwner, UserStream
from executor.wire.waiting import Gate


class Dialect(Protocol):
    """One account at one venue. `lacks` says in words what this venue cannot do of the protocol, for documents and `doctor`; `keeps_stops`
    whether it takes conditional orders (`Submit.trigger`) that are found again by our ids.

    Symbols are ours (`BTCUSDT`), client ids what `Submit.client_id` says. Every method but `open` and `close` is one request, or one
    a page where the venue pages.
    """

    name: str
    lacks: Sequence[str]
    keeps_stops: bool

    async def open(self) -> Mapping[str, Instrument]:
        """Connect and learn the venue's rules, as `rules` does; raises `Unanswered`."""
        ...

    async def rules(self) -> Mapping[str, Instrument]:
        """Read the rules of every perpetual anew, those that are not in trading now included, and go by them from here on; what the venue
        names no more stays as it was, out of trading. Raises `Unanswered`, and then nothing has changed."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...

    async def send(self, order: Submit, gate: Gate | None = None) -> Accepted | Refused | Unsure:
        """Send one order, once; nothing of it leaves before the `gate` returns, and nothing ever where that raises (which may be
        raised here, or be `Refused` as `unreached`)."""
        ...

    async def cancel(self, client_id: str, symbol: str) -> Accepted | Refused | Unsure:
        """Ask for a cancel once. `Accepted` carries the order as it ended; `Refused` says that there is nothing left to cancel."""
        ...

    async def server_us(self) -> int:
        """The venue's clock now, microseconds UTC."""
        ...

    def server_now_us(self) -> int:
        """The venue's clock now by what was last measured, with no request (microseconds UTC)."""
        ...

    def clock_doubt(self, limit_ms: float) -> str:
        """Why the clocks may differ by more than `limit_ms`, or are not to be trusted; empty where all is well."""
        ...

    async def quotes(self, symbols: Collection[str]) -> Sequence[Quote]:
        """The best prices of these symbols now, dated by our clock (`source` is `poll`); raises `Unanswered`."""
        ...

    def remember(self, client_ids: Collection[str]) -> None:
        """Know these ids of ours again when the venue tells its own forms of them: after a restart, before anything is read."""
        ...

    def private_stream(self, owner: UserOwner, now_us: Callable[[], int]) -> UserStream | None:
        """The account's private stream, told to `owner`; null where it is not spoken here, and everything must be asked for."""
        ...

    async def order(self, client_id: str, symbol: str) -> Sighting:
        """One order by our id, conditional ones included."""
        ...

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every order of the account that is open, foreign and conditional ones included."""
        ...

    async def orders_since(self, symbol: str, since_us: int) -> Sequence[OrderFact]:
        """Every order of a symbol placed since, ended ones included, oldest first; at least from a minute before (clocks differ)."""
        ...

    async def trades_since(self, symbol: str, since_us: int) -> Sequence[TradeFact]:
        """Every trade of the account in a symbol since, oldest first, across as many pages and windows as that takes."""
        ...

    async def positions(self) -> Sequence[PositionFact]:
        """Every position that is not 0, with leverage and margin where the venue tells them in any one answer."""
        ...

    async def money(self) -> MoneyFact:
        """Wallet and margin."""
        ...

    async def income_since(self, since_us: int) -> Sequence[IncomeFact]:
        """Funding and transfers since, oldest first."""
        ...

    async def mode(self) -> ModeFact:
        """How the account trades."""
        ...

    async def key(self) -> KeyFact | None:
        """What the key may do; null where the venue has no such answer (demo)."""
        ...

    async def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set a symbol's leverage; being so already is well. Raises `Unanswered` or `SettingsError` where it is refused."""
        ...

    async def set_margin(self, symbol: str, margin: Margin) -> None:
        """Set a symbol's margin; being so already is well. Raises as `set_leverage`."""
        ...

    async def leverages(self, symbols: Collection[str]) -> Mapping[str, tuple[int, Margin]]:
        """Leverage and margin in force by symbol, for those the venue tells of."""
        ...

    async def arm(self, symbols: Collection[str], within_ms: int) -> bool:
        """Have the venue cancel our resting orders of these symbols unless this is asked again within so long; 0 disarms.
        False where the venue cannot."""
        ...

    def quantised(self, symbol: str, qty: Decimal) -> Decimal:
        """A quantity cut down to the venue's step, exactly, never up."""
        ...
