"""A market as its streams brought it, played again word for word: what live trading would have seen, at the time it saw it."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.dialects._binance_streams import BinanceStreams
from executor.errors import UnreadableFeed
from executor.feeds.base import FeedWiring
from executor.recordings.files import chosen_symbols
from executor.recordings.rules import FALLBACK_NOTIONAL, USUAL
from executor.records.market import Gap, Instrument, MarketEvent
from executor.wire.cassettes.market import HEAD, Header, Played, files_of, lines_of
from executor.wire.streams.market import Subscription, gaps_of
from executor.wire.streams.shapes import Answer, BadFrame, Book, Passed, Rebuild, count
from executor.wire.streams.tape import Tape

BATCH_US = 50_000
LOOP_S = 0.05
BAR_S = 2.0  # as for other recordings of ticks, which are minutes long
PRIVATE = "private"


class Position(msgspec.Struct):
    """Where the playing stands: lines behind it, of so many bytes in all; the time of the last event given, and that before which
    nothing more is (after a skip)."""

    size: int
    lines: int = 0
    seen_us: int | None = None
    not_before_us: int | None = None


class Scan(msgspec.Struct):
    """What a first look shows: symbols with the decimals of their prices and sizes, and what the lines are."""

    decimals: dict[str, tuple[int, int]] = {}
    header: Header | None = None
    lines: int = 0
    kinds: dict[str, int] = {}


class CassetteFeed:
    """The cassette at the path after `cassette:`, a file or a folder. Recordings of others (a time and a message a line) are read as
    well; their rules are the usual ones, else as their numbers show them. `replay.symbols` chooses from it."""

    time: Literal["wall", "feed"] = "feed"
    loop_s = LOOP_S
    bar_s = BAR_S

    def __init__(self, wiring: FeedWiring) -> None:
        path = Path(wiring.path)
        self._files = files_of(path)
        self._streams = BinanceStreams()
        scan = scanned(self._files, self._streams)
        if not scan.decimals:
            raise UnreadableFeed(
                f"cassette {path} has {scan.lines} lines and no quote, needs at least one; name a cassette with bookTicker"
            )
        kept = {each.symbol: each for each in scan.header.instruments} if scan.header is not None else {}
        self._universe = tuple(kept) or tuple(sorted(scan.decimals))
        symbols = chosen_symbols(list(self._universe), wiring.settings.replay.symbols, where=wiring.path)
        self.instruments: Mapping[str, Instrument] = {
            symbol: kept.get(symbol) or instrument_of(symbol, scan.decimals.get(symbol, (8, 8))) for symbol in symbols
        }
        self.notes: Mapping[str, Any] = {
            "form": "cassette",
            "files": [file.name for file in self._files],
            "lines": scan.lines,
            "kinds": dict(sorted(scan.kinds.items())),
        }
        self._at = Position(sum(file.stat().st_size for file in self._files))
        self._moved = 0

    async def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """Events from where the playing stands to the cassette's end."""
        while True:
            moved, batch = self._moved, list[MarketEvent]()
            for line, events in self._played():
                if batch and events and events[0].ts_us // BATCH_US != batch[0].ts_us // BATCH_US:
                    self._at.lines = line
                    yield self._opened(batch)
                    batch = []
                    if moved != self._moved:
                        break
                batch.extend(events)
            else:
                if batch:
                    self._at.lines = self.notes["lines"]
                    yield self._opened(batch)
                if moved == self._moved:
                    return

    def _played(self) -> Iterator[tuple[int, list[MarketEvent]]]:
        """Lines with what they say, from the position on. What came before is heard again, since numbers and rates go on from it."""
        events: list[MarketEvent] = []
        tape = Tape(self._universe, events.append)
        subscriptions = {each.name: each for each in self._streams.subscriptions(self._universe)}
        start, not_before_us, now_us = self._at.lines, self._at.not_before_us or 0, 0
        for number, line in enumerate(lines_of(self._files)):
            events.clear()
            now_us = max(now_us, line.ts_us)
            self._hear(line, tape, subscriptions, now_us)
            if number >= start and now_us >= not_before_us:
                yield number, [each for each in events if not each.symbol or each.symbol in self.instruments]

    def _hear(self, line: Played, tape: Tape, subscriptions: Mapping[str, Subscription], now_us: int) -> None:
        """Do with a line what was done when it came."""
        if line.name.startswith(HEAD):
            each = subscriptions.get(line.name.removeprefix(HEAD))
            if each is not None:
                rebuild = msgspec.json.decode(line.raw, type=Rebuild)
                tape.begin_anew(each.topics, each.symbols)
                for gap in gaps_of(rebuild, each.symbols, is_whole=len(each.symbols) == len(self._universe)):
                    tape.put(gap)
        elif line.name != PRIVATE:
            try:
                news = self._streams.read(line.raw)
            except BadFrame:
                return
            if not isinstance(news, (Answer, Passed)):
                tape.take(news, now_us)

    def _opened(self, batch: list[MarketEvent]) -> list[MarketEvent]:
        """The batch, with a skipped stretch told first."""
        at, first_us = self._at, batch[0].ts_us
        since_us, skipped = at.seen_us, at.not_before_us is not None
        at.seen_us, at.not_before_us = batch[-1].ts_us, None
        return [Gap(first_us, "", first_us if since_us is None else since_us, "restart"), *batch] if skipped else batch

    def state(self) -> Any:
        """The position, as plain values."""
        return msgspec.to_builtins(self._at)

    def restore(self, state: Any) -> None:
        """Stand at that position; refuses a cassette that has another size."""
        at = msgspec.convert(state, Position)
        if at.size != self._at.size:
            raise UnreadableFeed(f"the cassette had {at.size} bytes, now {self._at.size}; put it back or use a new --data")
        self._at = at
        self._moved += 1

    def skip_to(self, now_us: int) -> None:
        """Give nothing before `now_us`; the next batch opens with a `Gap`."""
        self._at.not_before_us = now_us
        self._moved += 1


def scanned(files: list[Path], streams: BinanceStreams) -> Scan:
    """A first look at every line."""
    scan = Scan()
    for line in lines_of(files):
        scan.lines += 1
        if line.name == HEAD and scan.header is None:
            scan.header = msgspec.json.decode(line.raw, type=Header)
        if line.name.startswith(HEAD) or line.name == PRIVATE:
            count(scan.kinds, "private" if line.name == PRIVATE else "said by the recorder")
            continue
        try:
            news = streams.read(line.raw)
        except BadFrame:
            count(scan.kinds, "bad frame")
            continue
        count(scan.kinds, news.kind if isinstance(news, Passed) else type(news).__name__.lower())
        if isinstance(news, Book):
            price, qty = scan.decimals.get(news.symbol, (0, 0))
            shown = max(price, decimals(news.bid), decimals(news.ask)), max(qty, decimals(news.bid_qty), decimals(news.ask_qty))
            scan.decimals[news.symbol] = shown
    return scan


def decimals(value: float) -> int:
    """How many decimals a number has in its shortest writing."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def instrument_of(symbol: str, shown: tuple[int, int]) -> Instrument:
    """The usual rules of a symbol, else what its prices and sizes show."""
    tick, step, notional = USUAL.get(symbol, (None, None, None))
    lot = Decimal(step) if step else Decimal(1).scaleb(-shown[1])
    return Instrument(
        symbol=symbol,
        tick_size=Decimal(tick) if tick else Decimal(1).scaleb(-shown[0]),
        step_size=lot,
        min_qty=lot,
        min_notional=Decimal(notional) if notional else FALLBACK_NOTIONAL,
    )


FEED = CassetteFeed
