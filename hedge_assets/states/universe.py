"""The symbols: tier and caps, spread, liquidity, volatility, age of the newest quote, and whether each may be traded or why not."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field

from executor.records.market import Instrument
from executor.settings import Limits
from executor.slicing import tier_of
from hedge_assets.document import Document, Shape
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.in_force import newest_of, settings_in_force
from hedge_assets.folds.market import Market, SymbolMarket
from hedge_assets.folds.services import Services
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.states.nav import Nav
from hedge_assets.statistics.figures import moment_or_null

NOT_LISTED = "not on the whitelist"
NOT_TRADED = "the venue does not trade it now"
NO_BOOT = "no boot record with readable settings: start the executor"
NO_SYMBOLS = "no instrument and no quote yet: start the executor"


class Rules(Shape):
    """The venue's rules for an instrument: prices in quote currency, quantities in base units."""

    tick_size: float
    step_size: float
    min_qty: float
    min_notional_usd: float
    max_leverage: int


class SymbolRow(Shape):
    """One symbol. `age_s` is since a quote with news in it; `why_not` lists every reason against trading it now, empty when tradable."""

    symbol: str
    tier: str | None
    symbol_cap_usd: float | None
    tier_cap_usd: float | None
    bid: float | None
    ask: float | None
    mark: float | None
    last: float | None
    spread_bps: float | None = Field(description="EWMA over the last quotes of minutes, half-life 10 minutes")
    touch_usd: float | None = Field(description="mean of the two sides' value at the best price, EWMA like the spread")
    vol_bps: float | None = Field(description="standard deviation of one-minute returns, EWMA with a half-life of 60 minutes")
    vol_reason: str | None
    funding_rate_frac: float | None
    next_funding_ts: datetime | None
    quotes: int
    trades: int
    source: str | None
    quote_ts: datetime | None
    age_s: float | None
    rules: Rules | None
    tradable: bool
    why_not: tuple[str, ...]


class Silence(Shape):
    """A gap of the feed; an empty symbol means all of them."""

    symbol: str
    from_ts: datetime | None
    until_ts: datetime | None
    reason: str


class Universe(Document):
    """`n` counts symbols."""

    symbols: tuple[SymbolRow, ...]
    tradable: int
    halted: bool
    gaps_total: int
    gaps: tuple[Silence, ...] = Field(description="the newest 20")


def universe(market: Market, services: Services, executions: Executions, *, nav: Nav, now_us: int) -> Universe:
    """Every symbol that the executor has rules for or quotes of."""
    rules, settings = services.instruments, settings_in_force(services)
    names = sorted({*rules, *market.symbols})
    halted = services.halted is not None
    unknown = {row.symbol for row in executions.live_orders.values() if row.outcome == "unknown"}
    limits = settings.limits if settings else None
    rows = tuple(
        row_of(name, market.symbols.get(name), rules.get(name), limits=limits, nav=nav, unresolved=name in unknown, now_us=now_us)
        for name in names
    )
    return Universe(
        status="ok" if rows else "empty",
        n=len(rows),
        reason=(None if settings else NO_BOOT) if rows else NO_SYMBOLS,
        event_us=newest_of(market),
        symbols=rows,
        tradable=0 if halted else sum(row.tradable for row in rows),
        halted=halted,
        gaps_total=market.gaps_total,
        gaps=tuple(
            Silence(symbol=gap.symbol, from_ts=moment_or_null(gap.from_us), until_ts=moment_or_null(gap.ts_us), reason=gap.reason)
            for gap in market.gaps[-20:]
        ),
    )


def row_of(
    symbol: str,
    seen: SymbolMarket | None,
    instrument: Instrument | None,
    *,
    limits: Limits | None,
    nav: Nav,
    unresolved: bool,
    now_us: int,
) -> SymbolRow:
    """One symbol, with what is not known of it null."""
    look = seen or SymbolMarket(symbol=symbol)
    tier = tier_of(symbol, limits) if limits else None
    age_s = max(0.0, (now_us - look.moved_us) / 1e6) if look.quotes else None
    against = [*reasons_against(look, instrument, limits=limits, age_s=age_s), *(["an order's fate is unknown"] if unresolved else [])]
    return SymbolRow(
        symbol=symbol,
        tier=tier,
        symbol_cap_usd=cap(limits.symbol_cap_frac if limits else None, nav),
        tier_cap_usd=cap(limits.tier_cap_frac.get(tier or "") if limits else None, nav),
        bid=look.bid,
        ask=look.ask,
        mark=look.mark,
        last=look.last,
        spread_bps=look.spread_bps,
        touch_usd=look.touch_usd,
        vol_bps=look.vol_bps,
        vol_reason=None if look.vol_bps is not None else f"{look.minutes} one-minute returns of 5",
        funding_rate_frac=look.funding_rate,
        next_funding_ts=moment_or_null(look.next_funding_us),
        quotes=look.quotes,
        trades=look.trades,
        source=look.source or None,
        quote_ts=moment_or_null(look.moved_us) if look.quotes else None,
        age_s=age_s,
        rules=rules_of(instrument) if instrument else None,
        tradable=not against,
        why_not=tuple(against),
    )


def cap(share_frac: float | None, nav: Nav) -> float | None:
    """A share of NAV in USD; null while either is unknown."""
    return None if share_frac is None or nav.nav_usd is None else share_frac * nav.nav_usd


def reasons_against(look: SymbolMarket, instrument: Instrument | None, *, limits: Limits | None, age_s: float | None) -> Iterator[str]:
    """Everything that keeps new risk out of a symbol now, apart from the account's own limits."""
    if instrument is None:
        yield "the venue's rules are not known"
    elif not instrument.is_trading:
        yield NOT_TRADED
    if limits is None:
        yield "limits are not known"
    elif limits.whitelist and look.symbol not in limits.whitelist:
        yield NOT_LISTED
    if age_s is None:
        yield "no quote yet"
    elif limits is not None and age_s > limits.quote_max_age_s:
        yield f"quote is {age_s:.1f} s old, limit {limits.quote_max_age_s:g} s"
    if look.bid is not None and look.ask is not None and look.bid > look.ask:
        yield f"crossed: bid {look.bid:g} above ask {look.ask:g}"


def rules_of(instrument: Instrument) -> Rules:
    """The venue's rules, in numbers."""
    return Rules(
        tick_size=float(instrument.tick_size),
        step_size=float(instrument.step_size),
        min_qty=float(instrument.min_qty),
        min_notional_usd=float(instrument.min_notional),
        max_leverage=instrument.max_leverage,
    )


def prices_are_real(document: Universe) -> str | None:
    """Known prices are above 0."""
    wrong = [row.symbol for row in document.symbols if any(price is not None and price <= 0 for price in (row.bid, row.ask, row.mark))]
    return f"{wrong[0]} has a price at or below 0" if wrong else None


def something_is_tradable(document: Universe) -> str | None:
    """At least one symbol may be traded, of those that the operator wants traded at all."""
    wanted = [row for row in document.symbols if NOT_LISTED not in row.why_not]
    if not wanted or document.tradable > 0:
        return None
    if document.halted:
        return "no symbol is tradable: the executor is halted; resume it when the cause is gone"
    return f"no symbol is tradable: {wanted[0].symbol}: {wanted[0].why_not[0]}"


STATE = StateSpec(
    build=universe,
    file="universe.json",
    group=Group.EXECUTION,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check("prices_are_real", prices_are_real), Check("something_is_tradable", something_is_tradable, gate=False)),
)
