"""The venue's books as last told: money, positions, open orders; an `Account` record of them at any moment, with their ages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from executor.protocol.facts import MoneyFact, OrderFact, PositionFact
from executor.protocol.ledger import Ledger
from executor.records.account import DOLLARS, Account, OpenOrder, Position
from executor.records.market import Mark

NOTHING = Decimal(0)
UNREAD = "not read yet"
LATE_US = 1_000_000
"""What a stream tells of so long before a reading, or longer, is in that reading."""

CONTAINED = "it contains a flow of later than this moment"


class Books:
    """What was last read, and when (the executor's clock, microseconds UTC). `sources` says of each why it was not read, else `ok`.

    `held_back` is why the money is not to be believed though it was read, else null; nor is it before `flowed_us`, when a flow was
    journaled that it contains. What streams tell is taken by the venue's own times: nothing older than what is known.
    """

    def __init__(self, account: str, leverage: int) -> None:
        self.sources: dict[str, str] = {"money": UNREAD, "positions": UNREAD, "orders": UNREAD}
        self._account, self._leverage = account, leverage
        self._money = MoneyFact(wallet=NOTHING, unrealised=NOTHING, margin=NOTHING, available=NOTHING, balances={})
        self._positions: dict[str, PositionFact] = {}
        self._orders: dict[str, OrderFact] = {}
        self._read_us, self._orders_us = 0, 0
        self._ahead_us, self._since_us = 0, 0
        self._told_us: dict[str, int] = {}
        self.held_back: str | None = None
        self.flowed_us = 0
        self.marks: dict[str, Mark] = {}

    @property
    def wallet_usd(self) -> Decimal:
        """The wallet as it is known."""
        return self._money.wallet

    def read(
        self, money: MoneyFact, positions: Sequence[PositionFact], orders: Sequence[OrderFact], now_us: int, *, ahead_us: int = 0
    ) -> None:
        """Take a whole reading; `ahead_us` is the venue's clock less ours."""
        self.valued(money, now_us, ahead_us=ahead_us)
        self._positions = {fact.symbol: fact for fact in positions if fact.qty != 0}
        self._orders = {fact.client_id: fact for fact in orders}
        self._orders_us = now_us
        self.sources = dict.fromkeys(self.sources, "ok")

    def valued(self, money: MoneyFact, now_us: int, *, ahead_us: int = 0) -> None:
        """Take a reading of the money alone; says nothing of positions and orders. A time that was told and has not come yet was of a venue
        whose clock was set back since: it keeps nothing out any longer."""
        self._money, self._read_us, self._ahead_us = money, now_us, ahead_us
        self._since_us = now_us + ahead_us - LATE_US
        self._told_us = {asset: min(told_us, now_us + ahead_us) for asset, told_us in self._told_us.items()}

    def failed(self, why: str) -> None:
        """A reading failed: what was read before stays, and says so."""
        self.sources = dict.fromkeys(self.sources, why)

    def wallet(self, balances: Mapping[str, Decimal], ts_us: int, now_us: int) -> None:
        """A stream told balances of `ts_us` (the venue's clock): the wallet in USD follows the dollars among them. Events come twice, late
        and in another order: a balance that is older than what is known of it is passed over."""
        for asset, amount in balances.items():
            if ts_us < max(self._since_us, self._told_us.get(asset, 0)):
                continue
            self._told_us[asset] = ts_us
            before = self._money.balances.get(asset, NOTHING)
            moved = amount - before if asset in DOLLARS else NOTHING
            self._money = MoneyFact(
                wallet=self._money.wallet + moved,
                unrealised=self._money.unrealised,
                margin=self._money.margin,
                available=self._money.available + moved,
                balances={**self._money.balances, asset: amount},
            )
            self._read_us = max(min(now_us, ts_us - self._ahead_us), self._read_us)

    def account(self, ledger: Ledger, now_us: int) -> Account:
        """The books now: positions are the sum of our trades, marked by the newest mark of each symbol."""
        positions = tuple(self._position(symbol, ledger) for symbol in sorted(ledger.positions))
        unrealised = sum((position.unrealised for position in positions), NOTHING)
        return Account(
            now_us,
            account=self._account,
            wallet=self._money.wallet,
            unrealised=unrealised,
            margin=self._money.margin,
            available=self._money.available + unrealised - self._money.unrealised,
            balances=self._money.balances,
            sources=self._sources(now_us),
            positions=positions,
            orders=tuple(self._open(ledger)),
            nav_ts_us=self._read_us,
        )

    def _sources(self, now_us: int) -> dict[str, str]:
        why = CONTAINED if now_us < self.flowed_us else self.held_back
        return dict(self.sources) if why is None or self.sources["money"] != "ok" else {**self.sources, "money": why}

    def _position(self, symbol: str, ledger: Ledger) -> Position:
        held, told, mark = ledger.held(symbol), self._positions.get(symbol), self.marks.get(symbol)
        if mark is not None:
            price = Decimal(repr(mark.mark))
        elif told is not None and told.mark_price is not None:
            price = told.mark_price
        else:
            price = held.entry_price
        return Position(
            symbol=symbol,
            qty=held.qty,
            entry_price=held.entry_price,
            mark_price=price,
            unrealised=(price - held.entry_price) * held.qty,
            leverage=self._leverage if told is None or told.leverage is None else told.leverage,
            liquidation_price=None if told is None else told.liquidation_price,
        )

    def _open(self, ledger: Ledger) -> list[OpenOrder]:
        ours = [
            OpenOrder(
                client_id=track.client_id,
                symbol=track.symbol,
                side=track.side,
                qty=track.qty,
                filled_qty=track.filled_qty,
                price=self._orders[name].price if name in self._orders else track.price,
                post_only=track.post_only,
                reduce_only=track.reduce_only,
                placed_us=track.placed_us,
                trigger_price=track.trigger_price if track.waits else None,
            )
            for name, track in ledger.live.items()
            if track.phase == "open"
        ]
        return ours + [foreign(fact) for fact in self._orders.values() if fact.status == "open" and self._is_beside(fact.client_id, ledger)]

    def _is_beside(self, client_id: str, ledger: Ledger) -> bool:
        """Whether an order is there that our ledger has no live one for: somebody else's, or one that was read after it ended."""
        return not ledger.knows(client_id) or ledger.ended_before(client_id, self._orders_us)


def foreign(fact: OrderFact) -> OpenOrder:
    """An order as the venue tells it: one that is not ours, shown and left alone."""
    return OpenOrder(
        client_id=fact.client_id,
        symbol=fact.symbol,
        side=fact.side,
        qty=fact.qty,
        filled_qty=fact.filled_qty,
        price=fact.price,
        post_only=fact.post_only,
        reduce_only=fact.reduce_only,
        placed_us=fact.ts_us or 0,
        trigger_price=fact.trigger_price,
    )
