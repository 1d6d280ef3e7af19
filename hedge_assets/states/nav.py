"""Equity now with its parts, its peak and drawdown, the day and the week, flow-adjusted returns, and the series for the curve."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import DAY_US, GAPS_KEPT, Account, Day
from hedge_assets.folds.ledger import Ledger
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.curves import NavCurve, series
from hedge_assets.statistics.figures import moment_or_null, number, number_or_null, outside, part_of
from hedge_assets.statistics.stats import Estimate, calmar, sharpe, sortino

FLOWS_SHOWN = 200
NOTHING = "no account record yet: start the executor"


class Gap(Shape):
    """A stretch without a NAV: from the last point before it to the first behind it. A curve is no line across it."""

    from_ts: datetime
    until_ts: datetime


class Flow(Shape):
    """Money that came in from outside (positive) or went out."""

    ts: datetime
    usd: float


class Change(Shape):
    """What a period earned: the change of NAV less what was paid in or out, in USD and as a share of the opening NAV."""

    open_usd: float | None
    change_usd: float | None
    change_frac: float | None
    flow_usd: float | None = Field(description="transfers in the period; positive came in")


class Performance(Shape):
    """Returns of UTC days, less flows. The ratios are of finished days only, null with a reason where there are too few."""

    return_frac: float | None = Field(description="compound return since the start")
    daily_returns_frac: tuple[float, ...] = Field(description="oldest first; the last is of the day still going on")
    sharpe: Estimate
    sortino: Estimate
    calmar: Estimate


class Booked(Shape):
    """Where the wallet's changes came from, since the first record, in USD."""

    realized_usd: float = Field(description="trading profit before fees")
    fees_usd: float
    funding_usd: float = Field(description="positive was received")
    transfers_usd: float
    unexplained_usd: float | None = Field(description="the wallet less what fills, fees, funding and transfers make of the first one")


class Nav(Document):
    """`n` counts account records. NAV is wallet plus unrealised profit, as the venue last gave both.

    `peak_nav_usd` is in today's money: transfers move it in proportion.
    """

    nav_usd: float | None
    wallet_usd: float | None
    unrealised_usd: float | None
    margin_usd: float | None
    available_usd: float | None
    nav_ts: datetime | None = Field(description="when the venue's figures were current")
    start_nav_usd: float | None
    start_ts: datetime | None
    peak_nav_usd: float | None
    peak_ts: datetime | None
    drawdown_frac: float | None = Field(description="how far NAV stands below its peak, 0..1")
    max_drawdown_frac: float | None
    max_drawdown_peak_ts: datetime | None
    max_drawdown_trough_ts: datetime | None
    underwater_days: float | None = Field(description="days since the peak, 0 at it")
    day: Change
    week: Change
    performance: Performance
    booked: Booked
    sources: dict[str, str] = Field(description="of each source of the newest record, `ok` or why not")
    minutes: NavCurve = Field(description="the newest 24 hours, one point a minute")
    hours: NavCurve = Field(description="before them, of the newest 31 days, one an hour")
    days: NavCurve = Field(description="before them, of the newest 400 days, one a UTC day")
    gaps: tuple[Gap, ...] = Field(
        description=f"the newest {GAPS_KEPT} stretches of more than two minutes (or two bars of the feed) for which nobody vouched for NAV"
    )
    flows: tuple[Flow, ...] = Field(description=f"the newest {FLOWS_SHOWN} transfers")


def nav(account: Account, ledger: Ledger) -> Nav:
    """The account fold, in numbers; the newest NAV that a source vouched for."""
    latest, known, first, peak = account.latest, account.known, account.curve.first, account.curve.peak
    silent = sorted(f"{name} {answer}" for name, answer in latest.sources.items() if answer != "ok") if latest else []
    curve = series(account.curve)
    return Nav(
        status="ok" if latest else "empty",
        n=account.n,
        reason=None if latest and not silent else f"not answering: {', '.join(silent)}" if latest else NOTHING,
        event_us=account.newest_us,
        nav_usd=number(known.nav) if known else None,
        wallet_usd=number(account.known_wallet) if account.known_wallet is not None else None,
        unrealised_usd=number(known.nav - account.known_wallet) if known and account.known_wallet is not None else None,
        margin_usd=number(latest.margin) if latest and not silent else None,
        available_usd=number(latest.available) if latest and not silent else None,
        nav_ts=moment_or_null(account.known_nav_us),
        start_nav_usd=number(first.nav) if first else None,
        start_ts=moment(first.ts_us) if first else None,
        peak_nav_usd=number(peak.nav) if peak else None,
        peak_ts=moment(peak.ts_us) if peak else None,
        drawdown_frac=account.curve.drawdown_frac,
        max_drawdown_frac=account.curve.trough_frac if known else None,
        max_drawdown_peak_ts=moment_or_null(account.curve.trough_peak_us),
        max_drawdown_trough_ts=moment_or_null(account.curve.trough_us),
        underwater_days=(known.ts_us - peak.ts_us) / DAY_US if known and peak else None,
        day=day_change(account.days),
        week=week_change(account),
        performance=performance(account.days),
        booked=booked(account, ledger),
        sources=dict(latest.sources) if latest else {},
        minutes=curve.minutes,
        hours=curve.hours,
        days=curve.days,
        gaps=tuple(Gap(from_ts=moment(gap.from_us), until_ts=moment(gap.until_us)) for gap in account.gaps),
        flows=tuple(Flow(ts=moment(ts_us), usd=number(amount)) for ts_us, amount in ledger.flows[-FLOWS_SHOWN:]),
    )


