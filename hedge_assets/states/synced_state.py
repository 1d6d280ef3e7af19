"""Positions, NAV and exposures in the flat form that syncers read."""

from datetime import datetime

from pydantic import Field

from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.states.nav import Nav
from hedge_assets.states.positions import Positions


class SyncedPosition(Shape):
    """One position, flat."""

    symbol: str
    side: str
    qty: float
    entry_price: float
    mark_price: float
    notional_usd: float
    unrealised_usd: float
    leverage: int
    exposure_frac: float | None = Field(description="signed notional as a share of NAV")


class SyncedState(Document):
    """`n` counts positions. Exposures in USD, and as shares of NAV."""

    positions: tuple[SyncedPosition, ...]
    nav_usd: float | None
    wallet_usd: float | None
    unrealised_usd: float | None
    nav_ts: datetime | None
    drawdown_frac: float | None
    peak_nav_usd: float | None
    day_change_usd: float | None
    day_change_frac: float | None
    gross_usd: float | None
    net_usd: float | None
    long_usd: float | None
    short_usd: float | None
    gross_frac: float | None
    net_frac: float | None
    orders: int


def synced_state(account: Account, nav: Nav, positions: Positions) -> SyncedState:
    """The other two documents in one, so that a syncer needs one read."""
    held = tuple(
        SyncedPosition(
            symbol=row.symbol,
            side=row.side,
            qty=row.qty,
            entry_price=row.entry_price,
            mark_price=row.mark_price,
            notional_usd=row.notional_usd,
            unrealised_usd=row.unrealised_usd,
            leverage=row.leverage,
            exposure_frac=share_of_nav(row.notional_usd if row.qty > 0 else -row.notional_usd, nav),
        )
        for row in positions.positions
    )
    return SyncedState(
        status=nav.status,
        n=len(held),
        reason=nav.reason if nav.status == "empty" else positions.reason,
        event_us=account.newest_us,
        positions=held,
        nav_usd=nav.nav_usd,
        wallet_usd=nav.wallet_usd,
        unrealised_usd=nav.unrealised_usd,
        nav_ts=nav.nav_ts,
        drawdown_frac=nav.drawdown_frac,
        peak_nav_usd=nav.peak_nav_usd,
        day_change_usd=nav.day.change_usd,
        day_change_frac=nav.day.change_frac,
        gross_usd=positions.gross_usd,
        net_usd=positions.net_usd,
        long_usd=positions.long_usd,
        short_usd=positions.short_usd,
        gross_frac=share_of_nav(positions.gross_usd, nav),
        net_frac=share_of_nav(positions.net_usd, nav),
        orders=len(positions.orders),
    )


def share_of_nav(value_usd: float | None, nav: Nav) -> float | None:
    """A value as a share of NAV; null while either is unknown or NAV is not above 0."""
    if value_usd is None or nav.nav_usd is None or nav.nav_usd <= 0:
        return None
    return value_usd / nav.nav_usd


def exposures_follow_positions(document: SyncedState) -> str | None:
    """The sum of the rows is the gross exposure."""
    if document.gross_usd is None:
        return None
    gap = document.gross_usd - sum(row.notional_usd for row in document.positions)
    return None if abs(gap) <= 1e-4 else f"gross_usd less the rows' notional_usd was {gap:g}, must be 0"


STATE = StateSpec(
    build=synced_state,
    file="synced_state.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(Check("exposures_follow_positions", exposures_follow_positions),),
)
