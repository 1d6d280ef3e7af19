"""Fills, orders and intents as the executions fold keeps them: name only what the test is about."""

from collections.abc import Iterable

from hedge_assets.folds.execution_rows import FALLBACK, HORIZONS_S, QUOTED, FillRow, OrderRow, WorkedIntent
from hedge_assets.folds.execution_sums import add_intent, sums_of
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.working import Working
from tests.hedge_assets.builders import BTC, SECOND, T0


def filled(number: int = 1, *, cost_bps: float = 0.0, step: str = "maker", **given) -> FillRow:
    """1,000 USD bought `cost_bps` above the mid, without a fee."""
    names = {"symbol": BTC, "side": "buy", "strategy": "momentum", "intent_id": f"i{number}", "client_id": f"c{number}"}
    price = 100.0 * (1 + cost_bps / 1e4)
    sums = {"price": price, "qty": 10.0, "notional_usd": price * 10.0, "fee_usd": 0.0}
    judged = {"mid_arrival": 100.0, "mid_decision": 100.0, "slippage_bps": cost_bps, "markouts_bps": [0.0] * 5, "mid_fill": 100.0}
    liquidity = "maker" if step in {"maker", "reprice"} else "taker"
    return FillRow(**{"ts_us": T0 + number * SECOND, **names, **sums, **judged, "step": step, "liquidity": liquidity, **given})


def order(number: int = 1, *, step: str = "maker", **given) -> OrderRow:
    """An order that was filled whole."""
    names = {"client_id": f"c{number}", "intent_id": f"i{number}", "symbol": BTC, "side": "buy"}
    what = {"post_only": step in {"maker", "reprice"}, "qty": 10.0, "filled_qty": 10.0, "outcome": "filled", "mid": 100.0}
    return OrderRow(**{"ts_us": T0 + number * SECOND, **names, **what, "step": step, **given})


def worked(rows: Iterable[FillRow], orders: Iterable[OrderRow] = (), **given) -> WorkedIntent:
    """The intent that these fills and orders were the whole of; a fill without an order of its step counts one.

    Decided at the first fill's moment and mid, for what was filled, unless named.
    """
    fills, sent = list(rows), list(orders)
    first, steps = (fills or sent)[0], [row.step for row in sent]
    steps += [row.step for row in fills if row.step not in steps]
    plain = {"symbol": first.symbol, "side": first.side, "strategy": "momentum", "purpose": "entry", "version": "settings"}
    known = {"decided_us": first.ts_us, "mid": fills[0].mid_decision if fills else 100.0, "touch": 100.0, "weight_version": "settings"}
    work = Working(**{"intent_id": first.intent_id, **plain, **known, "qty": sum(row.qty for row in fills) or 10.0, **given})
    work.orders, work.quotes, work.fallbacks = len(steps), sum(each in QUOTED for each in steps), steps.count(FALLBACK)
    for row in fills:
        work.fill(row)
    work.mid_end = work.mid if work.mid_end is None else work.mid_end
    return work.worked(max(row.ts_us for row in (*fills, *sent)))


def executions_of(fills: Iterable[FillRow], orders: Iterable[OrderRow] = ()) -> Executions:
    """A fold that took these orders and fills, and the intents that they make, one for each intent's id with a fill."""
    rows, sent = list(fills), list(orders)
    executions = Executions(fills_total=len(rows), newest_us=max((row.ts_us for row in rows), default=None))
    over = [
        worked([row for row in rows if row.intent_id == intent_id], [each for each in sent if each.intent_id == intent_id])
        for intent_id in dict.fromkeys(row.intent_id for row in rows)
    ]
    for each in sorted((*sent, *rows, *over), key=lambda each: each.ts_us):
        if isinstance(each, WorkedIntent):
            add_intent(each, rolling=executions.rolling, paths=executions.paths)
            continue
        for tally in sums_of(executions.rolling, each, known_us=each.ts_us, at_us=each.ts_us):
            if isinstance(each, OrderRow):
                tally.orders.add(each)
                continue
            tally.fills.add(each)
            for horizon in range(len(HORIZONS_S)):
                tally.fills.settle(horizon, each)
    return executions
