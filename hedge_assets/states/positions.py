"""What is held and ordered, what it is worth, how far liquidation is; the journal's positions against the venue's."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from executor.records.account import OpenOrder, Position
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import Ledger, OpenTrade
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.figures import moment_or_null, number, number_or_null

NOTHING = "no account record yet: start the executor"
FLAT = "flat: no open position"


class Held(Shape):
    """One open position, as the venue gives it, with the strategy and costs that the journal knows of it.

    `liquidation_distance_frac` is how far the mark may move against it, as a share of the mark; below 0 it is past.
    """

    symbol: str
    side: Literal["long", "short"]
    qty: float = Field(description="signed, base units")
    entry_price: float
    mark_price: float
    notional_usd: float = Field(description="absolute, at the mark")
    unrealised_usd: float
    unrealised_frac: float | None = Field(description="of the entry's value")
    leverage: int
    liquidation_price: float | None
    liquidation_distance_frac: float | None
    opened_ts: datetime | None
    age_s: float | None
    strategy: str | None
    entry_reason: str | None
    fees_usd: float | None
    funding_usd: float | None
    fills: int | None


class Ordered(Shape):
    """One order that the venue holds; a null price is a market order. A conditional one waits for `trigger_price`, null for any other."""

    client_id: str
    symbol: str
    side: Literal["buy", "sell"]
    qty: float
    filled_qty: float
    price: float | None
    post_only: bool
    reduce_only: bool
    placed_ts: datetime
    age_s: float
    trigger_price: float | None


class Mismatch(Shape):
    """A symbol where the sum of journaled fills is not what the venue holds."""

    symbol: str
    journal_qty: float
    venue_qty: float
    difference_qty: float


class Positions(Document):
    """`n` counts open positions. Flat is `empty`, and healthy."""

    positions: tuple[Held, ...]
    orders: tuple[Ordered, ...]
    mismatches: tuple[Mismatch, ...]
    agree: bool | None = Field(description="whether the journal's positions are the venue's; null when the venue did not say")
    long_usd: float | None
    short_usd: float | None
    gross_usd: float | None
    net_usd: float | None
    unrealised_usd: float | None
    stale_sources: tuple[str, ...] = Field(description="sources that did not answer: what is shown is what was last written")


def positions(account: Account, ledger: Ledger, *, now_us: int) -> Positions:
    """The newest account record's positions and orders, beside the ledger's open trades."""
    latest = account.latest
    if latest is None:
        return nothing(account)
    held = tuple(held_of(position, ledger.open.get(position.symbol), now_us) for position in latest.positions)
    stale = tuple(sorted(name for name, answer in latest.sources.items() if answer != "ok"))
    mismatches = () if stale else compare({position.symbol: position.qty for position in latest.positions}, ledger.positions)
    values = [position.qty * position.mark_price for position in latest.positions]
    long, short = sum((value for value in values if value > 0), Decimal(0)), -sum((value for value in values if value < 0), Decimal(0))
    return Positions(
        status="ok" if held else "empty",
        n=len(held),
        reason=None if held else FLAT,
        event_us=account.newest_us,
        positions=held,
        orders=tuple(ordered_of(order, now_us) for order in latest.orders),
        mismatches=mismatches,
        agree=None if stale else not mismatches,
        long_usd=number(long),
        short_usd=number(short),
        gross_usd=number(long + short),
        net_usd=number(long - short),
        unrealised_usd=number(sum((position.unrealised for position in latest.positions), Decimal(0))),
        stale_sources=stale,
    )


def nothing(account: Account) -> Positions:
    """Before the first account record nothing is known, also not that we are flat."""
    return Positions(
        status="empty",
        n=0,
        reason=NOTHING,
        event_us=account.newest_us,
        positions=(),
        orders=(),
        mismatches=(),
        agree=None,
        long_usd=None,
        short_usd=None,
        gross_usd=None,
        net_usd=None,
        unrealised_usd=None,
        stale_sources=(),
    )


def held_of(position: Position, trade: OpenTrade | None, now_us: int) -> Held:
    """One position; what the journal does not know of it is null."""
    opened_us = position.opened_us if position.opened_us is not None else trade.opened_us if trade else None
    entry_value = abs(position.qty * position.entry_price)
    return Held(
        symbol=position.symbol,
        side="long" if position.qty > 0 else "short",
        qty=float(position.qty),
        entry_price=float(position.entry_price),
        mark_price=float(position.mark_price),
        notional_usd=number(abs(position.qty * position.mark_price)),
        unrealised_usd=number(position.unrealised),
        unrealised_frac=float(position.unrealised / entry_value) if entry_value else None,
        leverage=position.leverage,
        liquidation_price=number_or_null(position.liquidation_price),
        liquidation_distance_frac=liquidation_distance(position),
        opened_ts=moment_or_null(opened_us),
        age_s=(now_us - opened_us) / 1e6 if opened_us is not None else None,
        strategy=(trade.strategy or None) if trade else None,
        entry_reason=(trade.entry_reason or None) if trade else None,
        fees_usd=number(trade.fees) if trade else None,
        funding_usd=number(trade.funding) if trade else None,
        fills=trade.fills if trade else None,
    )


def liquidation_distance(position: Position) -> float | None:
    """How far the mark may move against the position before liquidation, as a share of the mark; null where the venue gives no price."""
    if position.liquidation_price is None or position.mark_price <= 0:
        return None
    way = 1 if position.qty > 0 else -1
    return float(way * (position.mark_price - position.liquidation_price) / position.mark_price)


def ordered_of(order: OpenOrder, now_us: int) -> Ordered:
    """One open order."""
    return Ordered(
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        qty=float(order.qty),
        filled_qty=float(order.filled_qty),
        price=number_or_null(order.price),
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        placed_ts=moment(order.placed_us),
        age_s=(now_us - order.placed_us) / 1e6,
        trigger_price=number_or_null(order.trigger_price),
    )


def compare(venue: dict[str, Decimal], journal: dict[str, Decimal]) -> tuple[Mismatch, ...]:
    """Symbols in which the two disagree."""
    both = {symbol: (journal.get(symbol, Decimal(0)), venue.get(symbol, Decimal(0))) for symbol in sorted({*venue, *journal})}
    return tuple(
        Mismatch(symbol=symbol, journal_qty=float(ours), venue_qty=float(theirs), difference_qty=float(ours - theirs))
        for symbol, (ours, theirs) in both.items()
        if ours != theirs
    )


def journal_is_the_venue(document: Positions) -> str | None:
    """What was journaled adds up to what the venue holds."""
    if not document.mismatches:
        return None
    first = document.mismatches[0]
    rest = f" and {len(document.mismatches) - 1} more" if len(document.mismatches) > 1 else ""
    return f"{first.symbol} is {first.journal_qty:g} by the journal and {first.venue_qty:g} at the venue{rest}; look for an adjust record"


def sides_add_up(document: Positions) -> str | None:
    """Gross is long and short together."""
    if document.gross_usd is None or document.long_usd is None or document.short_usd is None:
        return None
    gap = document.gross_usd - document.long_usd - document.short_usd
    return None if abs(gap) <= 1e-6 else f"gross_usd less long_usd and short_usd was {gap:g}, must be 0"


def quantities_are_real(document: Positions) -> str | None:
    """An open position has a quantity and a price."""
    wrong = [held.symbol for held in document.positions if held.qty == 0 or held.mark_price <= 0]
    return f"{wrong[0]} has no quantity or no mark price above 0" if wrong else None


STATE = StateSpec(
    build=positions,
    file="positions.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(
        Check("sides_add_up", sides_add_up),
        Check("quantities_are_real", quantities_are_real),
        Check("journal_is_the_venue", journal_is_the_venue, gate=False),
    ),
)
