"""Closed trades that are valid as they stand: name only what the test is about."""

import csv
import gzip
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hedge_assets.folds.ledger import ClosedTrade, Ledger
from tests.hedge_assets.builders import BTC, HOUR, T0


def closed(net: Any, number: int = 1, *, symbol: str = BTC, notional: Any = 1000, **given: Any) -> ClosedTrade:
    """A long round trip of one hour, without fees, that earned `net` USD on `notional`."""
    earned = Decimal(str(net))
    sums = {"qty": Decimal(1), "entry_price": Decimal(1000), "exit_price": Decimal(1000) + earned, "notional": Decimal(str(notional))}
    money = {"gross": earned, "fees": Decimal(0), "funding": Decimal(0), "net": earned}
    times = {"opened_us": T0 + number * HOUR - HOUR, "closed_us": T0 + number * HOUR}
    rest = {"side": "long", "strategy": "momentum", "intent_id": f"i{number}", "maker_frac": 1.0, "fills": 2, "initial_risk_usd": 10.0}
    traded = 2 * sums["notional"] + earned
    filled = {"traded_usd": traded, "maker_usd": traded * Decimal(str(given.get("maker_frac", 1)))}
    words = {"entry_reason": "trend", "exit_reason": "take"}
    return ClosedTrade(**{"number": number, "symbol": symbol, **times, **sums, **money, **rest, **filled, **words, **given})


def book(nets: Iterable[Any], **given: Any) -> list[ClosedTrade]:
    """Round trips one after another."""
    return [closed(net, number, **given) for number, net in enumerate(nets, 1)]


def ledger_of(trades: list[ClosedTrade]) -> Ledger:
    """A ledger that has closed these trades, in the order of closing, and nothing else."""
    ledger = Ledger(closed=len(trades), newest_us=max((trade.closed_us for trade in trades), default=None))
    for trade in sorted(trades, key=lambda each: (each.closed_us, each.number)):
        ledger.enter_result(trade)
    return ledger


def recorded(path: Path) -> list[ClosedTrade]:
    """Another engine's closed trades, as ours."""
    with gzip.open(path, "rt") as file:
        return [_recorded_trade(row) for row in csv.DictReader(file)]


def _recorded_trade(row: dict[str, str]) -> ClosedTrade:
    qty, entry, leaving, net = (Decimal(row[name]) for name in ("qty", "open_rate", "close_rate", "pnl"))
    return closed(
        net,
        int(row["trade_no"]),
        symbol=row["symbol"],
        side=row["side"],
        notional=qty * entry,
        qty=qty,
        entry_price=entry,
        exit_price=leaving,
        opened_us=int(row["open_ms"]) * 1000,
        closed_us=int(row["close_ms"]) * 1000,
        initial_risk_usd=None,
    )
