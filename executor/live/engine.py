"""The engine on a real venue: it waits for nothing. What it sends passes the courier's gate, which opens when the journal is durable."""

from collections.abc import Callable, Iterable, Mapping

from executor.engine import Engine
from executor.live.recording import Recording
from executor.parts import Parts, Progress
from executor.records.market import Instrument
from executor.records.orders import Cancel, Ended, Fault, Fill, OrderRecord, Reject, Submit
from executor.records.trading import Intent

AGAIN_US = 30_000_000
"""Between two tries to leave a symbol that the venue does not trade."""


class LiveEngine(Engine):
    """One account's trading loop at a real venue. `on_fill` hears of every fill journaled while a start is not over, else null;
    `on_reject` of every refusal; `recording` of everything."""

    on_fill: Callable[[Fill], None] | None = None
    on_reject: Callable[[Reject], None] | None = None
    recording = Recording(None)
    is_ending = False

    def __init__(self, parts: Parts, progress: Progress) -> None:
        super().__init__(parts, progress)
        self._left: set[str] = set()
        self._tried_us: dict[str, int] = {}

    def decide(self, intent: Intent) -> None:
        """Decide, but on what is held outside the universe: there are no prices and no rules of it, and a fault says so once. An exit where
        the venue does not trade is tried every `AGAIN_US`: it may be taken, and asking every loop would only be refused every loop."""
        if intent.symbol in self.progress.watches:
            if self._may_try(intent):
                super().decide(intent)
        elif intent.symbol not in self._left:
            self._left.add(intent.symbol)
            detail = f"{intent.symbol} is held and not in venue.symbols, no order of it can be made; leave it by hand or add it there"
            self._write(Fault(intent.ts_us, where="live.decide", detail=detail))

    def _may_try(self, intent: Intent) -> bool:
        if intent.purpose != "exit" or self.instruments[intent.symbol].is_trading:
            return True
        if intent.ts_us - self._tried_us.get(intent.symbol, -AGAIN_US) < AGAIN_US:
            return False
        self._tried_us[intent.symbol] = intent.ts_us
        return True

    def _durable(self) -> None:
        """The gate waits, so that a slow disk holds back orders and not the loop."""

    def _write(self, record: OrderRecord) -> None:
        super()._write(record)
        self.recording.wrote(record)
        if self.on_fill is not None and isinstance(record, Fill):
            self.on_fill(record)
        if self.on_reject is not None and isinstance(record, Reject):
            self.on_reject(record)

    def learned(self, changed: Mapping[str, Instrument], reason: str, now_us: int) -> None:
        """The venue has new rules, by an answer of this moment."""
        self.progress.now_us = max(now_us, self.progress.now_us)
        self.learn(changed, reason)

    def _act(self, actions: Iterable[Submit | Cancel]) -> None:
        """What the router wants; an end lets no order out any more."""
        super()._act(action for action in actions if not (self.is_ending and isinstance(action, Submit)))

    def loop(self, lag_us: int = 0) -> None:
        """One pass."""
        super().loop(lag_us)
        self.recording.looped(self.progress.now_us)

    @property
    def worked(self) -> frozenset[str]:
        """The newest order of every intent in work, and every conditional order, by client id."""
        waiting = (name for name, order in self.progress.book.live.items() if order.trigger is not None)
        return frozenset((*(work.attempts[-1].client_id for work in self.parts.router.state().works if work.attempts), *waiting))

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
