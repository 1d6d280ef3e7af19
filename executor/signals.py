"""Which minute bar a strategy may act on now."""

from executor.strategies.base import View

MINUTE_US = 60_000_000


def closed_now(view: View, window_s: float) -> int | None:
    """When the bar opened that closed within the last `window_s` seconds (microseconds UTC); null at other times.

    A signal made of closed bars alone is the same on every loop of the window, and so is the wish made of it.
    """
    since_us = view.ts_us % MINUTE_US
    return view.ts_us - since_us - MINUTE_US if since_us < window_s * 1e6 else None
