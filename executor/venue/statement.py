"""The venue's books as an account record shows them."""

from decimal import Decimal

from executor.records.account import Account, OpenOrder, Position
from executor.records.orders import Submit
from executor.venue.exact import ZERO
from executor.venue.margin import Stake, Totals, liquidation_price
from executor.venue.notices import ASSET
from executor.venue.state import Order, State


def statement(state: State, stakes: list[Stake], now_us: int, *, name: str, sums: Totals) -> Account:
    """Wallet, positions at their marks and resting orders, as current as the newest event the venue was shown."""
    return Account(
        ts_us=now_us,
        account=name,
        wallet=state.wallet,
        unrealised=sums.unrealised,
        margin=sums.margin,
        available=sums.available,
        balances={ASSET: state.wallet},
        sources={"venue": "ok"},
        positions=tuple([position(one, sums.buffer) for one in stakes]),
        orders=(
            *[open_order(order) for _, orders in sorted(state.resting.items()) for order in orders],
            *[waiting_order(order) for _, orders in sorted(state.stops.items()) for order in orders],
        ),
        nav_ts_us=min(state.now_us or now_us, now_us),
    )


def position(one: Stake, buffer: Decimal) -> Position:
    """A stake as the account shows it; `buffer` is the account's equity less maintenance, in USD."""
    return Position(
        symbol=one.symbol,
        qty=one.held.qty,
        entry_price=one.held.entry_price,
        mark_price=one.mark,
        unrealised=one.unrealised,
        leverage=one.leverage,
        liquidation_price=liquidation_price(one, buffer=buffer),
        opened_us=one.held.opened_us,
    )


def waiting_order(order: Submit) -> OpenOrder:
    """A conditional order as the account shows it."""
    return OpenOrder(
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        filled_qty=ZERO,
        price=order.price,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        placed_us=order.ts_us,
        trigger_price=None if order.trigger is None else order.trigger.price,
    )


def open_order(order: Order) -> OpenOrder:
    """A resting order as the account shows it."""
    return OpenOrder(
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        filled_qty=order.filled,
        price=order.price,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        placed_us=order.placed_us,
    )
