"""What Binance USD-M says on an account's private stream, in the protocol's words."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

import msgspec

from executor.dialects._binance_orders import SIDES, STATUSES
from executor.dialects._binance_user_shapes import (
    BOTH,
    NOTHING,
    Account,
    AccountUpdate,
    Algo,
    AlgoUpdate,
    ConfigUpdate,
    Event,
    ListenKeyExpired,
    MarginCall,
    Order,
    OrderTradeUpdate,
    Position,
    TriggerRefused,
)
from executor.protocol.facts import (
    AccountFact,
    BalanceFact,
    DoubtFact,
    LeverageFact,
    Margin,
    MarginCallFact,
    MultiAssetFact,
    OrderFact,
    PositionFact,
    Status,
    TradeFact,
    UserFact,
)
from executor.records.soundness import is_countable, is_sound
from executor.wire.reply import UNREADABLE
from executor.wire.streams.shapes import Answer, BadFrame, Passed
from executor.wire.streams.user import KeyExpired, UserNews

MARGINS: dict[str, Margin] = {"cross": "cross", "crossed": "cross", "isolated": "isolated"}
CONDITIONAL: dict[str, Status] = {
    "NEW": "open",
    "TRIGGERING": "open",
    "TRIGGERED": "open",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "REJECTED": "refused",
}
EXECUTIONS = frozenset({"TRADE", "CALCULATED"})  # CALCULATED: the venue's own closing


class Loose(msgspec.Struct):
    """Any message: of which kind, or an answer."""

    e: str | None = None
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    id: int | str | None = None


EVENTS = msgspec.json.Decoder(Event)
LOOSE = msgspec.json.Decoder(Loose)
KNOWN = frozenset(kind.__struct_config__.tag for kind in (OrderTradeUpdate, AlgoUpdate, AccountUpdate, ConfigUpdate, MarginCall))


class BinanceUser:
    """An account's private stream in the protocol's words."""

    def path(self, key: str) -> str:
        """Where the stream of a key is."""
        return f"/private/ws?listenKey={quote(key, safe='')}"

    def read(self, raw: str) -> UserNews | Answer | Passed:
        """What a message says; raises `BadFrame`."""
        return read(raw)


def read(raw: str | bytes) -> UserNews | Answer | Passed:
    """What a message says, wrapped in its stream's name or not; raises `BadFrame`."""
    try:
        event = EVENTS.decode(raw)
    except UNREADABLE:
        return read_loosely(raw)
    if isinstance(event, ListenKeyExpired):
        return KeyExpired()
    if not is_sound(event):
        raise BadFrame(f"bad frame: {type(event).__name__} with a number that is none")
    return tuple(facts_of(event))


def read_loosely(raw: str | bytes) -> UserNews | Answer | Passed:
    """A message that is none of the expected events."""
    try:
        loose = LOOSE.decode(raw)
    except UNREADABLE as error:
        raise BadFrame(f"bad frame: {str(error)[:80]}") from error
    inner = bytes(loose.data)
    if inner and isinstance(raw, str):
        return read(inner)
    if loose.e in KNOWN:
        raise BadFrame(f"bad frame: {loose.e} of another shape")
    if loose.e is not None:
        return Passed(loose.e)
    if loose.id is None:
        raise BadFrame("bad frame: neither an event nor an answer")
    return Answer()


def facts_of(event: Event) -> Iterator[UserFact]:
    """What an event says. A trade comes before the order that it changed, so that an order that ended lacks none of its trades."""
    if isinstance(event, OrderTradeUpdate):
        yield from order_facts(event.o)
    elif isinstance(event, AlgoUpdate):
        yield conditional(event.o, event.moved_ms * 1_000)
    elif isinstance(event, AccountUpdate):
        yield from account_facts(event.a, event.moved_ms * 1_000)
    elif isinstance(event, ConfigUpdate):
        yield config_fact(event)
    elif isinstance(event, MarginCall):
        yield MarginCallFact(positions=tuple(map(position, event.p)), ts_us=event.event_ms * 1_000)
    else:
        yield DoubtFact(
            detail="conditional order refused when triggered", ts_us=event.moved_ms * 1_000 if isinstance(event, TriggerRefused) else 0
        )


