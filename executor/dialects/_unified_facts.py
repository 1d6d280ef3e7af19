"""ccxt's unified structures in our words. Amounts come in contracts and leave in base units."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from executor.dialects._brackets import sound
from executor.dialects._exact import GRID, exact
from executor.dialects._unified_manners import Names
from executor.protocol.facts import IncomeFact, Margin, MoneyFact, OrderFact, PositionFact, Status, TradeFact
from executor.records.base import Side
from executor.records.market import Bracket, Instrument, Quote
from executor.wire.reply import Unanswered

ZERO, ONE = Decimal(0), Decimal(1)
TICK_SIZE, DECIMAL_PLACES = 4, 2
STATUSES: Mapping[str, Status] = {
    "open": "open",
    "canceling": "open",
    "closed": "filled",
    "filled": "filled",
    "canceled": "canceled",
    "expired": "expired",
    "expired_in_match": "expired",
    "rejected": "refused",
}
MARGINS: Mapping[str, Margin] = {"cross": "cross", "crossed": "cross", "isolated": "isolated"}
LATEST_MS = 10**14
MOVES = frozenset({"transfer", "deposit", "withdrawal", "transaction"})


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One perpetual: ccxt's symbol, the size of a contract in base units, and the rules in our words."""

    symbol: str
    contract: Decimal
    instrument: Instrument


def listed_of(markets: Iterable[Mapping[str, Any]], precision_mode: int) -> dict[str, Listed]:
    """Every linear perpetual by our name of it (`BTCUSDT`), of several one that is in trading. What has no rules that can be kept exactly
    is left out."""
    found: dict[str, Listed] = {}
    for market in markets:
        one = _listed(market, precision_mode) if market.get("swap") and market.get("linear") else None
        if one is not None:
            known = found.get(one.instrument.symbol)
            if known is None or (one.instrument.is_trading and not known.instrument.is_trading):
                found[one.instrument.symbol] = one
    return found


def _listed(market: Mapping[str, Any], mode: int) -> Listed | None:
    contract = exact(market.get("contractSize")) or ZERO
    tick, step = (_step(market["precision"].get(name), mode) for name in ("price", "amount"))
    if tick is None or step is None or contract <= 0:
        return None
    limits = market.get("limits") or {}
    least, cost = (exact((limits.get(name) or {}).get("min")) for name in ("amount", "cost"))
    leverage = exact((limits.get("leverage") or {}).get("max"))
    return Listed(
        symbol=market["symbol"],
        contract=contract,
        instrument=Instrument(
            symbol=f"{market['base']}{market['quote']}",
            tick_size=tick,
            step_size=GRID.multiply(step, contract),
            min_qty=GRID.multiply(least or step, contract),
            min_notional=cost or ZERO,
            max_leverage=int(leverage) if leverage and leverage >= 1 else 20,
            is_trading=market.get("active") is not False,
        ),
    )


def foreign(symbol: str, market: Mapping[str, Any] | None) -> Listed:
    """What is not traded here but stands in the account's books, under ccxt's name of it: nothing there is overlooked. Contracts of which
    nothing is known count as one."""
    contract = exact((market or {}).get("contractSize")) or ONE
    rules = Instrument(symbol=symbol, tick_size=ONE, step_size=contract, min_qty=contract, min_notional=ZERO, is_trading=False)
    return Listed(symbol=symbol, contract=contract, instrument=rules)


def brackets_of(symbol: str, tiers: Iterable[Mapping[str, Any]]) -> tuple[Bracket, ...]:
    """Brackets of value from ccxt's tiers of one perpetual; raises `Unanswered`."""
    return sound(
        symbol,
        (
            Bracket(
                floor_usd=exact(tier.get("minNotional")) or ZERO,
                cap_usd=exact(tier.get("maxNotional")),
                max_leverage=int(told(tier.get("maxLeverage"), f"leverage of a tier of {symbol}")),
                maint_margin_frac=told(tier.get("maintenanceMarginRate"), f"maintenance margin of a tier of {symbol}"),
            )
            for tier in tiers
        ),
    )


