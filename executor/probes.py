"""What a venue is asked before orders go there: readings only, within one time limit, each answer judged.

Nothing here can send an order or change the account: `Reader` is all that is known of a dialect.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from executor.clock import Clock
from executor.dialects._chosen import spoken
from executor.errors import HedgeError, SettingsError
from executor.permission import PROBES, Finding, dialect_name
from executor.protocol.facts import KeyFact, Margin, ModeFact, OrderFact, PositionFact
from executor.records.market import Instrument
from executor.rights import refuse_rights
from executor.routing.orders import PREFIX
from executor.settings import Settings
from executor.wire.access import Access
from executor.wire.reply import Unanswered
from executor.wire.secrets import Key

LIMIT_S = 20.0
CLOSE_S = 2.0
CLOCK_READINGS = 3
NOTE = "foreign"


class Reader(Protocol):
    """The part of a dialect that changes nothing (`dialects.base.Dialect`)."""

    async def open(self) -> Mapping[str, Instrument]:
        """Connect and learn the rules."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...

    async def server_us(self) -> int:
        """The venue's clock, microseconds UTC."""
        ...

    async def key(self) -> KeyFact | None:
        """What the key may do."""
        ...

    async def mode(self) -> ModeFact:
        """How the account trades."""
        ...

    async def leverages(self, symbols: Collection[str]) -> Mapping[str, tuple[int, Margin]]:
        """Leverage and margin in force."""
        ...

    async def open_orders(self) -> Sequence[OrderFact]:
        """Every open order."""
        ...

    async def positions(self) -> Sequence[PositionFact]:
        """Every position."""
        ...


Factory = Callable[[Access], Reader]
"""Makes what reads a venue; called inside a running loop, opens nothing yet."""

Question = tuple[str, Callable[[], Awaitable[str]]]


def access_of(settings: Settings, key: Key | None, clock: Clock) -> Access:
    """What a dialect is made from; refuses paper, and to speak to a venue without a key."""
    if settings.mode == "paper" or key is None:
        raise SettingsError(f"mode was {settings.mode!r}, no venue is spoken to on paper or without a key; set mode and venue.key_file")
    return Access(venue=dialect_name(settings), mode=settings.mode, settings=settings.venue, key=key, clock=clock)


async def probe(access: Access, *, factory: Factory = spoken, limit_s: float = LIMIT_S) -> list[Finding]:
    """What the venue says to every question of `PROBES`, and a note on orders and positions that are there already.

    A question without an answer is a finding that does not hold and is open; after `limit_s` nothing more is asked.
    """
    found: list[Finding] = []
    names = (*PROBES, NOTE)
    try:
        async with asyncio.timeout(limit_s), _closed(factory(access)) as reader:
            for name, ask in Visit(access, reader).questions():
                found.append(await _answer(name, ask))
                if name == names[0] and not found[0].ok:
                    break
    except HedgeError as error:
        found.append(_judged(names[0], error))
    except TimeoutError:
        found += [_open(name, f"no answer within {limit_s:g} s; look at the network and ask again") for name in names[len(found) :][:1]]
    return [*found, *(_open(name, "not asked, what comes before it does not hold; mend that first") for name in names[len(found) :])]


@contextlib.asynccontextmanager
async def _closed(reader: Reader) -> AsyncIterator[Reader]:
    """A reader whose connections are let go of in the end, or given up after a short time."""
    try:
        yield reader
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.close(), CLOSE_S)


