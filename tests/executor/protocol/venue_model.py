"""A venue as the order protocol must be able to bear it: honest in the end, with ids that are unique only within a symbol."""

from decimal import Decimal
from typing import Any

import msgspec

from executor.protocol.facts import OrderFact, Refused, TradeFact
from executor.records.base import Record, Side, opposite, sign
from executor.records.orders import Submit

SYMBOLS = ("BTCUSDT", "ETHUSDT")
NOW_US = 1_767_225_600_000_000
SECOND_US = 1_000_000
PRICE = Decimal(100)


def make_submit(client_id: str = "h-1", **said: Any) -> Submit:
    plain = {
        "intent_id": f"i-{client_id}",
        "symbol": "BTCUSDT",
        "side": "buy",
        "qty": Decimal(3),
        "price": PRICE,
        "step": "maker",
        "post_only": False,
        "reduce_only": False,
    }
    return Submit(said.pop("ts_us", NOW_US), client_id=client_id, **(plain | said))


def make_order(client_id: str = "h-1", **said: Any) -> OrderFact:
    plain = {"order_id": "1", "symbol": "BTCUSDT", "side": "buy", "qty": Decimal(3), "filled_qty": Decimal(0), "status": "open"}
    return OrderFact(client_id=client_id, **(plain | said))


def make_trade(trade_id: str = "1", **said: Any) -> TradeFact:
    plain = {
        "order_id": "1",
        "client_id": "h-1",
        "symbol": "BTCUSDT",
        "side": "buy",
        "price": PRICE,
        "qty": Decimal(1),
        "fee": Decimal("0.04"),
        "fee_asset": "USDT",
        "is_maker": True,
        "realized": None,
        "ts_us": NOW_US + SECOND_US,
    }
    return TradeFact(trade_id=trade_id, **(plain | said))


def through_json(record: Record) -> Record:
    """A record as it is read back from the journal."""
    return msgspec.json.decode(msgspec.json.encode(record), type=type(record))


class Kept(msgspec.Struct):
    """One order at the venue: everything it ever looked like, oldest first, and its trades."""

    looks: list[OrderFact]
    trades: list[TradeFact]

    @property
    def now(self) -> OrderFact:
        return self.looks[-1]


class ModelVenue:
    """Accepts or refuses, fills in parts, cancels, expires. Everything it says is true of some moment."""

    def __init__(self) -> None:
        self.orders: dict[str, Kept] = {}
        self.refused: dict[str, Refused] = {}
        self.trades: list[TradeFact] = []
        self.positions = dict.fromkeys(SYMBOLS, Decimal(0))
        self._order_ids = dict.fromkeys(SYMBOLS, 0)
        self._trade_ids = dict.fromkeys(SYMBOLS, 0)
        self.now_us = NOW_US

    def accept(self, order: Submit) -> OrderFact:
        fact = make_order(
            order.client_id, order_id=self._order_id(order.symbol), symbol=order.symbol, side=order.side, qty=order.qty, ts_us=self.now_us
        )
        self.orders[order.client_id] = Kept([fact], [])
        return fact

    def refuse(self, order: Submit) -> Refused:
        self.refused[order.client_id] = Refused(code="insufficient_margin", detail="-2019 no margin")
        return self.refused[order.client_id]

    def trade(self, client_id: str, qty: Decimal) -> TradeFact:
        kept = self.orders[client_id]
        qty = min(qty, kept.now.qty - kept.now.filled_qty)
        trade = self._traded(kept.now.symbol, kept.now.side, qty, client_id=client_id, order_id=kept.now.order_id)
        filled = kept.now.filled_qty + qty
        status = "filled" if filled == kept.now.qty else "open"
        kept.looks.append(msgspec.structs.replace(kept.now, filled_qty=filled, status=status))
        kept.trades.append(trade)
        return trade

    def end(self, client_id: str, status: str) -> OrderFact:
        kept = self.orders[client_id]
        kept.looks.append(msgspec.structs.replace(kept.now, status=status))
        return kept.now

    def somebody(self, symbol: str, side: Side, qty: Decimal, client_id: str) -> TradeFact:
        """A trade of an order that is not ours."""
        return self._traded(symbol, side, qty, client_id=client_id, order_id=self._order_id(symbol))

    def _order_id(self, symbol: str) -> str:
        self._order_ids[symbol] += 1
        return str(self._order_ids[symbol])

    def _traded(self, symbol: str, side: Side, qty: Decimal, *, client_id: str, order_id: str) -> TradeFact:
        self._trade_ids[symbol] += 1
        self.now_us += 1_000
        self.positions[symbol] += qty * sign(side)
        trade = make_trade(
            str(self._trade_ids[symbol]), order_id=order_id, client_id=client_id, symbol=symbol, side=side, qty=qty, ts_us=self.now_us
        )
        self.trades.append(trade)
        return trade


__all__ = ["NOW_US", "PRICE", "SECOND_US", "SYMBOLS", "ModelVenue", "make_order", "make_submit", "make_trade", "opposite", "through_json"]
