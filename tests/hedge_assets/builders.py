"""Records that are valid as they stand: name only what the test is about.

Import as `from tests.hedge_assets.builders import ...`. Times are microseconds UTC; `T0` is 2026-01-05 00:00 UTC, a Monday.
"""

from decimal import Decimal
from typing import Any

import msgspec

from executor.records.account import Account, Heartbeat, OpenOrder, Position
from executor.records.market import Gap, Instrument, Mark, Quote, Settlement, Trade
from executor.records.orders import (
    Ack,
    Boot,
    Cancel,
    Ended,
    Expire,
    Fault,
    Fill,
    Funding,
    Halt,
    Reject,
    Resolved,
    Resume,
    Submit,
    Transfer,
    Unknown,
)
from executor.records.trading import Approved, Decision, Intent, Plan, Policy, Slice, Vetoed
from executor.settings import Settings

T0 = 1_767_571_200_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BTC = "BTCUSDT"
ETH = "ETHUSDT"


def money(value: Any) -> Decimal:
    """Anything that reads as a number, exactly."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def exact(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same keywords, those named turned into exact decimals."""
    return {key: money(value) if key in names and value is not None else value for key, value in given.items()}


def instrument(symbol: str = BTC, **given: Any) -> Instrument:
    rules = {"tick_size": "0.1", "step_size": "0.001", "min_qty": "0.001", "min_notional": "5", **given}
    return Instrument(symbol=symbol, **exact(rules, "tick_size", "step_size", "min_qty", "min_notional"))


def quote(ts_us: int = T0, symbol: str = BTC, mid: float = 50_000.0, *, spread: float = 1.0, **given: Any) -> Quote:
    sizes = {"bid_qty": 1.0, "ask_qty": 1.0, "last": mid, "source": "synthetic"}
    fields = {"exchange_ts_us": ts_us, "bid": mid - spread / 2, "ask": mid + spread / 2, **sizes, **given}
    return Quote(ts_us=ts_us, symbol=symbol, **fields)


def trade(ts_us: int = T0, symbol: str = BTC, **given: Any) -> Trade:
    fields = {"exchange_ts_us": ts_us, "price": 50_000.0, "qty": 0.1, "side": "buy", "source": "synthetic", **given}
    return Trade(ts_us=ts_us, symbol=symbol, **fields)


def mark(ts_us: int = T0, symbol: str = BTC, **given: Any) -> Mark:
    prices = {"mark": 50_000.0, "index": 50_000.0, "funding_rate": 0.0001}
    return Mark(
        ts_us=ts_us, symbol=symbol, **{"exchange_ts_us": ts_us, **prices, "next_funding_us": T0 + 8 * HOUR, "source": "synthetic", **given}
    )


def settlement(ts_us: int = T0, symbol: str = BTC, **given: Any) -> Settlement:
    return Settlement(
        ts_us=ts_us, symbol=symbol, **{"exchange_ts_us": ts_us, "funding_rate": 0.0001, "mark": 50_000.0, "source": "synthetic", **given}
    )


def gap(ts_us: int = T0, symbol: str = "", **given: Any) -> Gap:
    return Gap(ts_us=ts_us, symbol=symbol, **{"from_us": ts_us - MINUTE, "reason": "silent", **given})


def boot(ts_us: int = T0, *, settings: Settings | None = None, **given: Any) -> Boot:
    who = {"boot": "b1", "account": "paper", "exchange": "paper", "feed": "synthetic", "pipeline": "v5", "time": "feed"}
    plain = msgspec.to_builtins(settings or Settings())
    what = {"flags": {"ENV": "test"}, "settings_hash": "settings", "settings": plain, "versions": {"hedge": "0.1.0"}}
    return Boot(ts_us=ts_us, **{**who, **what, "instruments": (instrument(BTC), instrument(ETH)), **given})


def intent(ts_us: int = T0, intent_id: str = "i1", symbol: str = BTC, **given: Any) -> Intent:
    wish = {"side": "buy", "strategy": "momentum", "purpose": "entry", "reason": "trend up", "stop_bps": 50.0, "take_bps": 100.0, **given}
    return Intent(ts_us=ts_us, intent_id=intent_id, symbol=symbol, **wish)


