"""Fills and orders as the executions fold keeps them: name only what the test is about."""

from collections.abc import Iterable

from hedge_assets.folds.executions import Executions, FillRow, OrderRow
from tests.hedge_assets.builders import BTC, SECOND, T0


def filled(number: int = 1, *, cost_bps: float = 0.0, step: str = "maker", **given) -> FillRow:
    """1,000 USD bought `cost_bps` above the mid, without a fee."""
    names = {"symbol": BTC, "side": "buy", "strategy": "momentum", "intent_id": f"i{number}", "client_id": f"c{number}"}
    price = 100.0 * (1 + cost_bps / 1e4)
    sums = {"price": price, "qty": 10.0, "notional_usd": price * 10.0, "fee_usd": 0.0}
    judged = {"mid_arrival": 100.0, "mid_decision": 100.0, "slippage_bps": cost_bps, "markouts_bps": [0.0] * 5}
    liquidity = "maker" if step in {"maker", "reprice"} else "taker"
    return FillRow(**{"ts_us": T0 + number * SECOND, **names, **sums, **judged, "step": step, "liquidity": liquidity, **given})


def order(number: int = 1, *, step: str = "maker", **given) -> OrderRow:
    """An order that was filled whole."""
    names = {"client_id": f"c{number}", "intent_id": f"i{number}", "symbol": BTC, "side": "buy"}
    what = {"post_only": step in {"maker", "reprice"}, "qty": 10.0, "filled_qty": 10.0, "outcome": "filled"}
    return OrderRow(**{"ts_us": T0 + number * SECOND, **names, **what, "step": step, **given})


def executions_of(fills: Iterable[FillRow], orders: Iterable[OrderRow] = ()) -> Executions:
    """A fold that holds these rows."""
    rows = list(fills)
    return Executions(fills=rows, orders=list(orders), fills_total=len(rows), newest_us=max((row.ts_us for row in rows), default=None))
