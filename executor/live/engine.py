"""The engine on a real venue: it waits for nothing. What it sends passes the courier's gate, which opens when the journal is durable."""

from collections.abc import Callable, Iterable

from executor.engine import Engine
from executor.parts import Parts, Progress
from executor.records.orders import Cancel, Ended, Fault, Fill, OrderRecord, Submit
from executor.records.trading import Intent


class LiveEngine(Engine):
    """One account's trading loop at a real venue. `on_fill` hears of every fill journaled while a start is not over, else null."""

    on_fill: Callable[[Fill], None] | None = None
    is_ending = False

    def __init__(self, parts: Parts, progress: Progress) -> None:
        super().__init__(parts, progress)
        self._left: set[str] = set()

    def decide(self, intent: Intent) -> None:
        """Decide, but on what is held outside the universe: there are no prices and no rules of it, and a fault says so once."""
        if intent.symbol in self.progress.watches:
            super().decide(intent)
        elif intent.symbol not in self._left:
            self._left.add(intent.symbol)
            detail = f"{intent.symbol} is held and not in venue.symbols, no order of it can be made; leave it by hand or add it there"
            self._write(Fault(intent.ts_us, where="live.decide", detail=detail))

    def _durable(self) -> None:
        """The gate waits, so that a slow disk holds back orders and not the loop."""

    def _write(self, record: OrderRecord) -> None:
        super()._write(record)
        if self.on_fill is not None and isinstance(record, Fill):
            self.on_fill(record)

    def _act(self, actions: Iterable[Submit | Cancel]) -> None:
        """What the router wants; an end lets no order out any more."""
        super()._act(action for action in actions if not (self.is_ending and isinstance(action, Submit)))

    @property
    def worked(self) -> frozenset[str]:
        """The newest order of every intent in work, by client id."""
        return frozenset(work.attempts[-1].client_id for work in self.parts.router.state().works if work.attempts)

    def say(self, record: Ended) -> None:
        """Journal what became of an intent that another process began."""
        self._write(record)

    def wind_up(self, reason: str) -> None:
        """Send no order from here on, and ask back the entries that are worked."""
        self.is_ending = True
        self._act(self.parts.router.recall_entries(reason, self.progress.now_us))
        self._send()

    def last(self) -> None:
        """End the journals with an account and a heartbeat; asks nobody for anything."""
        self._close_loop(self.parts.exchange.account(self.progress.now_us), 0)
