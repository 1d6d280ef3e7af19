"""When a position must go: stop, target or time limit, as one wish to close it whole; and the loop around it.

Shared by all strategies. Profit is measured at the touch the exit would meet: a long at the bid, a short at
the ask, in bps of the entry price. Stop comes before target, target before time.
"""

from collections.abc import Callable, Iterator
from math import isfinite

from executor.records.base import Side
from executor.records.market import Quote
from executor.records.trading import STOP, TAKE_PROFIT, TIMEOUT
from executor.strategies.base import Holding, Look, View, Wish

Entry = Callable[[Look, float], Wish | None]


def wishes_of(name: str, view: View, entry: Entry) -> Iterator[Wish]:
    """What a strategy that enters on closed bars asks for: the way out of its own positions on every loop, and, once a
    closed bar, what `entry` makes of a symbol without position or order (given the look and a bar's length in seconds)."""
    for symbol, look in view.looks.items():
        if look.holding is not None:
            wish = exit_wish(look, view) if look.holding.strategy == name else None
        elif look.fresh and symbol not in view.busy:
            wish = entry(look, view.bar_s)
        else:
            continue
        if wish is not None:
            yield wish


def exit_wish(look: Look, view: View) -> Wish | None:
    """The wish to close this look's position, or null while it may stay.

    While an order is worked in the symbol only the stop is wished for: it must not wait for a patient
    quote, everything else can.
    """
    holding = look.holding
    if holding is None or holding.qty == 0:
        return None
    reason = reason_to_go(holding, profit_bps(holding, look.quote), view.ts_us)
    if reason is None or (holding.symbol in view.busy and not reason.startswith(STOP)):
        return None
    side: Side = "sell" if holding.qty > 0 else "buy"
    return Wish(symbol=holding.symbol, side=side, purpose="exit", reason=reason, qty=abs(holding.qty))


def profit_bps(holding: Holding, quote: Quote) -> float | None:
    """What closing at the touch would bring before fees, in bps of entry; null without usable prices."""
    touch = quote.bid if holding.qty > 0 else quote.ask
    if not (isfinite(touch) and touch > 0 and holding.entry_price > 0):
        return None
    direction = 1 if holding.qty > 0 else -1
    return direction * (touch / holding.entry_price - 1) * 1e4


def reason_to_go(holding: Holding, gain_bps: float | None, now_us: int) -> str | None:
    """Why the position must go now, in words that open with `stop`, `take_profit` or `timeout`; or null."""
    if gain_bps is not None:
        if holding.stop_bps is not None and gain_bps <= -holding.stop_bps:
            return f"{STOP} at {gain_bps:+.1f} bps, line {-holding.stop_bps:+.1f}"
        if holding.take_bps is not None and gain_bps >= holding.take_bps:
            return f"{TAKE_PROFIT} at {gain_bps:+.1f} bps, line {holding.take_bps:+.1f}"
    held_s = (now_us - holding.opened_us) / 1e6
    if holding.timeout_s is not None and held_s >= holding.timeout_s:
        return f"{TIMEOUT} after {held_s:.0f} s, line {holding.timeout_s:.0f}"
    return None
