"""The books once more, from the raw lines alone: plain JSON and decimals, and nothing of the project's own code.

Average cost by hand, fees from the tariff, funding from the venue's published rates and the newest mid that was journaled.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import zstandard

MAKER_BPS, TAKER_BPS = Decimal(2), Decimal(5)
START_USD = Decimal(100_000)
CENT = Decimal("0.01")
ZERO = Decimal(0)


def lines(root: Path, stream: str) -> Iterator[dict[str, Any]]:
    """Every record of a journal, by segment, then line; what a crash tore off stands aside in `.torn` and was never a record."""
    for path in sorted((root / "raw" / stream).glob("*.jsonl*")):
        if path.suffix == ".torn":
            continue
        yield from map(json.loads, segment_lines(path))


def segment_lines(path: Path) -> list[bytes]:
    """The lines of one file of a journal, packed or plain."""
    data = path.read_bytes()
    return (zstandard.ZstdDecompressor().decompress(data) if path.suffix == ".zst" else data).splitlines()


def published_rates(path: Path) -> dict[tuple[str, int], Decimal]:
    """The venue's funding rates as published, by symbol and settlement (microseconds)."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return {(row["symbol"], int(row["ts_ms"]) * 1000): Decimal(row["funding_rate"]) for row in csv.DictReader(file)}


@dataclass
class Seen:
    """What the ticks journal says: how many of what, each symbol's first and last quote, and mids at the times asked for."""

    kinds: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    first_us: dict[str, int] = field(default_factory=dict)
    last_us: dict[str, int] = field(default_factory=dict)
    mids: dict[str, Decimal] = field(default_factory=dict)
    mids_at: dict[tuple[str, int], Decimal] = field(default_factory=dict)


def seen(root: Path, asked: Iterable[tuple[str, int]] = ()) -> Seen:
    """Go through the ticks once. `asked` are symbols and times; a time's mid is that of the newest quote at or before it."""
    found = Seen()
    waiting: dict[str, list[int]] = {}
    for symbol, ts_us in sorted(asked, key=lambda one: -one[1]):
        waiting.setdefault(symbol, []).append(ts_us)
    touch: dict[str, tuple[float, float]] = {}
    for tick in lines(root, "ticks"):
        found.kinds[tick["kind"]] += 1
        if tick["kind"] != "quote":
            continue
        symbol, ts_us = tick["symbol"], tick["ts_us"]
        found.repeats += ts_us != tick["exchange_ts_us"]
        due = waiting.get(symbol, [])
        while due and due[-1] < ts_us:
            at_us = due.pop()
            if symbol in touch:
                found.mids_at[symbol, at_us] = mid(touch[symbol])
        touch[symbol] = (tick["bid"], tick["ask"])
        found.first_us.setdefault(symbol, ts_us)
        found.last_us[symbol] = ts_us
    found.mids = {symbol: mid(both) for symbol, both in touch.items()}
    return found


def mid(touch: tuple[float, float]) -> Decimal:
    return (Decimal(str(touch[0])) + Decimal(str(touch[1]))) / 2


@dataclass
class Trip:
    """One position from flat to flat."""

    symbol: str
    side: str
    strategy: str
    gross: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.gross - self.fees + self.funding


@dataclass
class Books:
    """One account by average cost. `wallet_at` has the wallet after each thing that moved it."""

    wallet: Decimal = START_USD
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    fills: int = 0
    qty: dict[str, Decimal] = field(default_factory=dict)
    cost: dict[str, Decimal] = field(default_factory=dict)
    open: dict[str, Trip] = field(default_factory=dict)
    trips: list[Trip] = field(default_factory=list)
    wallet_at: list[tuple[int, Decimal]] = field(default_factory=list)
    held_at: dict[str, list[tuple[int, Decimal]]] = field(default_factory=dict)
    strategy_of: dict[str, str] = field(default_factory=dict)

    def take(self, record: dict[str, Any], funding: dict[tuple[str, int], Decimal]) -> None:
        """One record of the orders journal; `funding` is what 1 unit of a long position gains at a settlement."""
        if record["kind"] == "intent":
            self.strategy_of[record["intent_id"]] = record["strategy"]
        elif record["kind"] == "submit":
            self.strategy_of[record["client_id"]] = self.strategy_of[record["intent_id"]]
        elif record["kind"] == "fill":
            self.fill(record)
        elif record["kind"] == "funding":
            symbol = record["symbol"]
            amount = self.qty[symbol] * funding[symbol, record["ts_us"]]
            self.funding += amount
            self.open[symbol].funding += amount
            self.move(record["ts_us"], amount)

    def fill(self, record: dict[str, Any]) -> None:
        symbol, price, size = record["symbol"], Decimal(record["price"]), Decimal(record["qty"])
        signed = size if record["side"] == "buy" else -size
        held = self.qty.get(symbol, ZERO)
        fee = size * price * (MAKER_BPS if record["liquidity"] == "maker" else TAKER_BPS) / 10_000
        closing = min(size, abs(held)) if held * signed < 0 else ZERO
        self.fills += 1
        self.fees += fee
        earned = ZERO
        if closing:
            trip = self.open[symbol]
            earned = self.closed(symbol, closing if held > 0 else -closing, price)
            trip.gross += earned
            trip.fees += fee * closing / size
            if not self.qty[symbol]:
                self.trips.append(self.open.pop(symbol))
        if size > closing:
            opening = (size - closing) * (1 if signed > 0 else -1)
            trip = self.open.setdefault(
                symbol, Trip(symbol, "long" if signed > 0 else "short", self.strategy_of.get(record["client_id"], ""))
            )
            trip.fees += fee * (size - closing) / size
            self.qty[symbol] = self.qty.get(symbol, ZERO) + opening
            self.cost[symbol] = self.cost.get(symbol, ZERO) + opening * price
        self.realized += earned
        self.held_at.setdefault(symbol, []).append((record["ts_us"], self.qty[symbol]))
        self.move(record["ts_us"], earned - fee)

    def closed(self, symbol: str, signed: Decimal, price: Decimal) -> Decimal:
        """Profit of the part of a position that is closed, at its share of the average cost."""
        cost = self.cost[symbol] * signed / self.qty[symbol]
        self.cost[symbol] -= cost
        self.qty[symbol] -= signed
        return signed * price - cost

    def move(self, ts_us: int, amount: Decimal) -> None:
        self.wallet += amount
        self.wallet_at.append((ts_us, self.wallet))

    def unrealised(self, mids: dict[str, Decimal]) -> dict[str, Decimal]:
        return {symbol: qty * mids[symbol] - self.cost[symbol] for symbol, qty in self.qty.items() if qty}

    def held(self, symbol: str, ts_us: int) -> Decimal:
        """The position after everything that had happened by then."""
        return next((qty for at_us, qty in reversed(self.held_at.get(symbol, [])) if at_us <= ts_us), ZERO)


def books(root: Path, rates: dict[tuple[str, int], Decimal], mids_at: dict[tuple[str, int], Decimal]) -> Books:
    """The account as the orders journal makes it, funding valued at the published rate and the newest mid."""
    gains = {key: -mids_at[key] * rate for key, rate in rates.items() if key in mids_at}
    found = Books()
    for record in lines(root, "orders"):
        found.take(record, gains)
    return found
