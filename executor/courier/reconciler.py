"""Holds the venue's books against ours: at every start, every minute, after each reconnect. What differs is asked about, trades first;
a position that no trade explains is set to the venue's, said so, and stops new risk. No closing fill is ever invented."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from executor.clock import Clock
from executor.courier.books import Books
from executor.courier.flows import Flows
from executor.courier.inquirer import BEFORE_US, Inquirer
from executor.courier.lasting import Lasting
from executor.courier.news import Back, Differs, Failed, Inbox, Seen
from executor.dialects.base import Dialect
from executor.protocol.comparing import Snapshot, compared
from executor.protocol.facts import Absent, AccountFact, IncomeFact, MoneyFact, PositionFact
from executor.protocol.ledger import Ledger
from executor.routing.orders import PREFIX
from executor.settings import Venue
from executor.wire.passing import monotonic_s
from executor.wire.reply import Unanswered

APART_S = 1.0
"""Between two looks at a position that differs: a trade may be under way to us."""

TRIES = 3

LOOKS = 3
"""So many looks in a row at one and the same thing: it is no answer that was on its way. A position must differ so for the settling time
besides."""

LATE_US = 3_600_000_000
"""Rows of the venue's ledger may appear so long after their time; each counts once by its id."""


class Hands(msgspec.Struct, frozen=True):
    """What reconciling may do outside itself: `brake` stops new risk (a rule's name, what was seen), `heard` has the news in line
    journaled now."""

    brake: Callable[[str, str], None]
    heard: Callable[[], None]


