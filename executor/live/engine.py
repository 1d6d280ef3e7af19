"""The engine on a real venue: it waits for nothing. What it sends passes the courier's gate, which opens when the journal is durable."""

from collections.abc import Iterable

from executor.engine import Engine
from executor.records.orders import Cancel, Ended, Submit


class LiveEngine(Engine):
    """One account's trading loop at a real venue."""

    is_ending = False

    def _durable(self) -> None:
        """The gate waits, so that a slow disk holds back orders and not the loop."""

    def _act(self, actions: Iterable[Submit | Cancel]) -> None:
        """What the router wants; an end lets no order out any more."""
        super()._act(action for action in actions if not (self.is_ending and isinstance(action, Submit)))

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
