"""A made market: several symbols that move together, from a seed, for as long as wanted."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from executor.errors import SettingsError
from executor.feeds.base import FeedWiring
from executor.market_model.events import BLOCK_US, Block, Market, block_of
from executor.market_model.facts import ASSUMED, instrument_of
from executor.market_model.minutes import DAY_MINUTES, Carried, fresh, minutes_of
from executor.records.market import Gap, Instrument, MarketEvent

MINUTE_MS = 60_000
BAR_S = 5.0  # somebody who watches for ten minutes should see it trade
UNSEEN_BLOCKS = 7 * DAY_MINUTES * MINUTE_MS * 1_000 // BLOCK_US


class Position(msgspec.Struct):
    """Where the feed stands: the block, how it began, the next instant in it, and an unseen stretch to be told of."""

    symbols: tuple[str, ...]
    origin_us: int
    block: int
    carried: Carried
    last: tuple[float | None, ...]
    instant: int = 0
    gap_from_us: int | None = None


def start_of(text: str, *, otherwise_us: int) -> int:
    """An ISO date or time (UTC where it names no zone) in microseconds; an empty one means `otherwise_us`."""
    if not text:
        return otherwise_us
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"synthetic.start was {text!r}, must be an ISO date such as 2025-06-01; correct it or leave it empty") from None
    if not 1970 < moment.year < 2200:
        raise SettingsError(f"synthetic.start was {text!r}, must be in 1971 to 2199; correct it or leave it empty")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1e6)


class SyntheticFeed:
    """The made market of the settings. Its time is the wall's, unless `synthetic.start` puts it in history."""

    def __init__(self, wiring: FeedWiring) -> None:
        made = wiring.settings.synthetic
        unknown = [symbol for symbol in made.symbols if symbol not in ASSUMED]
        if unknown or not made.symbols or len(set(made.symbols)) < len(made.symbols):
            raise SettingsError(f"synthetic.symbols was {list(made.symbols)}, known are {', '.join(ASSUMED)}; name some of them, once each")
        if made.step_ms < 1 or MINUTE_MS % made.step_ms:
            raise SettingsError(f"synthetic.step_ms was {made.step_ms}, must divide a minute ({MINUTE_MS}); 500 is usual")
        self.time: Literal["wall", "feed"] = "feed" if made.start else "wall"
        self.loop_s = made.step_ms / 1_000
        self.bar_s = BAR_S
        self.instruments: Mapping[str, Instrument] = {symbol: instrument_of(symbol) for symbol in made.symbols}
        step_us = made.step_ms * 1_000
        origin_us = -(-start_of(made.start, otherwise_us=wiring.start_us) // step_us) * step_us
        self._market = Market(symbols=made.symbols, seed=wiring.settings.seed, scenario=made.scenario, origin_us=origin_us, step_us=step_us)
        self._at = Position(made.symbols, origin_us, 0, fresh(made.symbols), (None,) * len(made.symbols))
        self._block: Block | None = None

    @property
    def notes(self) -> Mapping[str, Any]:
        """Seed, scenario, step and first instant."""
        market = self._market
        return {"seed": market.seed, "scenario": market.scenario, "step_ms": market.step_us // 1_000, "origin_us": market.origin_us}

    async def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """One batch an instant, without end; none while the feed is silent."""
        while True:
            block = self._block or block_of(self._market, self._at.block, carried=self._at.carried, last=self._at.last)
            self._block = block
            while self._at.instant < len(block.instants):
                batch = block.instants[self._at.instant]
                self._at.instant += 1
                if batch:
                    yield self._opened(batch)
                    if self._block is not block:
                        break
            else:
                self._at = msgspec.structs.replace(self._at, block=self._at.block + 1, carried=block.carried, last=block.last, instant=0)
                self._block = None

    def _opened(self, batch: list[MarketEvent]) -> list[MarketEvent]:
        """The batch, with the unseen stretch told first."""
        if self._at.gap_from_us is None:
            return batch
        gap = Gap(batch[0].ts_us, "", self._at.gap_from_us, "restart")
        self._at.gap_from_us = None
        return [gap, *batch]

    def state(self) -> Any:
        """The position, as plain values."""
        return msgspec.to_builtins(self._at)

    def restore(self, state: Any) -> None:
        """Stand at that position; the block is made again from its beginning."""
        at = msgspec.convert(state, Position)
        if at.symbols != self._market.symbols:
            named, kept = list(self._market.symbols), list(at.symbols)
            raise SettingsError(f"synthetic.symbols was {named}, the checkpoint's market has {kept}; keep those or use a new --data")
        self._at = at
        self._market = msgspec.structs.replace(self._market, origin_us=self._at.origin_us)
        self._block = None

    def skip_to(self, now_us: int) -> None:
        """Move to the first instant at or after `now_us`. Prices go the way they would have gone; of an absence longer than
        a week, only a week is walked, and the market stood still for the rest."""
        at, step_us = self._at, self._market.step_us
        seen_us = at.origin_us + at.block * BLOCK_US + (at.instant - 1) * step_us
        gap_from_us = max(seen_us, at.origin_us) if at.gap_from_us is None else at.gap_from_us
        target, rest_us = divmod(max(now_us, seen_us + step_us) - at.origin_us, BLOCK_US)
        instant = -(-rest_us // step_us)
        if target == at.block:
            self._at = msgspec.structs.replace(at, instant=instant, gap_from_us=gap_from_us)
            return
        unknown = (None,) * len(at.symbols)
        carried = self._walked(max(at.block, target - UNSEEN_BLOCKS), target)
        self._at = Position(at.symbols, at.origin_us, target, carried, unknown, instant, gap_from_us)
        self._block = None

    def _walked(self, start: int, end: int) -> Carried:
        """What is carried into block `end` when those from `start` on are walked minute by minute, without books."""
        carried, market = self._at.carried, self._market
        for block in range(start, end):
            first_minute = (market.origin_us + block * BLOCK_US) // (MINUTE_MS * 1_000)
            carried = minutes_of(market.symbols, carried, seed=market.seed, block=block, first_minute=first_minute).carried
        return carried


FEED = SyntheticFeed