def _step(value: Any, mode: int) -> Decimal | None:
    number = exact(value)
    if mode == DECIMAL_PLACES and number is not None:
        return Decimal(1).scaleb(-int(number))
    return number if mode == TICK_SIZE and number else None


def told(value: Any, what: str) -> Decimal:
    """A number that must be there; raises `Unanswered`."""
    number = exact(value)
    if number is None:
        raise Unanswered(f"the venue told no {what}")
    return number


def positive(value: Any, what: str) -> Decimal:
    """A number that must be there and above 0; raises `Unanswered`."""
    number = told(value, what)
    if number <= 0:
        raise Unanswered(f"the venue told {number} as {what}")
    return number


def us_of(row: Mapping[str, Any]) -> int | None:
    """A row's time, microseconds; null where it has none. Raises `Unanswered` for one that no clock shows."""
    if row.get("timestamp") is None:
        return None
    ms = told(row["timestamp"], "time that can be read")
    if not 0 <= ms < LATEST_MS:
        raise Unanswered(f"the venue told {ms} ms as a time")
    return int(ms) * 1_000


def side_of(row: Mapping[str, Any]) -> Side:
    """A row's side; raises `Unanswered`."""
    side = row.get("side")
    if side not in ("buy", "sell"):
        raise Unanswered(f"the venue told side {side!r}")
    return "buy" if side == "buy" else "sell"


def quote_of(row: Mapping[str, Any], listed: Listed, now_us: int) -> Quote | None:
    """The best prices of a ticker, sizes in base units (0 where they are not told); null without two sides."""
    bid, ask = exact(row.get("bid")), exact(row.get("ask"))
    if bid is None or ask is None or not 0 < bid <= ask:
        return None
    bid_qty, ask_qty = (float((exact(row.get(name)) or ZERO) * listed.contract) for name in ("bidVolume", "askVolume"))
    last, symbol = exact(row.get("last")), listed.instrument.symbol
    seen_us = us_of(row) or now_us
    return Quote(now_us, seen_us, symbol, float(bid), float(ask), bid_qty, ask_qty, None if last is None else float(last), "poll")


def order_of(row: Mapping[str, Any], listed: Listed, names: Names) -> OrderFact:
    """An order as it is told; raises `Unanswered` where something is missing."""
    status, qty, filled = progress_of(row)
    trigger = exact(row.get("triggerPrice"))
    return OrderFact(
        client_id=names.our_id(row.get("clientOrderId")),
        order_id=str(row["id"]),
        symbol=listed.instrument.symbol,
        side=side_of(row),
        qty=GRID.multiply(qty, listed.contract),
        filled_qty=GRID.multiply(filled, listed.contract),
        status=status,
        price=exact(row.get("price")) or None,
        reduce_only=bool(row.get("reduceOnly")),
        post_only=bool(row.get("postOnly")),
        is_trigger=bool(trigger) and filled == 0 and waits(row, status),
        trigger_price=trigger or None,
        ts_us=us_of(row),
    )


def progress_of(row: Mapping[str, Any]) -> tuple[Status, Decimal, Decimal]:
    """How an order stands: its status, its quantity (0 where it closes whatever there is), what is filled; raises `Unanswered`."""
    status = STATUSES.get(str(row.get("status")))
    qty = told(row.get("amount"), "quantity of an order")
    if status is None or not row.get("id"):
        raise Unanswered(f"the venue told an order's status as {row.get('status')!r}, its id as {row.get('id')!r}")
    is_full = status == "filled" and row.get("filled") is None
    filled = qty if is_full else told(row.get("filled"), "filled quantity of an order")
    if qty < 0 or filled < 0 or (qty and filled > qty):
        raise Unanswered(f"the venue told an order of {qty} as filled by {filled}")
    if status == "filled" and filled < qty:
        status = "canceled"  # closed with something left is no full fill
    return status, qty, filled


def waits(row: Mapping[str, Any], status: Status) -> bool:
    """Whether a conditional order of which nothing traded never came into the book: by the venue's own word where it has one for that."""
    raw = (row.get("info") or {}).get("orderStatus")
    return status in ("open", "canceled") if raw is None else raw in ("Untriggered", "Deactivated")


