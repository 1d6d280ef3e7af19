"""From a process that has just begun to one that knows what it owns, before anything may be sent.

account as configured ─▶ private stream ─▶ deep comparison ─▶ every fate proved ─▶ our resting orders called back ─▶ old work ended
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from executor.clock import Clock
from executor.courier.courier import Courier
from executor.courier.inquirer import BEFORE_US
from executor.courier.news import Answered
from executor.dialects.base import Dialect
from executor.errors import SettingsError
from executor.live.engine import LiveEngine
from executor.live.recalling import Recall, unproved
from executor.live.recollection import Recollection
from executor.protocol.facts import Unsure
from executor.records.orders import Ended
from executor.settings import Exits, Venue
from executor.wire.reply import Unanswered

LOOK_S = 0.02
AGAIN_S, MOST_AGAIN_S = 0.5, 10.0
STREAM_S = 5.0
FATES_S = 15.0
STOPPED = "the executor ended before it was answered"
RESTARTED = "the executor was started again"

T = TypeVar("T")
Say = Callable[[str], None]


async def insisted(ask: Callable[[], Awaitable[T]], say: Say) -> T:
    """A reading, asked for until it is answered, later each time; the first failure is said."""
    wait_s, told = AGAIN_S, False
    while True:
        try:
            return await ask()
        except Unanswered as error:
            if not told:
                say(f"the venue does not answer: {error}; asking again")
                told = True
        await asyncio.sleep(wait_s)
        wait_s = min(MOST_AGAIN_S, 2 * wait_s)


async def as_configured(dialect: Dialect, venue: Venue) -> None:
    """The account trades one way, at the leverage and margin of the settings; sets what differs.

    Raises SettingsError where it cannot be so, Unanswered where nothing was said.
    """
    mode = await dialect.mode()
    if mode.is_hedged:
        raise SettingsError("the account is in hedge mode, one-way is needed; switch the position mode at the venue")
    if mode.is_multi_asset and venue.margin == "isolated":
        raise SettingsError("the account shares margin between assets, venue.margin was 'isolated'; set it to cross, or switch that off")
    told = await dialect.leverages(venue.symbols)
    for symbol in venue.symbols:
        leverage, margin = told.get(symbol, (None, None))
        if margin != venue.margin:
            await dialect.set_margin(symbol, venue.margin)
        if leverage != venue.leverage:
            await dialect.set_leverage(symbol, venue.leverage)


def refuse_unkept(dialect: Dialect, exits: Exits) -> None:
    """Refuse a stop at the venue where none can be kept."""
    if exits.venue_stop_bps and not dialect.keeps_stops:
        raise SettingsError(
            f"exits.venue_stop_bps was {exits.venue_stop_bps:g}, at {dialect.name} no stop can be kept; set it to 0, or name another venue"
        )


class Readiness:
    """One start. `hear` has what is in the inbox journaled now."""

    def __init__(
        self, courier: Courier, engine: LiveEngine, known: Recollection, *, clock: Clock, hear: Callable[[], None], say: Say, recall: Recall
    ) -> None:
        self._courier, self._engine, self._known, self._recall = courier, engine, known, recall
        self._clock, self._hear, self._say = clock, hear, say
        engine.on_fill = known.filled

    async def compared(self, symbols: Sequence[str]) -> None:
        """Doubt what was under way, hear the private stream, compare everything since the last record."""
        for name, track in self._courier.ledger.live.items():
            if track.phase == "sent":
                self._courier.inbox.put(Answered(name, Unsure(STOPPED), None))
        self._hear()
        try:
            async with asyncio.timeout(STREAM_S):
                await self._courier.listener.connected_once.wait()
        except TimeoutError:
            self._say("the private stream is not heard yet; trading waits for it")
        since_us = max(0, self._known.seen_us - BEFORE_US)
        deep = {} if self._known.began_us is None else dict.fromkeys((*symbols, *self._courier.ledger.positions), since_us)
        await insisted(lambda: self._courier.compared(deep), self._say)

    async def called_back(self) -> bool:
        """Cancel what rests of ours, but for stops that protect a position, and wait until every fate is proved; false where one is not
        yet, which keeps its symbol shut."""
        ledger, until_us = self._courier.ledger, self._clock.now_us() + round(FATES_S * 1e6)
        while unproved(ledger) and self._clock.now_us() < until_us:
            self._recall.look(())
            await asyncio.sleep(LOOK_S)
            self._hear()
        return not unproved(ledger)

    def ended(self) -> None:
        """Say what became of intents that the process before this one began: nothing more is sent for them."""
        for intent_id, undone in self._known.undone.items():
            self._engine.say(
                Ended(
                    self._clock.now_us(),
                    intent_id=intent_id,
                    symbol=undone.symbol,
                    filled_qty=undone.filled_qty,
                    unfilled_qty=max(Decimal(0), undone.qty - undone.filled_qty),
                    reason=RESTARTED,
                )
            )
        self._known.undone.clear()
        self._engine.on_fill = None
