"""Gross, net and leverage, the room under each limit, vetoes by rule, and the risk mode with what made it so."""

from collections.abc import Iterable

from pydantic import Field

from executor.records.trading import Mode
from executor.risk.modes import Assessment, Vitals, assess
from executor.settings import Settings, lines_of
from executor.slicing import tier_of
from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.folds.decisions import APPROVED, HOUR_US, Decisions
from hedge_assets.folds.execution_rows import STOP
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of, settings_in_force
from hedge_assets.folds.services import Services
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.states.nav import Nav
from hedge_assets.states.positions import Positions
from hedge_assets.statistics.exposure import exposure_usd, gross_usd
from hedge_assets.statistics.figures import number, outside

DAY_HOURS = 24
QUALITY_ORDERS = 50
LEAST_ORDERS = 10
NO_BOOT = "no boot record with readable settings: start the executor"


class Room(Shape):
    """One limit: what stands against it, and what is left. `unit` is usd, frac, count or ratio; null is unknown."""

    name: str
    subject: str = Field(description="the symbol or tier it binds, empty for the whole account")
    unit: str
    value: float | None
    limit: float | None
    room: float | None
    used_frac: float | None
    reason: str | None


class VetoCount(Shape):
    """How often a rule of the live pipeline said no."""

    rule: str
    last_24h: int
    since_start: int


class RiskSnapshot(Document):
    """`n` counts decisions since the start. The mode is judged by v6's own function, on the newest facts."""

    gross_usd: float | None
    net_usd: float | None
    leverage: float | None = Field(description="gross over NAV")
    exposed_usd: float | None = Field(description="gross with live orders that may add to it: what the caps bind")
    open_positions: int | None
    rooms: tuple[Room, ...]
    mode: Mode | None
    mode_reason: str
    halted: bool
    halted_reason: str | None
    pipeline: str | None
    decisions_24h: int
    vetoed_24h: int
    veto_frac_24h: float | None
    vetoes: tuple[VetoCount, ...]


def risk_snapshot(
    account: Account,
    decisions: Decisions,
    services: Services,
    *,
    executions: Executions,
    nav: Nav,
    positions: Positions,
    now_us: int,
) -> RiskSnapshot:
    """The account against the limits of the running executor."""
    settings = settings_in_force(services)
    recent = last_day(decisions, now_us)
    answered = sum(recent.values())
    vetoed = answered - recent.get(APPROVED, 0)
    judged = judge(settings, nav, services=services, executions=executions, now_us=now_us)
    known = account.latest is not None
    return RiskSnapshot(
        status="ok" if known else "empty",
        n=decisions.intents,
        reason=None if known else nav.reason,
        event_us=newest_of(account, decisions),
        gross_usd=positions.gross_usd,
        net_usd=positions.net_usd,
        leverage=ratio(positions.gross_usd, nav.nav_usd),
        exposed_usd=number(gross_usd(exposure_usd(account.latest))) if account.latest is not None else None,
        open_positions=positions.n if known else None,
        rooms=tuple(rooms(settings, account, nav)) if settings is not None else (),
        mode=judged.mode if judged else None,
        mode_reason=judged.reason if judged else NO_BOOT,
        halted=services.halted is not None,
        halted_reason=f"{services.halted.rule}: {services.halted.detail}" if services.halted else None,
        pipeline=decisions.live or None,
        decisions_24h=answered,
        vetoed_24h=vetoed,
        veto_frac_24h=vetoed / answered if answered else None,
        vetoes=veto_counts(decisions, recent),
    )


def last_day(decisions: Decisions, now_us: int) -> dict[str, int]:
    """Answers of the live pipeline by rule in the last 24 hours, this one included, in whole hours."""
    counted: dict[str, int] = {}
    for hour, rules in decisions.hours.items():
        if hour > now_us // HOUR_US - DAY_HOURS:
            for rule, n in rules.items():
                counted[rule] = counted.get(rule, 0) + n
    return counted