def slice_of(ts_us: int = T0, symbol: str = BTC, **given: Any) -> Slice:
    market = {"bid": 49_999.5, "ask": 50_000.5, "bid_qty": 1.0, "ask_qty": 1.0, "quote_age_s": 0.1, "vol_bps": 5.0}
    rules = {"tick_size": 0.1, "step_size": 0.001, "min_qty": 0.001, "min_notional_usd": 5.0, "max_leverage": 20, "tier": "major"}
    held = {
        "position_qty": 0.0,
        "entry_price": None,
        "symbol_usd": 0.0,
        "tier_usd": 0.0,
        "gross_usd": 0.0,
        "net_usd": 0.0,
        "open_positions": 0,
    }
    navs = {
        "nav_usd": 100_000.0,
        "nav_age_s": 0.5,
        "peak_nav_usd": 100_000.0,
        "day_start_nav_usd": 100_000.0,
        "week_start_nav_usd": 100_000.0,
    }
    rest = {"available_usd": 100_000.0, "since_exit_s": None, "entries_last_minute": 0, "errors_in_window": 0}
    router = {"reject_frac": None, "fallback_frac": None, "unknown_orders": 0, "halted": False}
    return Slice(ts_us=ts_us, symbol=symbol, **{**market, **rules, **held, **navs, **rest, **router, **given})


def plan(**given: Any) -> Plan:
    return Plan(
        **{
            "style": "maker",
            "side": "buy",
            "qty": 0.1,
            "limit_price": 49_999.5,
            "patience_s": 10.0,
            "reprices": 2,
            "fallback": True,
            **given,
        }
    )


def approved(budget_usd: float = 5_000.0, **given: Any) -> Approved:
    return Approved(budget_usd=budget_usd, **{"mode": "ok", **given})


def vetoed(rule: str = "cooldown", detail: str = "last exit 5 s ago, at least 60 s", **given: Any) -> Vetoed:
    return Vetoed(rule=rule, detail=detail, **{"mode": "ok", **given})


def decision(ts_us: int = T0, intent_id: str = "i1", symbol: str = BTC, **given: Any) -> Decision:
    """An approval with its size and plan; with a veto as `verdict` both are null."""
    no = isinstance(given.get("verdict"), Vetoed)
    sized = {"qty": None, "notional_usd": None, "plan": None} if no else {"qty": 0.1, "notional_usd": 5_000.0, "plan": plan()}
    steered = {"pipeline": "v5", "verdict": approved(), "slice": slice_of(ts_us, symbol), "policy": Policy(), "limits_hash": "lines"}
    return Decision(ts_us=ts_us, intent_id=intent_id, **{**steered, **sized, **given})


def submit(ts_us: int = T0, client_id: str = "c1", intent_id: str = "i1", **given: Any) -> Submit:
    order = {
        "symbol": BTC,
        "side": "buy",
        "qty": "0.1",
        "price": "49999.5",
        "step": "maker",
        "post_only": True,
        "reduce_only": False,
        "mid": 50_000.0,
    }
    return Submit(ts_us=ts_us, client_id=client_id, intent_id=intent_id, **exact({**order, **given}, "qty", "price"))


