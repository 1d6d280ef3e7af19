"""A small venue that answers the way ccxt's documented parse code expects of it, bybit, and what it shares with others.

A venue keeps orders by client id; a market order fills at once, any other rests. `ill` replaces the answer to the next write, after it
was carried out or instead of that.
"""

import json
import time
from typing import Any

import msgspec

from tests.executor.wire.scripted import Asked, Says, says


class Held(msgspec.Struct, kw_only=True):
    """One order as such a venue holds it; quantities in its own units."""

    order_id: str
    client_id: str
    side: str
    qty: str
    price: str
    is_market: bool
    status: str = "open"
    at_ms: int = 0
    trigger: str = ""


class Other:
    """What the three have in common."""

    def __init__(self) -> None:
        self.orders: dict[str, Held] = {}
        self.writes: list[Any] = []
        self.ill: tuple[str, Says] | None = None

    def write(self, what: Any, carry) -> Says:
        """Carry a write out, or not, and answer, or not, as `ill` says."""
        self.writes.append(what)
        ill, self.ill = self.ill, None
        if ill is not None and ill[0] == "before":
            return ill[1]
        answer = says(carry())
        return answer if ill is None else ill[1]

    def place(self, client_id: str, side: str, qty: str, price: str, *, is_market: bool) -> Held:
        status = "filled" if is_market else "open"
        order_id = str(70_001 + len(self.orders))
        held = Held(order_id=order_id, client_id=client_id, side=side, qty=qty, price=price, is_market=is_market, status=status)
        held.at_ms = time.time_ns() // 1_000_000
        self.orders[client_id] = held
        return held

    def end(self, client_id: str) -> Held | None:
        held = self.orders.get(client_id)
        if held is None or held.status not in ("open", "waiting"):
            return None
        held.status = "canceled"
        return held


