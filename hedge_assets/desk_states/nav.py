"""What the whole desk is worth: the accounts' NAVs added up, each with its part, its fall from its peak and its day."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from hedge_assets.census import Census
from hedge_assets.document import Document, Shape
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.states.nav import Nav


class AccountNav(Shape):
    """One account; nulls, with a reason, where its own file does not say."""

    account: str
    nav_usd: float | None
    share_frac: float | None = Field(description="of the desk's NAV; null while that is not known")
    day_change_usd: float | None
    day_change_frac: float | None
    week_change_usd: float | None
    drawdown_frac: float | None
    nav_ts: datetime | None = Field(description="when its venue's figures were current")
    reason: str | None


class DeskNav(Document):
    """`n` counts accounts with a NAV. A sum is null while one account's part of it is not known: absent is not zero.

    `oldest_nav_ts` is the age of the sum: it is no younger than its oldest part.
    """

    accounts: int
    nav_usd: float | None
    day_change_usd: float | None
    day_change_frac: float | None = Field(description="of the sum of what the accounts opened the UTC day with")
    week_change_usd: float | None
    largest_drawdown_frac: float | None = Field(description="the deepest stand of any account below its own peak")
    largest_drawdown_account: str | None
    oldest_nav_ts: datetime | None
    rows: tuple[AccountNav, ...]


def desk_nav(nav: Mapping[str, Nav], census: Census) -> DeskNav:
    """The accounts' own files, added up."""
    whole = total([known.nav_usd if (known := nav.get(account)) else None for account in census.accounts])
    opened = total([known.day.open_usd if (known := nav.get(account)) else None for account in census.accounts])
    day = total([known.day.change_usd if (known := nav.get(account)) else None for account in census.accounts])
    rows = tuple(row(account, nav.get(account), whole, census) for account in census.accounts)
    deepest = max((each for each in rows if each.drawdown_frac is not None), key=lambda each: each.drawdown_frac or 0.0, default=None)
    valued = [each for each in rows if each.nav_usd is not None]
    moments = [each.nav_ts for each in rows if each.nav_ts is not None]
    return DeskNav(
        status="ok" if valued else "empty",
        n=len(valued),
        reason=census.incomplete("nav") or (None if valued else "no account has a NAV yet"),
        event_us=min((each.event_us for each in nav.values() if each.event_us is not None), default=None),
        accounts=len(census.accounts),
        nav_usd=whole,
        day_change_usd=day,
        day_change_frac=day / opened if day is not None and opened is not None and opened > 0 else None,
        week_change_usd=total([each.week_change_usd for each in rows]),
        largest_drawdown_frac=None if deepest is None else deepest.drawdown_frac,
        largest_drawdown_account=None if deepest is None else deepest.account,
        oldest_nav_ts=min(moments, default=None),
        rows=rows,
    )


def row(account: str, known: Nav | None, whole: float | None, census: Census) -> AccountNav:
    """One account's line."""
    return AccountNav(
        account=account,
        nav_usd=known.nav_usd if known else None,
        share_frac=known.nav_usd / whole if known and known.nav_usd is not None and whole is not None and whole > 0 else None,
        day_change_usd=known.day.change_usd if known else None,
        day_change_frac=known.day.change_frac if known else None,
        week_change_usd=known.week.change_usd if known else None,
        drawdown_frac=known.drawdown_frac if known else None,
        nav_ts=known.nav_ts if known else None,
        reason=known.reason if known else census.absent.get("nav", {}).get(account, "not there"),
    )


def total(parts: list[float | None]) -> float | None:
    """A sum, to 1e-8; null while a part is not known, or there is none."""
    known = [part for part in parts if part is not None]
    return round(sum(known), 8) if parts and len(known) == len(parts) else None


def rows_add_up(document: DeskNav) -> str | None:
    """The sum is that of the rows."""
    if document.nav_usd is None:
        return None
    gap = document.nav_usd - sum(each.nav_usd or 0.0 for each in document.rows)
    return None if abs(gap) <= 1e-6 else f"nav_usd less the rows was {gap:g}, must be 0"


def everybody_is_there(document: DeskNav) -> str | None:
    """Every account has a NAV."""
    lacking = [f"{each.account} ({each.reason})" for each in document.rows if each.nav_usd is None]
    return f"no NAV of {', '.join(lacking)}; look at those accounts with hedge status --account" if lacking else None


STATE = StateSpec(
    build=desk_nav,
    file="desk_nav.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(Check("rows_add_up", rows_add_up), Check("everybody_is_there", everybody_is_there, gate=False)),
)
