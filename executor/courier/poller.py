"""Asks about our orders and trades where no private stream tells of them."""

import asyncio

from executor.courier.inquirer import BEFORE_US, Inquirer
from executor.courier.listener import Listener
from executor.courier.news import Inbox, Seen
from executor.dialects.base import Dialect
from executor.protocol.facts import Absent
from executor.protocol.ledger import Ledger
from executor.wire.reply import Unanswered


class Poller:
    """Questions about live orders, so often. The listener is told whether they are answered."""

    def __init__(self, dialect: Dialect, inquirer: Inquirer, *, inbox: Inbox, ledger: Ledger, listener: Listener) -> None:
        self._dialect, self._inquirer = dialect, inquirer
        self._inbox, self._ledger = inbox, ledger
        self._listener = listener

    async def run(self, every_s: float) -> None:
        """Ask every so often until cancelled; nothing where no order is out."""
        self._listener.polled()
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.ask()
            except Unanswered as error:
                self._listener.lost(str(error))
            else:
                self._listener.polled()

    async def ask(self) -> None:
        """How every open order stands, and the trades of its symbol; raises Unanswered."""
        orders = [track for track in self._ledger.live.values() if track.phase == "open"]
        for track in orders:
            seen = await self._dialect.order(track.client_id, track.symbol)
            if not isinstance(seen, Absent):
                self._inbox.put(Seen(seen, "order's answer"))
        for symbol in dict.fromkeys(track.symbol for track in orders):
            since_us = min(track.placed_us for track in orders if track.symbol == symbol)
            await self._inquirer.trades(symbol, since_us - BEFORE_US)