class Bybit(Other):
    """`POST /v5/order/create` and what goes with it."""

    def __call__(self, asked: Asked) -> Says:
        params = json.loads(asked.body) if asked.method == "POST" else asked.params
        path = asked.path.removeprefix("/v5/")
        if path == "order/create":
            return self.write(params, lambda: self.created(params))
        if path == "order/cancel":
            return self.write(params, lambda: self.canceled(params["orderLinkId"]))
        return says(self.told(path, params))

    def created(self, params) -> Any:
        if params["orderLinkId"] in self.orders:
            return self.error(110072, "OrderLinkedID is duplicate")
        held = self.place(
            params["orderLinkId"],
            params["side"].lower(),
            params["qty"],
            params.get("price", "0"),
            is_market=params["orderType"] == "Market",
        )
        if "triggerPrice" in params:
            held.status, held.trigger = "waiting", params["triggerPrice"]
        return self.good({"orderId": self.orders[params["orderLinkId"]].order_id, "orderLinkId": params["orderLinkId"]})

    def canceled(self, client_id) -> Any:
        held = self.end(client_id)
        return self.error(110001, "order not exists") if held is None else self.good({"orderId": held.order_id, "orderLinkId": client_id})

    def told(self, path, params) -> Any:
        if path == "market/time":
            return self.good({"timeSecond": str(time.time_ns() // 10**9), "timeNano": str(time.time_ns())})
        if path == "market/instruments-info":
            return self.good({"category": "linear", "list": [] if "status" in params else [BYBIT_SYMBOL], "nextPageCursor": ""})
        if path == "market/risk-limit":
            return self.good({"category": "linear", "list": BYBIT_TIERS, "nextPageCursor": ""})
        if path == "user/query-api":
            return self.good({"unified": 0, "uta": 1})
        if path == "account/info":
            return self.good({"unifiedMarginStatus": 6, "marginMode": "REGULAR_MARGIN"})
        if path == "order/realtime":
            wanted = params.get("orderLinkId")
            rows = [one for one in self.orders.values() if (one.client_id == wanted if wanted else one.status in ("open", "waiting"))]
            return self.good({"list": [self.row(one) for one in rows] if params.get("settleCoin") != "USDC" else [], "nextPageCursor": ""})
        if path == "order/history":
            return self.good({"list": [self.row(one) for one in self.orders.values() if one.status != "open"], "nextPageCursor": ""})
        if path == "execution/list":
            return self.good({"list": [self.trade(one) for one in self.orders.values() if one.status == "filled"], "nextPageCursor": ""})
        if path == "position/list":
            return self.good({"list": [self.position()] if params.get("settleCoin") != "USDC" else [], "nextPageCursor": ""})
        if path == "account/wallet-balance":
            coin = {"coin": "USDT", "walletBalance": "1000", "equity": "1001", "totalPositionIM": "30", "locked": "0"}
            return self.good({"list": [{"accountType": "UNIFIED", "coin": [coin]}]})
        return self.error(10001, f"unknown path {path}")

    def row(self, one: Held) -> Any:
        words = {"open": "New", "waiting": "Untriggered", "filled": "Filled", "canceled": "Deactivated" if one.trigger else "Cancelled"}
        status = words[one.status]
        return {
            "symbol": "BTCUSDT",
            "orderId": one.order_id,
            "orderLinkId": one.client_id,
            "side": one.side.capitalize(),
            "orderType": "Market" if one.is_market else "Limit",
            "price": one.price,
            "qty": one.qty,
            "cumExecQty": one.qty if one.status == "filled" else "0",
            "cumExecValue": "0",
            "leavesQty": "0" if one.status != "open" else one.qty,
            "orderStatus": status,
            "triggerPrice": one.trigger,
            "timeInForce": "GTC",
            "reduceOnly": False,
            "createdTime": str(one.at_ms),
            "updatedTime": str(one.at_ms),
        }

    def trade(self, one: Held) -> Any:
        return {
            "symbol": "BTCUSDT",
            "execId": f"t{one.order_id}",
            "orderId": one.order_id,
            "orderLinkId": one.client_id,
            "side": one.side.capitalize(),
            "execPrice": "60000",
            "execQty": one.qty,
            "execFee": "0.3",
            "feeCurrency": "USDT",
            "isMaker": False,
            "execType": "Trade",
            "execTime": str(one.at_ms),
        }

    def position(self) -> Any:
        return {
            "symbol": "BTCUSDT",
            "side": "Buy",
            "size": "0.010",
            "avgPrice": "60000",
            "positionValue": "600",
            "leverage": "3",
            "markPrice": "60100",
            "unrealisedPnl": "1",
            "positionIdx": 0,
            "tradeMode": 0,
            "liqPrice": "",
            "positionIM": "200",
            "positionMM": "3",
            "updatedTime": str(time.time_ns() // 1_000_000),
        }

    def good(self, result) -> Any:
        return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": time.time_ns() // 1_000_000}

    def error(self, number, words) -> Any:
        return self.good({}) | {"retCode": number, "retMsg": words}


BYBIT_SYMBOL = {
    "symbol": "BTCUSDT",
    "contractType": "LinearPerpetual",
    "status": "Trading",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "settleCoin": "USDT",
    "launchTime": "1585526400000",
    "deliveryTime": "0",
    "priceScale": "2",
    "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
    "priceFilter": {"minPrice": "0.10", "maxPrice": "999999.00", "tickSize": "0.10"},
    "lotSizeFilter": {"maxOrderQty": "100.000", "minOrderQty": "0.001", "qtyStep": "0.001", "minNotionalValue": "5"},
}

BYBIT_TIERS = [
    {"id": 1, "symbol": "BTCUSDT", "riskLimitValue": "2000000", "maintenanceMargin": "0.005", "maxLeverage": "100.00"},
    {"id": 2, "symbol": "BTCUSDT", "riskLimitValue": "4000000", "maintenanceMargin": "0.01", "maxLeverage": "50.00"},
]
