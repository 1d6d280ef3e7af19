"""Jobs, quotes and reports in which everything not said is in order."""

from decimal import Decimal
from typing import Any

from executor.records.market import Instrument, Quote
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Resolved, Submit, Unknown
from executor.records.trading import Approved, Decision, Intent, Plan, Policy
from executor.router import Router
from tests.executor.pipeline.builders import make_entry, make_exit, make_slice

SECOND_US = 1_000_000
BTC = Instrument(symbol="BTCUSDT", tick_size=Decimal("0.1"), step_size=Decimal("0.001"), min_qty=Decimal("0.001"), min_notional=Decimal(5))


def make_quote(bid: float = 50_000.0, ask: float = 50_000.2, *, symbol: str = "BTCUSDT") -> Quote:
    return Quote(0, 0, symbol, bid, ask, 1.0, 1.0, None, "synthetic")


QUOTES = {"BTCUSDT": make_quote()}


def make_plan(**said: Any) -> Plan:
    plain = {
        "style": "maker",
        "side": "buy",
        "qty": 0.1,
        "limit_price": 50_000.0,
        "patience_s": 10.0,
        "reprices": 2,
        "fallback": True,
        "reduce_only": False,
    }
    return Plan(**(plain | said))


def approved(intent: Intent, plan: Plan | None) -> Decision:
    return Decision(
        ts_us=1,
        intent_id=intent.intent_id,
        pipeline="v6",
        verdict=Approved(5_000.0, "ok"),
        qty=None if plan is None else plan.qty,
        notional_usd=None,
        plan=plan,
        slice=make_slice(),
        policy=Policy(),
        limits_hash="",
    )


def entry(**said: Any) -> tuple[Intent, Decision]:
    intent = make_entry()
    return intent, approved(intent, make_plan(**said))


def way_out(**said: Any) -> tuple[Intent, Decision]:
    intent = make_exit(intent_id=said.pop("intent_id", "out-1"))
    return intent, approved(intent, make_plan(**({"style": "taker", "side": "sell", "limit_price": None, "reduce_only": True} | said)))


def ack(order: Submit) -> Ack:
    return Ack(ts_us=1, client_id=order.client_id, order_id="9", symbol=order.symbol)


def fill(order: Submit, qty: str) -> Fill:
    return Fill(
        ts_us=1,
        exchange_ts_us=1,
        client_id=order.client_id,
        order_id="9",
        trade_id="t",
        symbol=order.symbol,
        side=order.side,
        price=Decimal(50_000),
        qty=Decimal(qty),
        fee=Decimal(0),
        fee_asset="USDT",
        liquidity="maker",
        realized=Decimal(0),
        position_qty=Decimal(0),
    )


def reject(order: Submit, *, post_only: bool = False) -> Reject:
    code = "post_only_would_cross" if post_only else "insufficient_margin"
    return Reject(ts_us=1, client_id=order.client_id, symbol=order.symbol, code=code, detail="", post_only=post_only)


def unknown(order: Submit) -> Unknown:
    return Unknown(ts_us=1, client_id=order.client_id, symbol=order.symbol, reason="timeout")


def resolved(order: Submit, fate: str) -> Resolved:
    return Resolved(ts_us=1, client_id=order.client_id, symbol=order.symbol, fate=fate, evidence="asked")


def canceled(order: Submit, unfilled: str | None = None, outcome: str = "done") -> Cancel:
    left = None if unfilled is None else Decimal(unfilled)
    return Cancel(ts_us=1, client_id=order.client_id, symbol=order.symbol, outcome=outcome, reason="", unfilled_qty=left)


def expired(order: Submit, unfilled: str) -> Expire:
    return Expire(ts_us=1, client_id=order.client_id, symbol=order.symbol, reason="no liquidity", unfilled_qty=Decimal(unfilled))


class Desk:
    """A router with a clock and a market."""

    def __init__(self) -> None:
        self.router = Router()
        self.now_us = 0
        self.quotes = dict(QUOTES)

    def begin(self, asked):
        return self.router.begin(*asked, quote=self.quotes["BTCUSDT"], instrument=BTC, now_us=self.now_us)

    def hear(self, report):
        return self.router.on_report(report, quotes=self.quotes, now_us=self.now_us)

    def wait(self, seconds):
        self.now_us += round(seconds * SECOND_US)
        return self.router.on_time(self.now_us, self.quotes)

    def ending(self):
        return [ended.reason for ended in self.router.endings()]
