"""How much more notional each cap leaves: v5 refuses what does not fit, v6 takes what is left.

Everything is in USD of notional. Exposure already there counts whole, whatever its sign: an entry never
counts on netting. A cap whose figure is unknown leaves no room.
"""

from collections.abc import Callable

import msgspec

from executor.records.trading import Slice
from executor.settings import Limits


class Room(msgspec.Struct, frozen=True, gc=False):
    """One cap: what is used, what is allowed; null used is unknown. `whose` names what is capped, for a sentence."""

    whose: str
    used_usd: float | None
    limit_usd: float | None

    @property
    def left_usd(self) -> float:
        """Notional that still fits, never below 0; none when the cap or its use is unknown."""
        if self.used_usd is None or self.limit_usd is None:
            return 0.0
        return max(0.0, self.limit_usd - self.used_usd)

    def sentence(self, asked_usd: float) -> str:
        """What was asked, what is left of what, in words."""
        if self.used_usd is None or self.limit_usd is None:
            return f"asked {asked_usd:,.2f} USD, {self.whose} is unknown"
        return f"asked {asked_usd:,.2f} USD, {self.whose} has {self.left_usd:,.2f} USD of {self.limit_usd:,.2f} left"


def symbol_cap(view: Slice, limits: Limits, nav_usd: float) -> Room:
    """One symbol's share of NAV."""
    return Room("symbol", abs(view.symbol_usd), limits.symbol_cap_frac * nav_usd)


def tier_cap(view: Slice, limits: Limits, nav_usd: float) -> Room:
    """One tier's share of NAV; a tier without a cap is unknown."""
    frac = limits.tier_cap_frac.get(view.tier)
    return Room(f"tier {view.tier}", abs(view.tier_usd), None if frac is None else frac * nav_usd)


def gross_cap(view: Slice, limits: Limits, nav_usd: float) -> Room:
    """All positions together as a share of NAV."""
    return Room("gross", view.gross_usd, limits.gross_cap_frac * nav_usd)


def leverage(view: Slice, limits: Limits, nav_usd: float) -> Room:
    """All positions together as a multiple of NAV."""
    return Room("leverage", view.gross_usd, limits.max_leverage * nav_usd)


def instrument_leverage(view: Slice, _limits: Limits, nav_usd: float) -> Room:
    """One symbol as a multiple of NAV, by the venue's line for it, and the largest position that the venue takes at all."""
    lines_usd = [view.max_leverage * nav_usd, *([] if view.position_max_usd is None else [view.position_max_usd])]
    return Room("instrument leverage", abs(view.symbol_usd), min(lines_usd))


def margin(view: Slice, limits: Limits, _nav_usd: float) -> Room:
    """What free margin carries at the highest leverage we or the venue allow."""
    multiple = min(limits.max_leverage, float(view.max_leverage))
    return Room("margin", 0.0, None if view.available_usd is None else view.available_usd * multiple)


Cap = Callable[[Slice, Limits, float], Room]

CAPS: tuple[tuple[str, Cap], ...] = tuple(
    (cap.__name__, cap) for cap in (symbol_cap, tier_cap, gross_cap, leverage, instrument_leverage, margin)
)
