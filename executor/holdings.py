"""Positions as decisions see them: whose they are, what they cost, how they must go; made and changed by fills and adjustments. Pure."""

from decimal import Decimal

import msgspec

from executor.records.orders import Adjust, Fill
from executor.records.trading import Intent
from executor.strategies.base import Holding


def new_holding(fill: Fill, after_qty: float, intent: Intent | None) -> Holding:
    """A position that this fill opened: whose it is and how it must go comes from the intent."""
    return Holding(
        symbol=fill.symbol,
        strategy=intent.strategy if intent else "",
        qty=after_qty,
        entry_price=float(fill.price),
        opened_us=fill.ts_us,
        stop_bps=intent.stop_bps if intent else None,
        take_bps=intent.take_bps if intent else None,
        timeout_s=intent.timeout_s if intent else None,
    )


def adopted(adjust: Adjust, entry_price: Decimal) -> Holding:
    """A position that was found at the venue: nobody's, with no stop or target of its own."""
    return Holding(
        symbol=adjust.symbol,
        strategy="",
        qty=float(adjust.venue_qty),
        entry_price=float(entry_price),
        opened_us=adjust.ts_us,
        stop_bps=None,
        take_bps=None,
        timeout_s=None,
    )


def hold(holdings: dict[str, Holding], symbol: str, holding: Holding | None) -> None:
    """Keep what is held of a symbol now; null is flat."""
    if holding is None:
        holdings.pop(symbol, None)
    else:
        holdings[symbol] = holding


def filled(held: Holding | None, fill: Fill, intent: Intent | None) -> Holding | None:
    """What is held after a fill of an order that `intent` asked for (null: of nobody's here)."""
    after, qty = float(fill.position_qty), float(fill.qty)
    before = float(fill.position_qty - (fill.qty if fill.side == "buy" else -fill.qty))
    if after == 0.0:
        return None
    if held is None or before * after <= 0:
        return new_holding(fill, after, intent)
    grown = abs(after) > abs(before)
    entry = (held.entry_price * abs(before) + float(fill.price) * qty) / abs(after) if grown else held.entry_price
    return msgspec.structs.replace(held, qty=after, entry_price=entry)


def set_to(held: Holding | None, adjust: Adjust) -> Holding | None:
    """What is held after our position was set to the venue's."""
    if adjust.venue_qty == 0:
        return None
    if held is not None and (held.qty * float(adjust.venue_qty) > 0 or adjust.entry_price is None):
        return msgspec.structs.replace(held, qty=float(adjust.venue_qty))
    return None if adjust.entry_price is None else adopted(adjust, adjust.entry_price)
