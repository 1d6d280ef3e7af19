"""Numbers as they travel: decimals are strings with the symbol's places."""

from decimal import Decimal

from tests.local_venue.rules import Rules


def price_out(rules: Rules, value: Decimal) -> str:
    """A price."""
    return f"{value:.{rules.price_places}f}"


def qty_out(rules: Rules, value: Decimal) -> str:
    """A quantity of the base asset."""
    return f"{value:.{rules.qty_places}f}"


def money_out(value: Decimal) -> str:
    """An amount of USDT with eight places."""
    return f"{value:.8f}"
