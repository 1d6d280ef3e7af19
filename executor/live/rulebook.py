"""The venue's rules in force: read anew every so often, and at once when the venue refused an order by them.

A tick, a step, a least quantity or notional, brackets, whether a symbol is in trading: what changed is journaled and told, and every
later decision and order goes by it. No restart is needed, and none would read anything else.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import msgspec

from executor.clock import Clock
from executor.dialects.base import Dialect
from executor.live.engine import LiveEngine
from executor.records.market import Instrument
from executor.records.orders import Reject
from executor.wire.passing import monotonic_s
from executor.wire.reply import Unanswered

LEAST_S = 30.0
"""Refusals that go on make the rules be read so often at most."""

DOUBTFUL = frozenset(
    {
        "filter", "precision", "price", "price_off_tick", "qty_off_step", "min_qty", "max_qty", "min_notional", "symbol_closed",
        "unknown_symbol", "position_limit", "leverage", "not_allowed", "reduce_only_allowed", "refused", "malformed",
    }
)  # fmt: skip
"""Codes of refusals after which the rules may be others than we know."""


class Rulebook:
    """The rules of one run. `say` tells the operator."""

    def __init__(self, dialect: Dialect, engine: LiveEngine, *, clock: Clock, every_s: float, say: Callable[[str], None]) -> None:
        self._dialect, self._engine, self._clock, self._say = dialect, engine, clock, say
        self._every_s = every_s
        self._doubted = asyncio.Event()
        engine.on_reject = self.refused

    def refused(self, record: Reject) -> None:
        """Look at a refusal: it may mean that the rules changed."""
        if record.code in DOUBTFUL:
            self._doubted.set()

    async def run(self) -> None:
        """Read every so often, and when in doubt, until cancelled; what is not answered is asked for again."""
        due_s = monotonic_s() + self._every_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due_s - monotonic_s())):
                    await self._doubted.wait()
            self._doubted.clear()
            try:
                self.compare(await self._dialect.rules())
                due_s = monotonic_s() + self._every_s
            except Unanswered as error:
                self._say(f"the venue's rules were not told: {error}; asking again")
                due_s = monotonic_s() + min(LEAST_S, self._every_s)
            await asyncio.sleep(min(LEAST_S, self._every_s))

    def compare(self, told: Mapping[str, Instrument]) -> None:
        """Hold what is told against the rules in force; what differs in our universe is in force from here on."""
        known = self._engine.instruments
        changed = {symbol: told[symbol] for symbol, instrument in known.items() if told.get(symbol, instrument) != instrument}
        if changed:
            reason = "; ".join(f"{symbol} {words(known[symbol], instrument)}" for symbol, instrument in changed.items())
            self._say(f"the venue changed its rules: {reason}")
            self._engine.learned(changed, reason, self._clock.now_us())


def words(before: Instrument, after: Instrument) -> str:
    """What of an instrument changed, in words."""
    was, now = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return ", ".join(f"{name} {plain(was[name])} is {plain(now[name])}" for name in was if was[name] != now[name])


def plain(value: object) -> str:
    """A rule as a person reads it."""
    return f"in {len(value)} parts" if isinstance(value, tuple) else str(value)