def veto_counts(decisions: Decisions, recent: dict[str, int]) -> tuple[VetoCount, ...]:
    """Rules that have said no, the most frequent first."""
    ordered = sorted(decisions.vetoes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(VetoCount(rule=rule, last_24h=recent.get(rule, 0), since_start=n) for rule, n in ordered)


def judge(settings: Settings | None, nav: Nav, *, services: Services, executions: Executions, now_us: int) -> Assessment | None:
    """The mode v6 would be in; null while the limits are not known."""
    if settings is None:
        return None
    rejects, fallbacks = router_shares(executions)
    signs = Vitals(
        halted=services.halted is not None,
        nav_age_s=None if nav.nav_ts is None else max(0.0, now_us / 1e6 - nav.nav_ts.timestamp()),
        drawdown_frac=nav.drawdown_frac,
        daily_loss_frac=loss(nav.day.change_frac),
        reject_frac=rejects,
        fallback_frac=fallbacks,
    )
    return assess(signs, lines_of(settings))


def router_shares(executions: Executions) -> tuple[float | None, float | None]:
    """Shares of refusals and of fallbacks in the newest 50 orders; null before ten, as in the executor."""
    worked = [order for order in (*executions.ended_orders.values(), *executions.live_orders.values()) if order.step != STOP]
    newest = sorted(worked, key=lambda order: order.ts_us)[-QUALITY_ORDERS:]
    if len(newest) < LEAST_ORDERS:
        return None, None
    return (
        sum(order.outcome == "rejected" for order in newest) / len(newest),
        sum(order.step == "fallback" for order in newest) / len(newest),
    )


def rooms(settings: Settings, account: Account, nav: Nav) -> Iterable[Room]:
    """Every limit that binds new risk, with what is left under it."""
    limits, worth = settings.limits, nav.nav_usd
    yield room("drawdown", nav.drawdown_frac, limits.max_drawdown_frac, unit="frac")
    yield room("daily_loss", loss(nav.day.change_frac), limits.max_daily_loss_frac, unit="frac")
    yield room("weekly_loss", loss(nav.week.change_frac), limits.max_weekly_loss_frac, unit="frac")
    exposed = {} if account.latest is None else {symbol: float(abs(value)) for symbol, value in exposure_usd(account.latest).items()}
    gross = sum(exposed.values()) if account.latest is not None else None
    yield room("gross", gross, cap(limits.gross_cap_frac, worth), unit="usd")
    yield room("leverage", ratio(gross, worth), limits.max_leverage, unit="ratio")
    yield room("positions", None if account.latest is None else float(len(exposed)), float(limits.max_positions), unit="count")
    for symbol in sorted(exposed):
        yield room("symbol", exposed[symbol], cap(limits.symbol_cap_frac, worth), unit="usd", subject=symbol)
    for tier, share in sorted(limits.tier_cap_frac.items()):
        used = sum(value for symbol, value in exposed.items() if tier_of(symbol, limits) == tier)
        yield room("tier", None if account.latest is None else used, cap(share, worth), unit="usd", subject=tier)


def room(name: str, value: float | None, limit: float | None, *, unit: str, subject: str = "") -> Room:
    """One limit; unknown where its value or NAV is."""
    known = value is not None and limit is not None
    return Room(
        name=name,
        subject=subject,
        unit=unit,
        value=value,
        limit=limit,
        room=limit - value if value is not None and limit is not None else None,
        used_frac=value / limit if value is not None and limit is not None and limit > 0 else None,
        reason=None if known else "its value or NAV is not known",
    )


def cap(share_frac: float, nav_usd: float | None) -> float | None:
    """A share of NAV in USD; null while NAV is unknown."""
    return None if nav_usd is None else share_frac * nav_usd


def ratio(value: float | None, whole: float | None) -> float | None:
    """A value over a whole; null while either is unknown or the whole is not above 0."""
    return None if value is None or whole is None or whole <= 0 else value / whole


def loss(change_frac: float | None) -> float | None:
    """What of a change is a loss, 0..1; null when it is unknown."""
    return None if change_frac is None else max(0.0, -change_frac)


def shares_are_shares(document: RiskSnapshot) -> str | None:
    """Shares lie in 0..1."""
    return outside("veto_frac_24h", document.veto_frac_24h)


def rooms_add_up(document: RiskSnapshot) -> str | None:
    """What is used and what is left make the limit."""
    for row in document.rooms:
        if row.value is not None and row.limit is not None and row.room is not None:
            gap = row.limit - row.value - row.room
            if abs(gap) > 1e-6 * max(1.0, abs(row.limit)):
                return f"{row.name} {row.subject} limit less value and room was {gap:g}, must be 0"
    return None


def within_limits(document: RiskSnapshot) -> str | None:
    """No limit is overrun."""
    over = [row for row in document.rooms if row.room is not None and row.room < -1e-9 * max(1.0, abs(row.limit or 0.0))]
    if not over:
        return None
    row = over[0]
    return f"{row.name} {row.subject} was {row.value:.6g}, limit {row.limit:.6g} {row.unit}; new risk is refused until it is inside again"


STATE = StateSpec(
    build=risk_snapshot,
    file="risk_snapshot.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(
        Check("shares_are_shares", shares_are_shares),
        Check("rooms_add_up", rooms_add_up),
        Check("within_limits", within_limits, gate=False),
    ),
)