class Reconciler:
    """Readings of one account. `since_us` is from when its trades and incomes are ours to count (microseconds UTC). `in_doubt` says that
    positions differed in the last comparison, and that it is too early to say why."""

    def __init__(
        self, dialect: Dialect, inquirer: Inquirer, *, inbox: Inbox, ledger: Ledger, books: Books, clock: Clock, venue: Venue, hands: Hands
    ) -> None:
        self.since_us, self._agreed_us = 0, 0
        self.in_doubt = False
        self.wanted = asyncio.Event()
        self.flows = Flows()
        self._dialect, self._inquirer = dialect, inquirer
        self._inbox, self._ledger, self._books = inbox, ledger, books
        self._clock, self._venue, self._hands = clock, venue, hands
        self._settle_us = round(venue.settle_s * 1e6)
        self._shown_over, self._apart = Lasting(), Lasting()
        self._unread: dict[str, str] = {}
        self._told: set[str] = set()

    async def reconcile(self, deep: Mapping[str, int] | None = None) -> None:
        """One whole comparison; raises Unanswered where a source could not be read.

        `deep` asks for the trades of these symbols since these times, whether or not positions differ: what a process that was away
        does not know of may cancel out.
        """
        self._unread = {}
        for symbol, since_us in (deep or {}).items():
            await self._trades(symbol, max(since_us, self.since_us))
        always: set[str] = set()
        for attempt in range(TRIES):
            snapshot = await self._read()
            is_back = self._back(snapshot)
            differs = await self._explained(snapshot)
            always = differs.keys() & always if attempt else set(differs)
            if not (differs or is_back or self._unread) or attempt == TRIES - 1:
                break
            self._unread = {}
            await asyncio.sleep(APART_S)
        self._set({symbol: qty for symbol, qty in differs.items() if symbol in always}, snapshot.positions)
        self._tell_unread(snapshot)
        self._ledger.forget(self._clock.now_us())
        with contextlib.suppress(Unanswered):
            await self._as_configured()

    async def value(self) -> None:
        """Read the money alone: how old NAV may be is less than the time between two comparisons; raises Unanswered."""
        taken_us = self._clock.now_us()
        money = await self._dialect.money()
        if money.wallet != self._books.wallet_usd or self.flows.why is not None:
            taken_us, money = await self._flowed(taken_us, money)
        self._books.valued(money, taken_us, ahead_us=self._ahead_us())

    def flowed(self, fact: AccountFact, heard_us: int) -> None:
        """The stream told that money came or went: the money is believed again when the ledger of incomes shows it."""
        self.flows.told(fact, heard_us, self._dialect.server_now_us())
        self._books.held_back = self.flows.why

    async def _read(self) -> Snapshot:
        taken_us = self._clock.now_us()
        orders = await self._dialect.open_orders()
        positions = await self._dialect.positions()
        _, money = await self._flowed(taken_us, await self._dialect.money())
        self._books.read(money, positions, orders, taken_us, ahead_us=self._ahead_us())
        return Snapshot(taken_us=taken_us, orders=orders, positions=positions)

    def _ahead_us(self) -> int:
        """The venue's clock less ours."""
        return self._dialect.server_now_us() - self._clock.now_us()

    async def _flowed(self, taken_us: int, money: MoneyFact) -> tuple[int, MoneyFact]:
        """The money, once every flow that it contains is journaled and none that it does not contain; to be taken at once, since every
        moment between a flow and its money would be a gain or a loss.

        A row that shows while the money is read says that it moved, not whether that reading saw it: it is read once more.
        """
        met: set[str] = set()
        for _ in range(TRIES):
            rows = await self._incomes()
            new = {row.income_id for row in rows if row.kind == "transfer" and row.income_id not in self._ledger.incomes} - met
            if not new:
                break
            met |= new
            taken_us = self._clock.now_us()
            money = await self._dialect.money()
        self._journal(rows)
        if met:
            self._books.flowed_us = self._clock.now_us()
        return taken_us, money

    def _journal(self, rows: Sequence[IncomeFact]) -> None:
        """What the ledger of incomes shows is told, and what of the flows it does not show waits on."""
        for row in rows:
            self._inbox.put(Seen(row, "ledger of incomes"))
        self.flows.shown(rows)
        for flow in self.flows.given_up(self._clock.now_us()):
            self._inbox.put(Failed("courier.flows", f"{flow.said}; it counts as a gain or a loss until it is"))
        self._hands.heard()
        self._books.held_back = self.flows.why

    async def _explained(self, snapshot: Snapshot) -> Mapping[str, Decimal]:
        """Ask about everything a snapshot shows differently; positions that differ still, in symbols where nothing is under way."""
        found = compared(self._ledger, snapshot, self._settle_us)
        for fact in found.shown:
            self._inbox.put(Seen(fact, "list of open orders"))
        for fact in found.strangers:
            self.meet(fact.client_id)
        for name, symbol in found.gone.items():
            seen = await self._dialect.order(name, symbol)
            if not isinstance(seen, Absent):
                self._inbox.put(Seen(seen, "order's answer"))
        for symbol in found.positions:
            await self._trades(symbol, self._from_us(symbol, snapshot.taken_us))
        self._hands.heard()
        return self._unexplained(snapshot)

    def _unexplained(self, snapshot: Snapshot) -> Mapping[str, Decimal]:
        """Positions that differ still, where that is no trade under way: everything settled, or the same difference for long enough.

        An order on its way may be what explains it, so nothing is set under it; but what lasts stops new risk all the same.
        """
        still = compared(self._ledger, snapshot, self._settle_us).positions
        apart = {symbol: (symbol, qty - self._ledger.held(symbol).qty) for symbol, qty in still.items()}
        now_s = monotonic_s()
        self._apart.look(apart.values(), now_s)
        lasting = {
            symbol for symbol, one in apart.items() if self._apart.lasts(one, now_s, looks=LOOKS, for_s=self._venue.settle_s)
        } - self._unread.keys()
        if moving := sorted(symbol for symbol in lasting if self._is_moving(symbol)):
            self._hands.brake("position_differs", f"{', '.join(moving)}: not the venue's position, while an order's fate is not proved")
        found = {
            symbol: qty
            for symbol, qty in still.items()
            if symbol not in self._unread
            and not self._is_moving(symbol)
            and (symbol in lasting or self._newest_us(symbol, snapshot.taken_us) < snapshot.taken_us - self._settle_us)
        }
        self.in_doubt = bool(still.keys() - found.keys() - self._unread.keys())
        if not still:
            self._agreed_us = snapshot.taken_us
        return found

    def _back(self, snapshot: Snapshot) -> bool:
        """Have orders taken back that several readings in a row show as open though they were over before; whether there is one to
        look at again."""
        back = {fact.client_id: fact for fact in compared(self._ledger, snapshot, self._settle_us).back}
        now_s = monotonic_s()
        self._shown_over.look(back, now_s)
        lasting = [name for name in back if self._shown_over.lasts(name, now_s, looks=LOOKS, for_s=APART_S)]
        for name in lasting:
            if name not in self._told:
                self._inbox.put(Back(back[name]))
        self._hands.heard()
        self._told |= back.keys() & self._ledger.over.keys() & {*lasting}  # what they were is not known any more: told once
        return len(back) > len(lasting)

    async def _trades(self, symbol: str, since_us: int) -> None:
        """Ask for trades; those of a symbol that is not ours may not be had, and hold up nothing else."""
        try:
            await self._inquirer.trades(symbol, since_us)
        except Unanswered as error:
            if symbol in self._venue.symbols:
                raise
            self._unread[symbol] = str(error)

    def _tell_unread(self, snapshot: Snapshot) -> None:
        """What was asked for again and again, and not had, is said; where its position differs as well, new risk stops."""
        differ = compared(self._ledger, snapshot, self._settle_us).positions
        for symbol, why in self._unread.items():
            if symbol in differ:
                seen = f"{symbol} is not ours to trade: the venue has {differ[symbol]}, we count {self._ledger.held(symbol).qty}"
                self._hands.brake("position_differs", f"{seen}, and its trades cannot be read ({why}); close it by hand")
            if symbol not in self._told:
                self._inbox.put(Failed("courier.trades", f"trades of {symbol}, which is not in venue.symbols, cannot be read: {why}"))
        self._told = (self._told & self._ledger.over.keys()) | self._unread.keys()
        self._hands.heard()

    def meet(self, client_id: str | None) -> None:
        """Look at whose order is told of: one that bears our prefix and was never sent from here is another executor's."""
        if client_id is not None and client_id.startswith(PREFIX) and not self._ledger.knows(client_id):
            self._hands.brake("two_executors", f"{client_id} bears our prefix and was never sent from here; stop the other executor")

    async def _as_configured(self) -> None:
        """What no stream tells, or told while it was not heard: hedge mode, margin, leverage."""
        mode, told = await self._dialect.mode(), await self._dialect.leverages(self._venue.symbols)
        if mode.is_hedged:
            self._hands.brake("account_changed", "hedge mode was switched on, one-way is needed; switch the position mode at the venue")
        for symbol, (leverage, margin) in told.items():
            if (leverage, margin) != (self._venue.leverage, self._venue.margin):
                wanted = f"{self._venue.leverage} and {self._venue.margin}"
                self._hands.brake(
                    "account_changed", f"{symbol} has leverage {leverage}, margin {margin}; {wanted} are configured; set it back"
                )

    def _is_moving(self, symbol: str) -> bool:
        """Whether an order is on its way in a symbol."""
        return any(track.symbol == symbol and track.phase != "open" for track in self._ledger.live.values())

    def _newest_us(self, symbol: str, taken_us: int) -> int:
        """When the newest trade was that is counted, at the latest now: the venue's clock may have been ahead when it was made."""
        newest_us = max(self._ledger.trades.get(symbol, {}).values(), default=0)
        return min(newest_us, self._dialect.server_now_us(), taken_us)

    def _from_us(self, symbol: str, taken_us: int) -> int:
        """From when trades of a symbol are asked for: a minute before the newest that is counted, and before all positions agreed; never
        before they are ours."""
        from_us = min(self._newest_us(symbol, taken_us), self._agreed_us or taken_us) - BEFORE_US
        return max(self.since_us, self._ledger.floor_us.get(symbol, 0), from_us)

    def _set(self, differs: Mapping[str, Decimal], positions: Sequence[PositionFact]) -> None:
        if not differs:
            return
        entries = {fact.symbol: fact.entry_price for fact in positions if fact.qty != 0}
        for symbol, qty in differs.items():
            self._inbox.put(Differs(symbol, qty, entries.get(symbol), "no trade explains the venue's position"))
        self._hands.heard()
        self._hands.brake("position_differs", f"{', '.join(differs)}: set to the venue's position, which no trade explains")

    async def _incomes(self) -> Sequence[IncomeFact]:
        """The newest rows of the ledger of incomes that are ours to count."""
        newest_us = min(max(self._ledger.incomes.values(), default=0), self._dialect.server_now_us(), self._clock.now_us())
        rows = await self._dialect.income_since(max(self.since_us, newest_us - LATE_US))
        return [row for row in rows if row.ts_us >= self.since_us]
