"""Cross margin: what positions and orders tie up, and where they would be liquidated."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from executor.risk.brackets import Line
from executor.venue.exact import ZERO, money
from executor.venue.state import Held, Order


class Stake(msgspec.Struct, frozen=True):
    """One position valued at a mark, in USD: `unrealised` profit in whole 1e-8, `initial` and `maintenance` margin unrounded."""

    symbol: str
    held: Held
    mark: Decimal
    unrealised: Decimal
    initial: Decimal
    maintenance: Decimal
    lines: tuple[Line, ...]
    leverage: int


def stake(symbol: str, held: Held, mark: Decimal, *, lines: tuple[Line, ...], leverage: int) -> Stake:
    """A position's worth and margin at a mark; maintenance is the largest of `lines`."""
    value = held.qty * mark
    notional = abs(value)
    maintenance = max([notional * rate - less for rate, less in lines])
    return Stake(symbol, held, mark, money(value - held.cost), notional / leverage, maintenance, lines, leverage)


class Totals(msgspec.Struct, frozen=True):
    """An account's sums in USD: `equity` is wallet and unrealised, `margin` what positions and orders tie up,
    `available` what is free for new orders (never below 0), `buffer` equity less maintenance margin.
    """

    unrealised: Decimal
    equity: Decimal
    margin: Decimal
    available: Decimal
    buffer: Decimal


def totals(wallet: Decimal, stakes: Iterable[Stake], *, orders_margin: Decimal) -> Totals:
    """An account's sums over its positions and resting orders."""
    unrealised, initial, maintenance = ZERO, orders_margin, ZERO
    for one in stakes:
        unrealised += one.unrealised
        initial += one.initial
        maintenance += one.maintenance
    equity, margin = wallet + unrealised, money(initial)
    return Totals(unrealised, equity, margin, max(equity - margin, ZERO), equity - maintenance)


def order_margin(orders: Iterable[Order], leverage: int) -> Decimal:
    """What resting orders tie up in USD: the initial margin of their rest; reduce-only ones nothing."""
    total = ZERO
    for order in orders:
        if not order.reduce_only and order.price is not None:
            total += order.rest * order.price / leverage
    return total


def liquidation_price(one: Stake, *, buffer: Decimal) -> Decimal | None:
    """The mark at which equity meets maintenance, all other marks standing still; null when no price above 0 does.

    `buffer` is the account's equity less its maintenance margin, in USD. By each of the maintenance lines, moving the mark by d changes it
    by d x (quantity - |quantity| x rate); the line that is met first counts.
    """
    qty, size = one.held.qty, abs(one.held.qty)
    met: list[Decimal] = []
    for rate, less in one.lines:
        slope = qty - size * rate
        if slope:
            met.append(one.mark - (buffer + one.maintenance - (size * one.mark * rate - less)) / slope)
    if not met:
        return None
    price = max(met) if qty > 0 else min(met)
    return money(price) if price > 0 else None
