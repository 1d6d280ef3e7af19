"""Every venue without a file of its own, as far as ccxt's unified calls reach; `lacks` says in words how far that is.

send   ─▶ create_order with our client id        one request
cancel ─▶ cancel_order by our client id          one request, and a question how the order ended
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from executor.dialects import _unified_facts as facts
from executor.dialects._exact import GRID, cut_down, plain, refused_here
from executor.dialects._unified_histories import Histories, each
from executor.dialects._unified_lacks import lacks_of
from executor.dialects._unified_manners import Names, manners_of
from executor.dialects._unified_orders import order_params, refused_locally
from executor.dialects._unified_rules import renewed, rules_read
from executor.dialects._unified_verdicts import reason_of, refusal, sent_verdict, taken, unsent
from executor.dialects._unified_voice import Heard, Said, Voice, is_answer, is_whole, refuse_unfit
from executor.errors import SettingsError
from executor.protocol.facts import (
    Absent,
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
from executor.wire.access import Access
from executor.wire.budget import Cost
from executor.wire.keeping import Keeping
from executor.wire.passing import monotonic_us
from executor.wire.reply import Unanswered
from executor.wire.server_time import Reading
from executor.wire.streams.user import UserOwner, UserStream
from executor.wire.waiting import Gate

READINGS = 3


class Unified:
    """One account at a venue that ccxt knows."""

    def __init__(self, access: Access) -> None:
        self.name = access.venue
        self._access, self._manners = access, manners_of(access.venue)
        self._voice = Voice(access, self._manners)
        self._names = Names(self._manners)
        self._listed: dict[str, facts.Listed] = {}
        self._keeping = Keeping(self._voice.time, self.server_us)
        self._histories = Histories(self._voice, self._names, self._listed)
        self.lacks: Sequence[str] = lacks_of(self._voice, self._manners)
        self.keeps_stops = bool(self._manners.triggers)

    async def open(self) -> Mapping[str, Instrument]:
        """Connect, measure the clock, learn the rules; raises `Unanswered`, and `SettingsError` for a venue that is unfit."""
        refuse_unfit(self._voice)
        await self._voice.open()
        if self._voice.has("fetchTime"):
            for _ in range(READINGS):
                await self.server_us()
            self._keeping.start()
        known = await self.rules()
        if callable(getattr(self._voice.exchange, "is_unified_enabled", None)) and self.name == "bybit":
            await self._voice.read(self._voice.exchange.is_unified_enabled)  # else it would be asked in the middle of the first order
        return known

    async def rules(self) -> Mapping[str, Instrument]:
        """Read what may be traded, in which steps and with how much leverage, and go by it; raises `Unanswered`."""
        self._listed.update(renewed(self._listed, await rules_read(self._voice, self._access.settings.symbols)))
        return {name: listed.instrument for name, listed in self._listed.items()}

    async def close(self) -> None:
        """Let go of all connections."""
        await self._keeping.stop()
        await self._voice.close()

    def remember(self, client_ids: Collection[str]) -> None:
        """Know these ids of ours again when the venue tells its forms of them: after a restart, before anything is read."""
        for client_id in client_ids:
            self._names.venue_id(client_id)

    async def send(self, order: Submit, gate: Gate | None = None) -> Accepted | Refused | Unsure:
        """Send one order, once, when the gate opened."""
        if gate is not None:
            await gate()
        listed = self._listed.get(order.symbol)
        if listed is None:
            return refused_here("unknown_symbol", f"symbol {order.symbol} is not traded at the venue")
        refused = refused_locally(order, listed, self._voice)
        if refused is not None:
            return refused
        venue_id = self._names.venue_id(order.client_id)
        price = order.price if order.price is not None or not self._manners.needs_mid or order.mid is None else Decimal(repr(order.mid))
        heard = self._once(orders=1, is_urgent=order.reduce_only)
        said = await self._voice.ask(
            lambda: self._voice.exchange.create_order(
                listed.symbol,
                "market" if order.price is None else "limit",
                order.side,
                plain(GRID.divide(order.qty, listed.contract)),
                None if price is None else plain(price),
                order_params(order, venue_id, self._voice),
            ),
            heard,
        )
        self._obey_clock(said)
        return sent_verdict(said, order, venue_id, now_us=self._access.clock.now_us(), contract=listed.contract)

    def _once(self, *, orders: int = 0, is_urgent: bool = True) -> Heard:
        return Heard(1, Cost(orders=orders, is_urgent=is_urgent), self._access.settings.stale_ms * 1_000, [])

    def _obey_clock(self, said: Said) -> None:
        if type(said.error).__name__ == "InvalidNonce" and said.reply is not None:
            self._keeping.doubt("the venue refused a stamp")

    async def cancel(self, client_id: str, symbol: str) -> Accepted | Refused | Unsure:
        """Ask for a cancel once. Most venues only acknowledge it, so how the order ended is asked after that."""
        listed = self._listed.get(symbol)
        if listed is None:
            return refused_here("unknown_symbol", f"symbol {symbol} is not traded at the venue")
        params = {self._manners.id_param: self._names.venue_id(client_id)}
        said = await self._voice.ask(lambda: self._voice.exchange.cancel_order(None, listed.symbol, params), self._once())
        self._obey_clock(said)
        reply, now_us = said.reply, self._access.clock.now_us()
        if reply is None:
            return unsent(said, now_us)
        if not taken(said):
            return refusal(said, reply, now_us) or Unsure(reason_of(said, reply))
        try:
            found = await self.order(client_id, symbol)
        except Unanswered as error:
            return Unsure(f"the venue took the cancel; how the order ended was not told: {error}")
        if isinstance(found, OrderFact) and found.status != "open":
            return Accepted(found)
        return Unsure("the venue took the cancel, and does not show the order as ended yet")

    async def server_us(self) -> int:
        """The venue's clock now, microseconds UTC; raises `Unanswered`."""
        if not self._voice.has("fetchTime"):
            raise Unanswered(f"{self.name} tells no time")
        asked_us = monotonic_us()
        server_us = int(facts.told(await self._voice.read(self._voice.exchange.fetch_time), "time")) * 1_000
        self._voice.time.take(Reading(asked_us=asked_us, heard_us=monotonic_us(), server_us=server_us + 500))
        return server_us

    def server_now_us(self) -> int:
        """The venue's clock by what was last measured (microseconds UTC)."""
        return self._voice.time.now_us()

    def clock_doubt(self, limit_ms: float) -> str:
        """Why the clocks may differ by more than `limit_ms`; empty where all is well, or where the venue tells no time (`lacks`)."""
        return self._voice.time.beyond(limit_ms) if self._voice.has("fetchTime") else ""

    def private_stream(self, owner: UserOwner, now_us: Callable[[], int]) -> UserStream | None:  # noqa: ARG002
        """Null: everything is asked for."""
        return None

    async def quotes(self, symbols: Collection[str]) -> Sequence[Quote]:
        """The best prices now, in one question where the venue has one for all."""
        return await self._histories.quotes([self._known(symbol) for symbol in symbols], self._access.clock)

    async def order(self, client_id: str, symbol: str) -> Sighting:
        """One order by our id."""
        listed = self._known(symbol)
        venue_id = self._names.venue_id(client_id)
        params = {self._manners.id_param: venue_id, **self._manners.query}
        said = await self._voice.ask(lambda: self._voice.exchange.fetch_order(None, listed.symbol, params))
        reply = said.reply
        if reply is None or reply.status >= 500 or not is_answer(reply, self._manners):
            raise self._voice.unanswered(said)
        if type(said.error).__name__ == "OrderNotFound":
            return Absent(reply.words())
        if said.error is not None or reply.status >= 300 or not isinstance(said.result, dict) or not said.result.get("id"):
            raise self._voice.unanswered(said)
        (found,) = each([said.result], lambda row: facts.order_of(row, listed, self._names))
        if found.client_id not in (client_id, ""):
            raise Unanswered(f"{self.name} told of another order than the one asked for")
        return found

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every order of the account that is open."""
        return await self._histories.open_orders()

    async def orders_since(self, symbol: str, since_us: int) -> Sequence[OrderFact]:
        """Every order of a symbol placed since (and in the minute before), as far as the venue lists them."""
        return await self._histories.orders_since(self._known(symbol), since_us)

    async def trades_since(self, symbol: str, since_us: int) -> Sequence[TradeFact]:
        """Every trade of the account in a symbol since, oldest first."""
        return await self._histories.trades_since(
            self._listed.get(symbol) or self._histories.beyond(symbol) or self._known(symbol), since_us
        )

    async def positions(self) -> Sequence[PositionFact]:
        """Every position that is not 0."""
        return await self._histories.positions()

    async def money(self) -> MoneyFact:
        """The wallet of the settling currency."""
        unrealised = sum((one.unrealised or facts.ZERO for one in await self.positions()), facts.ZERO)
        balance = await self._voice.read(self._voice.exchange.fetch_balance)
        settle = next((one.symbol.rpartition(":")[2] for one in self._listed.values()), "USDT")
        return facts.money_of(balance, unrealised, settle, is_equity=self._manners.is_equity)

    async def income_since(self, since_us: int) -> Sequence[IncomeFact]:
        """Funding and transfers since, oldest first, as far as the venue tells them."""
        return await self._histories.income_since(since_us)

    async def mode(self) -> ModeFact:
        """How the account trades; one-way where no position says otherwise and the venue does not tell."""
        if self._voice.has("fetchPositionMode"):
            told = await self._voice.read(self._voice.exchange.fetch_position_mode)
            return ModeFact(is_hedged=bool(told.get("hedged")))
        rows = await self._histories.position_rows()
        return ModeFact(is_hedged=any(row.get("hedged") is True for row in rows))

    async def key(self) -> KeyFact | None:
        """Null: ccxt has no unified question about a key's rights."""
        return None

    async def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set a symbol's leverage; being so already is well."""
        listed = self._known(symbol)
        params = {"marginMode": self._access.settings.margin}
        await self._change(lambda: self._voice.exchange.set_leverage(leverage, listed.symbol, params), f"leverage {leverage} of {symbol}")

    async def set_margin(self, symbol: str, margin: Margin) -> None:
        """Set a symbol's margin; being so already is well, and so is a venue where it goes with each order."""
        listed = self._known(symbol)
        if not self._voice.has("setMarginMode") or self._manners.margin_param:
            return
        params = dict.fromkeys(self._manners.leverage_params, self._access.settings.leverage)
        await self._change(lambda: self._voice.exchange.set_margin_mode(margin, listed.symbol, params), f"margin {margin} of {symbol}")

    async def _change(self, call: Any, what: str) -> None:
        said = await self._voice.ask(call)
        if said.error is None or type(said.error).__name__ in ("NoChange", "MarginModeAlreadySet"):
            return
        refused = refusal(said, said.reply, 0) if said.reply is not None else unsent(said, 0)
        if refused is None or refused.code in ("rate_limited", "clock", "stale_request"):
            raise self._voice.unanswered(said)
        raise SettingsError(f"{what} was refused by {self.name}: {refused.detail}; change the venue settings")

    async def leverages(self, symbols: Collection[str]) -> Mapping[str, tuple[int, Margin]]:
        """Leverage and margin in force by symbol, where the venue tells both."""
        return await self._histories.leverages([self._known(symbol) for symbol in symbols], self._access.settings.margin)

    async def arm(self, symbols: Collection[str], within_ms: int) -> bool:  # noqa: ARG002 - such venues watch over the account as a whole
        """Have all resting orders canceled unless asked again within so long; 0 disarms. False where the venue cannot."""
        if not self._voice.has("cancelAllOrdersAfter"):
            return False
        said = await self._voice.ask(lambda: self._voice.exchange.cancel_all_orders_after(within_ms))
        if said.error is None:
            return True
        if said.reply is not None and is_whole(said.reply) and said.reply.status < 429:
            return False
        raise self._voice.unanswered(said)

    def quantised(self, symbol: str, qty: Decimal) -> Decimal:
        """A quantity cut down to the venue's step, exactly, never up; raises `KeyError` for a symbol that is not traded."""
        return cut_down(qty, self._listed[symbol].instrument.step_size)

    def _known(self, symbol: str) -> facts.Listed:
        listed = self._listed.get(symbol)
        if listed is None:
            raise Unanswered(f"symbol {symbol} is not traded at {self.name}")
        return listed


DIALECT = Unified
