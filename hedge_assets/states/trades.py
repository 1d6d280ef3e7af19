"""The newest closed trades one by one: what was asked, done, paid and earned, and the intents by which each can be explained."""

from datetime import datetime

from pydantic import Field

from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import DAY_US, Account
from hedge_assets.folds.in_force import newest_of
from hedge_assets.folds.ledger import RECENT_KEPT, ClosedTrade, Ledger
from hedge_assets.folds.tally import figures_of
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.statistics.figures import moment_or_null, number

DAYS_SHOWN = 30
CENT = 0.01
NOTHING = "no closed trade yet"


class ClosedRow(Shape):
    """One round trip, flat to flat: `net_usd` = `gross_usd` - `fees_usd` + `funding_usd`. Null is unknown."""

    number: int = Field(description="in the order of closing, from 1 for ever")
    symbol: str
    side: str = Field(description="long or short")
    strategy: str = Field(description="empty for what no strategy of ours opened")
    opened_ts: datetime
    closed_ts: datetime
    held_s: float
    qty: float
    entry_price: float
    exit_price: float
    notional_usd: float = Field(description="what the entry cost")
    gross_usd: float
    fees_usd: float
    funding_usd: float = Field(description="positive was received")
    net_usd: float
    net_bps: float | None = Field(description="of the entry's notional")
    net_r: float | None = Field(description="in what the stop would have lost at the entry; null without a stop")
    adverse_bps: float | None = Field(description="how far the mid went against it while it was open")
    favourable_bps: float | None
    maker_frac: float = Field(description="share of what was traded that rested")
    slippage_bps: float | None
    regime: str = Field(description="how it was routed")
    entry_reason: str
    exit_reason: str
    intent_id: str = Field(description="of the entry, empty for a fill of no order of ours; `hedge explain INTENT_ID` tells all of it")
    exit_intent_id: str


class Trades(Document):
    """`n` counts all trades that ever closed."""

    whole_since_ts: datetime | None = Field(description="every trade that closed since is listed; null while there is none")
    trades: tuple[ClosedRow, ...] = Field(description=f"of the last {DAYS_SHOWN} days, the newest first, {RECENT_KEPT} at most")


def trades(ledger: Ledger, account: Account, *, now_us: int) -> Trades:
    """What the ledger has of them, the last heartbeat saying up to when nothing more has closed."""
    since_us = now_us - DAYS_SHOWN * DAY_US
    shown = [trade for trade in ledger.recent if trade.closed_us >= since_us]
    return Trades(
        status="ok" if ledger.closed else "empty",
        n=ledger.closed,
        reason=None if shown else f"no trade closed in the last {DAYS_SHOWN} days" if ledger.closed else NOTHING,
        event_us=newest_of(ledger, account),
        whole_since_ts=moment_or_null(whole_since_us(ledger, since_us)),
        trades=tuple(row(trade) for trade in reversed(shown)),
    )


def whole_since_us(ledger: Ledger, since_us: int) -> int | None:
    """Since when none is missing; older ones gave way where more closed than are kept."""
    if not ledger.recent:
        return None
    return max(since_us, ledger.recent[0].closed_us) if ledger.closed > len(ledger.recent) else since_us


def row(trade: ClosedTrade) -> ClosedRow:
    """One trade in numbers."""
    _, bps, in_r, adverse, favourable = figures_of(trade).values
    return ClosedRow(
        number=trade.number,
        symbol=trade.symbol,
        side=trade.side,
        strategy=trade.strategy,
        opened_ts=moment(trade.opened_us),
        closed_ts=moment(trade.closed_us),
        held_s=max(0, trade.closed_us - trade.opened_us) / 1e6,
        qty=number(trade.qty),
        entry_price=number(trade.entry_price),
        exit_price=number(trade.exit_price),
        notional_usd=number(trade.notional),
        gross_usd=number(trade.gross),
        fees_usd=number(trade.fees),
        funding_usd=number(trade.funding),
        net_usd=number(trade.net),
        net_bps=short(bps),
        net_r=short(in_r),
        adverse_bps=short(adverse),
        favourable_bps=short(favourable),
        maker_frac=round(trade.maker_frac, 6),
        slippage_bps=short(trade.slippage_bps),
        regime=trade.regime,
        entry_reason=trade.entry_reason,
        exit_reason=trade.exit_reason,
        intent_id=trade.intent_id,
        exit_intent_id=trade.exit_intent_id,
    )


def short(value: float | None) -> float | None:
    """A figure to 1e-4."""
    return None if value is None else round(value, 4)


def disordered(document: Trades) -> str | None:
    """The newest comes first, and none twice."""
    numbers = [each.number for each in document.trades]
    if numbers != sorted(set(numbers), reverse=True):
        return f"numbers of trades were {numbers[:5]}, must fall"
    return None if not numbers or numbers[0] == document.n else f"the newest trade is number {numbers[0]}, n is {document.n}"


def unbalanced(document: Trades) -> str | None:
    """Net is gross less fees with funding, to the cent."""
    for each in document.trades:
        gap = each.net_usd - each.gross_usd + each.fees_usd - each.funding_usd
        if abs(gap) > CENT + 1e-9 * abs(each.notional_usd):
            return f"net_usd of trade {each.number} is {each.net_usd}, gross less fees with funding is {each.net_usd - gap}"
    return None


STATE = StateSpec(
    build=trades,
    file="trades.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(Check("newest_first", disordered), Check("net_adds_up", unbalanced)),
)
