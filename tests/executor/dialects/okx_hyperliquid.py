"""Two small venues, as ccxt's documented parse code expects them: okx and hyperliquid (`other_venues`)."""

import json
import time
from typing import Any

from tests.executor.dialects.other_venues import Held, Other
from tests.executor.wire.scripted import Asked, Says, says

OKX_SYMBOL = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "uly": "BTC-USDT",
    "ctType": "linear",
    "ctVal": "0.01",
    "ctMult": "1",
    "ctValCcy": "BTC",
    "settleCcy": "USDT",
    "baseCcy": "",
    "quoteCcy": "",
    "lever": "100",
    "lotSz": "1",
    "minSz": "1",
    "tickSz": "0.1",
    "state": "live",
    "expTime": "",
    "listTime": "1573557408000",
}


class Okx(Other):
    """`POST /api/v5/trade/batch-orders` with one order; contracts of 0.01."""

    def __call__(self, asked: Asked) -> Says:
        path = asked.path.removeprefix("/api/v5/")
        if path in ("trade/batch-orders", "trade/order") and asked.method == "POST":
            told = json.loads(asked.body)
            params = told[0] if isinstance(told, list) else told
            return self.write(params, lambda: self.created(params))
        if path == "trade/cancel-order":
            params = json.loads(asked.body)
            return self.write(params, lambda: self.canceled(params["clOrdId"]))
        return says(self.told(path, asked.params))

    def created(self, params) -> Any:
        if params["clOrdId"] in self.orders:
            return self.error("51016", "Duplicated client order ID")
        held = self.place(params["clOrdId"], params["side"], params["sz"], params.get("px", ""), is_market=params["ordType"] == "market")
        return self.good([{"ordId": held.order_id, "clOrdId": held.client_id, "sCode": "0", "sMsg": ""}])

    def canceled(self, client_id) -> Any:
        held = self.end(client_id)
        if held is None:
            return self.error("51400", "Cancellation failed as the order does not exist.")
        return self.good([{"ordId": held.order_id, "clOrdId": client_id, "sCode": "0", "sMsg": ""}])

    def told(self, path, params) -> Any:
        if path == "public/time":
            return self.good([{"ts": str(time.time_ns() // 1_000_000)}])
        if path == "public/instruments":
            return self.good([OKX_SYMBOL])
        if path == "account/config":
            return self.good([{"posMode": "net_mode", "acctLv": "2"}])
        if path == "trade/order":
            held = self.orders.get(params["clOrdId"])
            return {"code": "51603", "msg": "Order does not exist", "data": []} if held is None else self.good([self.row(held)])
        if path == "trade/orders-pending":
            return self.good([self.row(one) for one in self.orders.values() if one.status == "open"])
        return {"code": "50000", "msg": f"unknown path {path}", "data": []}

    def row(self, one: Held) -> Any:
        return {
            "instId": "BTC-USDT-SWAP",
            "ordId": one.order_id,
            "clOrdId": one.client_id,
            "side": one.side,
            "ordType": "market" if one.is_market else "limit",
            "px": one.price,
            "sz": one.qty,
            "accFillSz": one.qty if one.status == "filled" else "0",
            "avgPx": "",
            "state": {"open": "live"}.get(one.status, one.status),
            "reduceOnly": "false",
            "cTime": str(one.at_ms),
            "uTime": str(one.at_ms),
        }

    def good(self, data) -> Any:
        return {"code": "0", "data": data, "msg": ""}

    def error(self, number, words) -> Any:
        return {"code": "1", "data": [{"ordId": "", "clOrdId": "", "sCode": number, "sMsg": words}], "msg": "All operations failed"}


class Hyperliquid(Other):
    """`POST /exchange` for what changes something, `POST /info` for what is asked."""

    def __call__(self, asked: Asked) -> Says:
        told = json.loads(asked.body)
        if asked.path == "/exchange":
            action = told["action"]
            return self.write(action, lambda: self.acted(action))
        return says(self.told(told))

    def acted(self, action) -> Any:
        if action["type"] == "order":
            (asked,) = action["orders"]
            in_force = asked["t"]["limit"]["tif"]
            held = self.place(asked["c"], "buy" if asked["b"] else "sell", asked["s"], asked["p"], is_market=in_force == "Ioc")
            if held.is_market:
                return self.good("order", {"filled": {"totalSz": held.qty, "avgPx": "60000.0", "oid": int(held.order_id)}})
            return self.good("order", {"resting": {"oid": int(held.order_id)}})
        if action["type"] == "cancelByCloid":
            held = self.end(action["cancels"][0]["cloid"])
            words = "Order was never placed, already canceled, or filled."
            return self.good("cancel", {"error": words} if held is None else "success")
        return {"status": "err", "response": f"unknown action {action['type']}"}

    def told(self, asked) -> Any:
        if asked["type"] == "exchangeStatus":
            return {"specialStatuses": None, "time": time.time_ns() // 1_000_000}
        if asked["type"] == "metaAndAssetCtxs":
            return [{"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 50}]}, [{"markPx": "60000.0", "midPx": "60000.5"}]]
        if asked["type"] == "orderStatus":
            held = self.orders.get(asked["oid"])
            return {"status": "unknownOid"} if held is None else {"status": "order", "order": self.row(held)}
        return []

    def row(self, one: Held) -> Any:
        order = {
            "coin": "BTC",
            "side": "B" if one.side == "buy" else "A",
            "limitPx": one.price,
            "sz": one.qty if one.status == "open" else "0.0" if one.status == "filled" else one.qty,
            "oid": int(one.order_id),
            "cloid": one.client_id,
            "origSz": one.qty,
            "timestamp": one.at_ms,
            "orderType": "Limit",
            "tif": "Gtc",
            "reduceOnly": False,
        }
        return {"order": order, "status": one.status, "statusTimestamp": one.at_ms}

    def good(self, kind, status) -> Any:
        return {"status": "ok", "response": {"type": kind, "data": {"statuses": [status]}}}
