"""What the account is exposed to, by symbol: positions at the mark, and live orders that may add to them."""

from decimal import Decimal

from executor.records.account import Account


def held_usd(account: Account) -> dict[str, Decimal]:
    """Signed value of positions at the mark."""
    return {position.symbol: position.qty * position.mark_price for position in account.positions}


def exposure_usd(account: Account) -> dict[str, Decimal]:
    """Signed value of positions and of the unfilled rest of limit orders that are not reduce-only: what caps bind."""
    exposure = held_usd(account)
    for order in account.orders:
        if order.reduce_only or order.price is None:
            continue
        way = 1 if order.side == "buy" else -1
        exposure[order.symbol] = exposure.get(order.symbol, Decimal(0)) + way * (order.qty - order.filled_qty) * order.price
    return exposure


def gross_usd(values: dict[str, Decimal]) -> Decimal:
    """The sum of absolute values."""
    return sum((abs(value) for value in values.values()), Decimal(0))
