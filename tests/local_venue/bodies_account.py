"""How the account travels: positions (v2 and v3), account, balances, configuration, ledger."""

from typing import TYPE_CHECKING, Any

from tests.local_venue.account import Figures, Income
from tests.local_venue.numbers_out import money_out, qty_out

if TYPE_CHECKING:
    from tests.local_venue.venue import LocalVenue


def position_v3(venue: "LocalVenue", symbol: str) -> dict[str, Any]:
    """A row of `v3/positionRisk`: neither leverage nor margin type."""
    account, book, rules = venue.account, venue.market.books[symbol], venue.rules[symbol]
    held = account.position(symbol)
    notional, margin = held.qty * book.mark, account.position_margin(symbol)
    orders = sum((account.needed(order, order.price) for order in venue.orders.resting[symbol].values()), held.qty * 0)
    is_isolated = account.margin[symbol] == "isolated"
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": qty_out(rules, held.qty),
        "entryPrice": f"{held.entry.normalize():f}" if held.qty else "0.0",
        "breakEvenPrice": f"{held.entry:.8f}" if held.qty else "0.0",
        "markPrice": money_out(book.mark),
        "unRealizedProfit": money_out(account.unrealised(symbol)),
        "liquidationPrice": money_out(account.liquidation_price(symbol)) if held.qty else "0",
        "isolatedMargin": money_out(margin) if is_isolated and held.qty else "0",
        "notional": money_out(notional) if held.qty else "0",
        "marginAsset": "USDT",
        "isolatedWallet": money_out(margin) if is_isolated and held.qty else "0",
        "initialMargin": money_out(margin + orders),
        "maintMargin": money_out(abs(notional) * rules.maintenance),
        "positionInitialMargin": money_out(margin),
        "openOrderInitialMargin": money_out(orders) if orders else "0",
        "adl": 2 if held.qty else 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": held.update_ms,
    }


def position_v2(venue: "LocalVenue", symbol: str) -> dict[str, Any]:
    """A row of `v2/positionRisk`: with leverage and margin type, for every symbol."""
    newer = position_v3(venue, symbol)
    same = ("symbol", "positionAmt", "entryPrice", "breakEvenPrice", "markPrice", "unRealizedProfit", "liquidationPrice")
    more = ("isolatedMargin", "positionSide", "notional", "isolatedWallet", "updateTime")
    return {name: newer[name] for name in (*same, *more)} | {
        "leverage": str(venue.account.leverage[symbol]),
        "maxNotionalValue": "100000000",
        "marginType": venue.account.margin[symbol],
        "isAutoAddMargin": "false",
    }


def shown_positions(venue: "LocalVenue") -> list[str]:
    """Symbols that v3 tells of: those with a position or an open order."""
    return [symbol for symbol in venue.rules if venue.account.position(symbol).qty or venue.orders.resting[symbol]]


def account_v3(venue: "LocalVenue") -> dict[str, Any]:
    """`v3/account`."""
    figures = venue.figures()
    rows = [_account_position(venue, symbol) for symbol in shown_positions(venue)]
    return _totals(figures) | {"assets": [_asset(figures, venue.account.wallet_ms)], "positions": rows}


def account_v2(venue: "LocalVenue") -> dict[str, Any]:
    """`v2/account`: the same with modes, and every symbol's position."""
    figures, account = venue.figures(), venue.account
    rows = []
    for symbol in venue.rules:
        more = {"leverage": str(account.leverage[symbol]), "isolated": account.margin[symbol] == "isolated", "maxNotional": "100000000"}
        entry = position_v3(venue, symbol)["entryPrice"]
        rows.append(_account_position(venue, symbol) | more | {"entryPrice": entry})
    modes = {"feeTier": 0, "canTrade": account.can_trade, "canDeposit": True, "canWithdraw": True, "tradeGroupId": -1, "updateTime": 0}
    asset = _asset(figures, account.wallet_ms) | {"marginAvailable": True}
    return modes | {"multiAssetsMargin": account.is_multi_asset} | _totals(figures) | {"assets": [asset], "positions": rows}


def balances(venue: "LocalVenue") -> list[dict[str, Any]]:
    """`v2|v3/balance`."""
    figures = venue.figures()
    row = {
        "accountAlias": "SgsR",
        "asset": "USDT",
        "balance": money_out(figures.wallet),
        "crossWalletBalance": money_out(figures.wallet),
        "crossUnPnl": money_out(figures.unrealised),
        "availableBalance": money_out(figures.available),
        "maxWithdrawAmount": money_out(figures.available),
        "marginAvailable": True,
        "updateTime": venue.account.wallet_ms,
    }
    return [row]


def income(row: Income) -> dict[str, Any]:
    """A row of the ledger; `tradeId` is empty or a number."""
    return {
        "symbol": row.symbol,
        "incomeType": row.kind,
        "income": money_out(row.amount),
        "asset": "USDT",
        "info": row.info,
        "time": row.time_ms,
        "tranId": row.tran_id,
        "tradeId": "" if row.trade_id is None else row.trade_id,
    }


def _account_position(venue: "LocalVenue", symbol: str) -> dict[str, Any]:
    row = position_v3(venue, symbol)
    same = ("symbol", "positionSide", "positionAmt", "isolatedMargin", "notional", "isolatedWallet", "initialMargin", "maintMargin")
    return {name: row[name] for name in (*same, "updateTime")} | {"unrealizedProfit": row["unRealizedProfit"]}


def _totals(figures: Figures) -> dict[str, Any]:
    return {
        "totalInitialMargin": money_out(figures.position_margin + figures.order_margin),
        "totalMaintMargin": money_out(figures.maintenance),
        "totalWalletBalance": money_out(figures.wallet),
        "totalUnrealizedProfit": money_out(figures.unrealised),
        "totalMarginBalance": money_out(figures.equity),
        "totalPositionInitialMargin": money_out(figures.position_margin),
        "totalOpenOrderInitialMargin": money_out(figures.order_margin),
        "totalCrossWalletBalance": money_out(figures.wallet),
        "totalCrossUnPnl": money_out(figures.unrealised),
        "availableBalance": money_out(figures.available),
        "maxWithdrawAmount": money_out(figures.available),
    }


def _asset(figures: Figures, update_ms: int) -> dict[str, Any]:
    return {
        "asset": "USDT",
        "walletBalance": money_out(figures.wallet),
        "unrealizedProfit": money_out(figures.unrealised),
        "marginBalance": money_out(figures.equity),
        "maintMargin": money_out(figures.maintenance),
        "initialMargin": money_out(figures.position_margin + figures.order_margin),
        "positionInitialMargin": money_out(figures.position_margin),
        "openOrderInitialMargin": money_out(figures.order_margin),
        "crossWalletBalance": money_out(figures.wallet),
        "crossUnPnl": money_out(figures.unrealised),
        "availableBalance": money_out(figures.available),
        "maxWithdrawAmount": money_out(figures.available),
        "updateTime": update_ms,
    }