async def _answer(name: str, ask: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(condition=name, ok=True, detail=await ask())
    except HedgeError as error:
        return _judged(name, error)


def _judged(name: str, error: HedgeError) -> Finding:
    return Finding(condition=name, ok=False, detail=str(error), is_open=isinstance(error, Unanswered))


def _open(name: str, detail: str) -> Finding:
    return Finding(condition=name, ok=False, detail=detail, is_open=True)


class Visit:
    """One round of questions. Each gives words for what is well, and raises `HedgeError` for what is not."""

    def __init__(self, access: Access, reader: Reader) -> None:
        self._access, self._venue, self._reader = access, access.settings, reader
        self._positions: Sequence[PositionFact] = ()

    def questions(self) -> list[Question]:
        """Every question by its name, in the order in which they are asked."""
        asks = (self.reachable, self.clock, self.rights, self.account_mode, self.leverage, self.foreign)
        return list(zip((*PROBES, NOTE), asks, strict=True))

    async def reachable(self) -> str:
        """The venue answers, and trades every symbol of the universe."""
        known = await self._reader.open()
        missing = sorted(set(self._venue.symbols) - set(known))
        if missing:
            raise SettingsError(f"venue.symbols names {', '.join(missing)}, the venue trades no such perpetual; take it out")
        closed = sorted(symbol for symbol in self._venue.symbols if not known[symbol].is_trading)
        but = f", but {', '.join(closed)} is not in trading now: nothing is begun there" if closed else ""
        return f"{self._access.venue} knows {len(known)} perpetuals, all {len(self._venue.symbols)} of ours among them{but}"

    async def clock(self) -> str:
        """The clocks agree, surely: what is not known because the answer took its time counts as difference."""
        now_us = self._access.clock.now_us
        best_us, off_us = 1 << 62, 0
        for _ in range(CLOCK_READINGS):
            asked_us = now_us()
            server_us = await self._reader.server_us()
            heard_us = now_us()
            if heard_us - asked_us < best_us:
                best_us, off_us = heard_us - asked_us, server_us - (asked_us + heard_us) // 2
        said = f"the venue's clock is {off_us / 1000:+.0f} ms of ours, known to {best_us / 2000:.0f} ms"
        if abs(off_us) + best_us / 2 > self._venue.clock_off_ms * 1000:
            raise SettingsError(f"{said}, together at most {self._venue.clock_off_ms} ms are allowed; set this machine's clock (NTP)")
        return said

    async def rights(self) -> str:
        """The key may do what is needed and nothing dangerous."""
        return refuse_rights(await self._reader.key(), mode=self._access.mode, now_us=self._access.clock.now_us())

    async def account_mode(self) -> str:
        """One position a symbol: what the book counts."""
        mode = await self._reader.mode()
        if mode.is_hedged:
            raise SettingsError("the account is in hedge mode, one-way mode is needed; switch it at the venue while nothing is open")
        if mode.is_multi_asset and self._venue.margin == "isolated":
            raise SettingsError(
                "the account shares margin between assets, venue.margin was 'isolated'; set it to cross, or change the account"
            )
        return "one-way, " + ("margin of several assets together" if mode.is_multi_asset else "margin of one asset")

    async def leverage(self) -> str:
        """As configured, or so that the start can set it: with a position open in a symbol it cannot."""
        wanted = (self._venue.leverage, self._venue.margin)
        self._positions = await self._reader.positions()
        found = await self._reader.leverages(self._venue.symbols)
        other = {symbol: pair for symbol, pair in found.items() if pair != wanted and symbol in self._venue.symbols}
        stuck = sorted({one.symbol for one in self._positions if one.qty} & set(other))
        if stuck:
            told = ", ".join(f"{symbol} has {_told(other[symbol])}" for symbol in stuck)
            raise SettingsError(
                f"{told}, {_told(wanted)} is set, and a position is open there; close it, or set venue.leverage and margin so"
            )
        later = f"; the start will set {', '.join(sorted(other))}" if other else ""
        return f"{_told(wanted)} for {len(self._venue.symbols)} symbols{later}"

    async def foreign(self) -> str:
        """What is there that is not ours: told, not judged."""
        orders = await self._reader.open_orders()
        others = [one for one in orders if not one.client_id.startswith(PREFIX)]
        held = ", ".join(f"{one.symbol} {one.qty}" for one in self._positions if one.qty) or "no position"
        symbols = f" ({', '.join(sorted({one.symbol for one in others}))})" if others else ""
        return f"note: {len(others)} open orders of others{symbols}, {len(orders) - len(others)} of ours, {held}"


def _told(pair: tuple[int, Margin]) -> str:
    return f"{pair[0]}x {pair[1]}"