def trade_of(row: Mapping[str, Any], listed: Listed) -> TradeFact:
    """One trade; raises `Unanswered`."""
    fee = row.get("fee") or {}
    at_us = us_of(row)
    if at_us is None or not row.get("id") or not row.get("order"):
        raise Unanswered("the venue told a trade without time, id or order")
    return TradeFact(
        trade_id=str(row["id"]),
        order_id=str(row["order"]),
        client_id=None,
        symbol=listed.instrument.symbol,
        side=side_of(row),
        price=positive(row.get("price"), "price of a trade"),
        qty=GRID.multiply(positive(row.get("amount"), "quantity of a trade"), listed.contract),
        fee=ZERO if fee.get("cost") is None else told(fee["cost"], "fee of a trade"),
        fee_asset=str(fee.get("currency") or listed.symbol.rpartition(":")[2]),
        is_maker=row.get("takerOrMaker") == "maker",
        realized=None,
        ts_us=at_us,
    )


def position_of(row: Mapping[str, Any], listed: Listed) -> PositionFact | None:
    """One position, null where it is 0; raises `Unanswered`."""
    contracts = abs(told(row.get("contracts"), "size of a position"))
    if not contracts:
        return None
    if row.get("side") not in ("long", "short"):
        raise Unanswered(f"the venue told a position's side as {row.get('side')!r}")
    qty = GRID.multiply(contracts, listed.contract)
    leverage = exact(row.get("leverage"))
    return PositionFact(
        symbol=listed.instrument.symbol,
        qty=qty if row["side"] == "long" else -qty,
        entry_price=positive(row.get("entryPrice"), "entry price of a position"),
        mark_price=exact(row.get("markPrice")),
        unrealised=exact(row.get("unrealizedPnl")),
        liquidation_price=exact(row.get("liquidationPrice")) or None,
        leverage=int(leverage) if leverage else None,
        margin=MARGINS.get(str(row.get("marginMode"))),
    )


def money_of(balance: Mapping[str, Any], unrealised: Decimal, settle: str, *, is_equity: bool) -> MoneyFact:
    """The wallet of the settling currency; raises `Unanswered`. Other assets are told as balances only."""
    total = told((balance.get("total") or {}).get(settle), f"balance in {settle}")
    free = exact((balance.get("free") or {}).get(settle))
    used = exact((balance.get("used") or {}).get(settle))
    wallet = total - unrealised if is_equity else total
    return MoneyFact(
        wallet=wallet,
        unrealised=unrealised,
        margin=used if used is not None else max(ZERO, total - (free or total)),
        available=free if free is not None else max(ZERO, total - (used or ZERO)),
        balances={name: number for name, value in (balance.get("total") or {}).items() if (number := exact(value))},
    )


def funding_of(row: Mapping[str, Any], symbol: str) -> IncomeFact:
    """Funding of one settlement; raises `Unanswered`."""
    at_us = us_of(row)
    if at_us is None:
        raise Unanswered("the venue told funding without a time")
    return IncomeFact(
        income_id=f"funding-{symbol}-{row.get('id') or at_us}",
        kind="funding",
        symbol=symbol,
        asset=str(row.get("code") or ""),
        amount=told(row.get("amount"), "amount of funding"),
        detail="funding",
        ts_us=at_us,
    )


def move_of(row: Mapping[str, Any]) -> IncomeFact | None:
    """Money in or out by a row of the ledger, null where the row is something else; raises `Unanswered`."""
    at_us, kind = us_of(row), str(row.get("type"))
    if kind not in MOVES or at_us is None:
        return None
    amount = abs(told(row.get("amount"), "amount of a transfer"))
    return IncomeFact(
        income_id=f"{kind}-{row.get('id') or at_us}",
        kind="transfer",
        symbol="",
        asset=str(row.get("currency") or ""),
        amount=-amount if row.get("direction") == "out" else amount,
        detail=kind,
        ts_us=at_us,
    )
