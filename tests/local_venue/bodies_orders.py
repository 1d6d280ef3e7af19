"""How orders and trades travel: acknowledgement, query, cancel, and rows of trades."""

from typing import Any

from tests.local_venue.numbers_out import money_out, price_out, qty_out
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import AlgoOrder, Order, Trade


def _order(order: Order, rules: Rules) -> dict[str, Any]:
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": order.status,
        "clientOrderId": order.client_id,
        "price": price_out(rules, order.price),
        "avgPrice": f"{order.average:.5f}" if order.filled_qty else "0.00",
        "origQty": qty_out(rules, order.qty),
        "executedQty": qty_out(rules, order.filled_qty),
        "cumQuote": f"{order.quote_qty:.5f}",
        "timeInForce": order.tif,
        "type": order.kind,
        "reduceOnly": order.reduce_only,
        "closePosition": order.close_position,
        "side": order.side,
        "positionSide": "BOTH",
        "stopPrice": price_out(rules, order.price * 0),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.orig_kind or order.kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "updateTime": order.update_ms,
    }


def acknowledged(order: Order, rules: Rules, *, is_result: bool) -> dict[str, Any]:
    """The answer to a new order; without `newOrderRespType=RESULT` it is always told as just arrived."""
    body = _order(order, rules)
    if not is_result:
        nothing = qty_out(rules, order.qty * 0)
        body |= {"status": "NEW", "avgPrice": "0.00", "executedQty": nothing, "cumQuote": "0.00000", "updateTime": order.time_ms}
    return body | {"cumQty": body["executedQty"]}


def canceled(order: Order, rules: Rules) -> dict[str, Any]:
    """The answer to a cancel."""
    body = _order(order, rules)
    return body | {"cumQty": body["executedQty"]}


def queried(order: Order, rules: Rules) -> dict[str, Any]:
    """An order as a query tells it: with its time, without `cumQty`."""
    return _order(order, rules) | {"time": order.time_ms}


def user_trade(trade: Trade, rules: Rules) -> dict[str, Any]:
    """A row of `userTrades`. It names no client id."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "side": trade.side,
        "price": price_out(rules, trade.price),
        "qty": qty_out(rules, trade.qty),
        "realizedPnl": money_out(trade.realized),
        "marginAsset": "USDT",
        "quoteQty": f"{trade.price * trade.qty:.5f}",
        "commission": money_out(trade.fee),
        "commissionAsset": "USDT",
        "time": trade.time_ms,
        "positionSide": "BOTH",
        "maker": trade.is_maker,
        "buyer": trade.side == "BUY",
    }


def algo(order: AlgoOrder, rules: Rules) -> dict[str, Any]:
    """A conditional order; `actualOrderId` is empty until it was triggered."""
    done = order.actual
    return {
        "algoId": order.algo_id,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": order.kind,
        "symbol": order.symbol,
        "side": order.side,
        "positionSide": "BOTH",
        "timeInForce": order.tif,
        "quantity": qty_out(rules, order.qty),
        "algoStatus": order.status,
        "actualOrderId": "" if done is None else str(done.order_id),
        "actualPrice": "0.00000" if done is None else f"{done.average:.5f}",
        "triggerPrice": price_out(rules, order.trigger),
        "price": price_out(rules, order.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": order.working,
        "priceMatch": "NONE",
        "closePosition": order.close_position,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "createTime": order.time_ms,
        "updateTime": order.update_ms,
        "triggerTime": order.trigger_ms,
        "goodTillDate": 0,
    }