def performance(days: Sequence[Day]) -> Performance:
    """Returns so far; what a day has not finished earning is left out of the ratios."""
    returns = daily_returns(days)
    finished = returns[:-1]
    return Performance(
        return_frac=compound(returns),
        daily_returns_frac=tuple(returns),
        sharpe=sharpe(finished),
        sortino=sortino(finished),
        calmar=calmar(finished),
    )


def booked(account: Account, ledger: Ledger) -> Booked:
    """The ledger's totals, and whether they explain the wallet."""
    return Booked(
        realized_usd=number(ledger.totals.realized),
        fees_usd=number(ledger.totals.fees),
        funding_usd=number(ledger.totals.funding),
        transfers_usd=number(ledger.totals.transfers),
        unexplained_usd=unexplained(account),
    )


def daily_returns(days: Sequence[Day]) -> list[float]:
    """Flow-adjusted returns of UTC days: `(close - flow - open) / open`; days that opened at or below 0 have none."""
    return [float((day.close - day.flow - day.open) / day.open) for day in days if day.open > 0]


def compound(returns: Sequence[float]) -> float | None:
    """All returns one after the other; null without any."""
    if not returns:
        return None
    level = 1.0
    for earned in returns:
        level *= 1.0 + earned
    return level - 1.0


def day_change(days: Sequence[Day]) -> Change:
    """The newest UTC day."""
    if not days:
        return Change(open_usd=None, change_usd=None, change_frac=None, flow_usd=None)
    return change(days[-1].open, days[-1].close, days[-1].flow)


def week_change(account: Account) -> Change:
    """The newest week, from Monday 00:00 UTC."""
    if account.week_open is None or account.known is None:
        return Change(open_usd=None, change_usd=None, change_frac=None, flow_usd=None)
    return change(account.week_open, account.known.nav, account.week_flow)


def change(opening: Decimal, closing: Decimal, flow: Decimal) -> Change:
    """What was earned between two NAVs."""
    earned = closing - flow - opening
    return Change(open_usd=number(opening), change_usd=number(earned), change_frac=part_of(earned, opening), flow_usd=number(flow))


def unexplained(account: Account) -> float | None:
    """What of the wallet no journaled fact accounts for; 0 when the books are whole."""
    if account.known_wallet is None or account.first_wallet is None:
        return None
    return number_or_null(account.known_wallet - account.first_wallet - account.booked)


def nav_above_zero(document: Nav) -> str | None:
    """An account at or below 0 is no account to steer by."""
    if document.nav_usd is None or document.nav_usd > 0:
        return None
    return f"nav_usd was {document.nav_usd}, must be above 0; look at the newest account record (hedge journal tail positions)"


def parts_add_up(document: Nav) -> str | None:
    """NAV is the sum of its parts."""
    if document.nav_usd is None or document.wallet_usd is None or document.unrealised_usd is None:
        return None
    gap = document.nav_usd - document.wallet_usd - document.unrealised_usd
    return None if abs(gap) <= 1e-6 else f"nav_usd less wallet_usd and unrealised_usd was {gap:g}, must be 0"


def drawdowns_are_shares(document: Nav) -> str | None:
    """Drawdowns lie between nothing and all."""
    return outside("drawdown_frac", document.drawdown_frac) or outside("max_drawdown_frac", document.max_drawdown_frac)


def wallet_is_explained(document: Nav) -> str | None:
    """The wallet is what the journals make of it, to the cent."""
    gap = document.booked.unexplained_usd
    if gap is None or abs(gap) < 0.01:
        return None
    return f"unexplained_usd was {gap}, must be below 0.01; a fill, fee, funding or transfer is not in the journal"


STATE = StateSpec(
    build=nav,
    file="nav.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(
        Check("nav_above_zero", nav_above_zero),
        Check("parts_add_up", parts_add_up),
        Check("drawdowns_are_shares", drawdowns_are_shares),
        Check("wallet_is_explained", wallet_is_explained, gate=False),
    ),
    schema_version=2,
)