def ack(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Ack:
    return Ack(ts_us=ts_us, client_id=client_id, **{"order_id": f"o-{client_id}", "symbol": BTC, **given})


def reject(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Reject:
    return Reject(
        ts_us=ts_us,
        client_id=client_id,
        **{"symbol": BTC, "code": "would_take", "detail": "would take liquidity", "post_only": True, **given},
    )


def unknown(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Unknown:
    return Unknown(ts_us=ts_us, client_id=client_id, **{"symbol": BTC, "reason": "timed out", **given})


def resolved(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Resolved:
    return Resolved(ts_us=ts_us, client_id=client_id, **{"symbol": BTC, "fate": "dead", "evidence": "not found by 4 sources", **given})


def cancel(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Cancel:
    return Cancel(
        ts_us=ts_us, client_id=client_id, **exact({"symbol": BTC, "outcome": "done", "reason": "patience", **given}, "unfilled_qty")
    )


def expire(ts_us: int = T0, client_id: str = "c1", **given: Any) -> Expire:
    return Expire(
        ts_us=ts_us, client_id=client_id, **exact({"symbol": BTC, "reason": "no liquidity", "unfilled_qty": "0.1", **given}, "unfilled_qty")
    )


def fill(ts_us: int = T0, client_id: str = "c1", *, side: str = "buy", qty: Any = "0.1", **given: Any) -> Fill:
    """A maker fill that opens a position of its own size; `fee` is 2 bps of the price named."""
    signed = money(qty) * (1 if side == "buy" else -1)
    price = money(given.get("price", "50000"))
    names = {"exchange_ts_us": ts_us, "order_id": f"o-{client_id}", "trade_id": f"t-{client_id}-{ts_us}", "symbol": BTC, "side": side}
    sums = {"price": price, "qty": qty, "fee": price * money(qty) * Decimal("0.0002"), "realized": "0", "position_qty": signed}
    fields = {**names, **sums, "fee_asset": "USDT", "liquidity": "maker", "model": "queue", **given}
    return Fill(ts_us=ts_us, client_id=client_id, **exact(fields, "price", "qty", "fee", "realized", "position_qty"))


def funding(ts_us: int = T0, symbol: str = BTC, **given: Any) -> Funding:
    fields = {"amount": "-0.5", "rate": 0.0001, "mark": "50000", "position_qty": "0.1", **given}
    return Funding(ts_us=ts_us, symbol=symbol, **exact(fields, "amount", "mark", "position_qty"))


def transfer(ts_us: int = T0, **given: Any) -> Transfer:
    return Transfer(ts_us=ts_us, **exact({"asset": "USDT", "amount": "1000", "reason": "deposit", **given}, "amount"))


def halt(ts_us: int = T0, **given: Any) -> Halt:
    return Halt(ts_us=ts_us, **{"rule": "operator", "detail": "asked", **given})


def resume(ts_us: int = T0, **given: Any) -> Resume:
    return Resume(ts_us=ts_us, **{"rule": "operator", "detail": "asked", **given})


def fault(ts_us: int = T0, **given: Any) -> Fault:
    return Fault(ts_us=ts_us, **{"where": "feed", "detail": "one message was not JSON", **given})


def position(symbol: str = BTC, **given: Any) -> Position:
    fields = {
        "qty": "0.1",
        "entry_price": "50000",
        "mark_price": "50000",
        "unrealised": "0",
        "leverage": 5,
        "liquidation_price": "40400",
        "opened_us": T0,
    }
    return Position(symbol=symbol, **exact({**fields, **given}, "qty", "entry_price", "mark_price", "unrealised", "liquidation_price"))


def open_order(client_id: str = "c1", **given: Any) -> OpenOrder:
    fields = {
        "symbol": BTC,
        "side": "buy",
        "qty": "0.1",
        "filled_qty": "0",
        "price": "49999.5",
        "post_only": True,
        "reduce_only": False,
        "placed_us": T0,
    }
    return OpenOrder(client_id=client_id, **exact({**fields, **given}, "qty", "filled_qty", "price"))


def account(ts_us: int = T0, wallet: Any = "100000", **given: Any) -> Account:
    """A flat account; positions and orders as named."""
    sums = {"unrealised": "0", "margin": "0", "available": wallet}
    rest = {"account": "paper", "balances": {}, "sources": {"account": "ok"}, "positions": (), "orders": (), "nav_ts_us": ts_us}
    return Account(ts_us=ts_us, wallet=money(wallet), **exact({**sums, **rest, **given}, "unrealised", "margin", "available"))


def heartbeat(ts_us: int = T0, loop: int = 1, **given: Any) -> Heartbeat:
    return Heartbeat(ts_us=ts_us, loop=loop, **{"lag_us": 0, "counters": {}, **given})


def ended(ts_us: int = T0, intent_id: str = "i1", symbol: str = BTC, **given: Any) -> Ended:
    return Ended(
        ts_us=ts_us,
        intent_id=intent_id,
        symbol=symbol,
        **exact({"filled_qty": "0.1", "unfilled_qty": "0", "reason": "filled", **given}, "filled_qty", "unfilled_qty"),
    )
