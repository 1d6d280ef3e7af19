"""How the user stream tells what happened: order, account, configuration and conditional-order events."""

from typing import Any

from tests.local_venue.account import Account
from tests.local_venue.market import Market
from tests.local_venue.numbers_out import money_out, price_out, qty_out
from tests.local_venue.rules import Rules
from tests.local_venue.shapes import ZERO, AlgoOrder, Order, Trade


def order_update(order: Order, rules: Rules, what: str, trade: Trade | None = None) -> dict[str, Any]:
    """`ORDER_TRADE_UPDATE`; `what` is the execution type (`NEW`, `TRADE`, `CANCELED`, `EXPIRED`)."""
    happened_ms = order.update_ms if trade is None else trade.time_ms
    detail: dict[str, Any] = {
        "s": order.symbol,
        "c": order.client_id,
        "S": order.side,
        "o": order.kind,
        "f": order.tif,
        "q": qty_out(rules, order.qty),
        "p": price_out(rules, order.price),
        "ap": f"{order.average:.5f}" if order.filled_qty else "0",
        "sp": "0",
        "x": what,
        "X": order.status,
        "i": order.order_id,
        "l": "0" if trade is None else qty_out(rules, trade.qty),
        "z": qty_out(rules, order.filled_qty),
        "L": "0" if trade is None else price_out(rules, trade.price),
        "n": "0" if trade is None else money_out(trade.fee),
        "N": "USDT",
        "T": happened_ms,
        "t": 0 if trade is None else trade.trade_id,
        "b": "0",
        "a": "0",
        "m": trade is not None and trade.is_maker,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": order.orig_kind or order.kind,
        "ps": "BOTH",
        "cp": order.close_position,
        "rp": "0" if trade is None else money_out(trade.realized),
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "NONE",
        "pm": "NONE",
        "gtd": 0,
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": happened_ms + 1, "T": happened_ms, "o": detail}


def trade_lite(trade: Trade, order: Order, rules: Rules) -> dict[str, Any]:
    """`TRADE_LITE`, the short form that comes first."""
    return {
        "e": "TRADE_LITE",
        "E": trade.time_ms,
        "T": trade.time_ms,
        "s": trade.symbol,
        "q": qty_out(rules, order.qty),
        "p": price_out(rules, order.price),
        "m": trade.is_maker,
        "c": order.client_id,
        "S": trade.side,
        "L": price_out(rules, trade.price),
        "l": qty_out(rules, trade.qty),
        "t": trade.trade_id,
        "i": trade.order_id,
    }


def account_update(account: Account, market: Market, why: str, symbols: tuple[str, ...] = ()) -> dict[str, Any]:
    """`ACCOUNT_UPDATE` with the wallet and the positions of some symbols; `why` is the venue's word (`ORDER`, `FUNDING_FEE`)."""
    now_ms = account.wallet_ms
    rows = []
    for symbol in symbols:
        position = account.position(symbol)
        rows.append(
            {
                "s": symbol,
                "pa": f"{position.qty:f}",
                "ep": f"{position.entry:.5f}",
                "bep": f"{position.entry:.5f}",
                "cr": money_out(position.realized),
                "up": money_out(account.unrealised(symbol)),
                "mt": account.margin[symbol],
                "iw": "0",
                "ps": "BOTH",
            }
        )
    wallet = money_out(account.wallet)
    change = account.incomes[-1].amount if account.incomes and why != "ORDER" else ZERO
    balance = {"a": "USDT", "wb": wallet, "cw": wallet, "bc": money_out(change)}
    return {"e": "ACCOUNT_UPDATE", "E": now_ms + 1, "T": now_ms, "a": {"m": why, "B": [balance], "P": rows}}


def config_update(now_ms: int, *, symbol: str = "", leverage: int = 0, is_multi: bool | None = None) -> dict[str, Any]:
    """`ACCOUNT_CONFIG_UPDATE`: a leverage, or the multi-assets mode."""
    event: dict[str, Any] = {"e": "ACCOUNT_CONFIG_UPDATE", "E": now_ms + 1, "T": now_ms}
    return event | ({"ac": {"s": symbol, "l": leverage}} if is_multi is None else {"ai": {"j": is_multi}})


def algo_update(order: AlgoOrder, rules: Rules, why: str = "") -> dict[str, Any]:
    """`ALGO_UPDATE`."""
    done = order.actual
    detail: dict[str, Any] = {
        "caid": order.client_id,
        "aid": order.algo_id,
        "at": "CONDITIONAL",
        "o": order.kind,
        "s": order.symbol,
        "S": order.side,
        "ps": "BOTH",
        "f": order.tif,
        "q": qty_out(rules, order.qty),
        "X": order.status,
        "ai": "" if done is None else str(done.order_id),
        "ap": "0" if done is None else f"{done.average:.5f}",
        "aq": "0" if done is None else qty_out(rules, done.filled_qty),
        "act": "0" if done is None else done.kind,
        "tp": price_out(rules, order.trigger),
        "p": price_out(rules, order.price),
        "V": "EXPIRE_MAKER",
        "wt": order.working,
        "pm": "NONE",
        "cp": order.close_position,
        "pP": False,
        "R": order.reduce_only,
        "tt": order.trigger_ms,
        "gtd": 0,
    }
    if why:
        detail["rm"] = why
    return {"e": "ALGO_UPDATE", "E": order.update_ms + 1, "T": order.update_ms, "o": detail}