def order_facts(order: Order) -> Iterator[UserFact]:
    """An order, after its execution if this tells of one."""
    ts_us = order.traded_ms * 1_000
    status, side = STATUSES.get(order.status), SIDES.get(order.side)
    is_traded = order.execution in EXECUTIONS and order.last_qty > 0 and order.trade_id > 0
    is_absurd = min(order.qty, order.filled_qty, order.price, order.last_qty) < 0 or (is_traded and order.last_price <= 0)
    if status is None or side is None or order.position_side != BOTH or is_absurd:
        yield DoubtFact(detail=f"order {order.status} {order.side} {order.position_side} of {order.symbol}"[:120], ts_us=ts_us)
        return
    if is_traded:
        yield TradeFact(
            trade_id=str(order.trade_id),
            order_id=str(order.order_id),
            client_id=order.client_id,
            symbol=order.symbol,
            side=side,
            price=order.last_price,
            qty=order.last_qty,
            fee=order.fee,
            fee_asset=order.fee_asset or "",
            is_maker=order.maker,
            realized=order.realized,
            ts_us=ts_us,
        )
    yield OrderFact(
        client_id=order.client_id,
        order_id=str(order.order_id),
        symbol=order.symbol,
        side=side,
        qty=order.qty,
        filled_qty=order.filled_qty,
        status=status,
        price=order.price or None,
        reduce_only=order.reduce_only,
        post_only=order.in_force == "GTX",
        reason=str(order.expired_why) if status == "expired" else "",
        ts_us=ts_us,
    )


def conditional(algo: Algo, ts_us: int) -> UserFact:
    """A conditional order. Once an order in the book came of it, that one says how it goes on; FINISHED only that it is over there, which
    is the end where it traded all, and else is told of that order."""
    traded, price, side = number(algo.aq) or NOTHING, number(algo.p), SIDES.get(algo.side)
    child = "" if algo.ai in ("", "0", 0) else str(algo.ai)
    is_whole = algo.status == "FINISHED" and traded >= algo.q > 0
    ended: Status = "filled" if is_whole else "open" if child else "canceled"
    status = ended if algo.status == "FINISHED" else CONDITIONAL.get(algo.status)
    if status is None or side is None or algo.q < 0:
        return DoubtFact(detail=f"conditional order {algo.status} {algo.side} of {algo.s}"[:120], ts_us=ts_us)
    return OrderFact(
        client_id=algo.caid,
        order_id=child or str(algo.aid),
        symbol=algo.s,
        side=side,
        qty=algo.q,
        filled_qty=traded,
        status=status,
        price=price or None,
        reduce_only=algo.reduce_only,
        post_only=algo.in_force == "GTX",
        is_trigger=not child,
        trigger_price=number(algo.tp) or None,
        reason=algo.rm or "",
        ts_us=ts_us,
    )


def account_facts(account: Account, ts_us: int) -> Iterator[UserFact]:
    """What changed of an account. A long and a short side of one symbol apart is not how we trade: that is a doubt."""
    apart = sorted({each.s for each in account.positions if each.ps != BOTH})
    if apart:
        yield DoubtFact(detail=f"positions of {', '.join(apart)} in hedge mode"[:120], ts_us=ts_us)
    yield AccountFact(
        reason=account.m,
        balances=tuple(BalanceFact(asset=each.a, wallet=each.wb, change=each.bc) for each in account.balances),
        positions=tuple(position(each) for each in account.positions if each.ps == BOTH),
        ts_us=ts_us,
    )


def config_fact(event: ConfigUpdate) -> UserFact:
    """A setting."""
    ts_us = event.moved_ms * 1_000
    if event.ac is not None:
        return LeverageFact(symbol=event.ac.s, leverage=event.ac.l, ts_us=ts_us)
    if event.ai is not None:
        return MultiAssetFact(is_multi_asset=event.ai.j, ts_us=ts_us)
    return DoubtFact(detail="account setting", ts_us=ts_us)


def position(each: Position) -> PositionFact:
    """A position as an event tells it."""
    return PositionFact(
        symbol=each.s,
        qty=each.pa,
        entry_price=each.ep,
        mark_price=each.mp,
        unrealised=each.up,
        margin=MARGINS.get(each.mt.lower()),
    )


def number(text: str) -> Decimal | None:
    """A decimal, null where there is none."""
    try:
        value = msgspec.convert(text, Decimal) if text else None
    except UNREADABLE as error:
        raise BadFrame("bad frame: a number that is none") from error
    if value is not None and not is_countable(value):
        raise BadFrame("bad frame: a number that is none")
    return value
