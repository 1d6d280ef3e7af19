"""What a trade has been worth, by symbol, strategy, side, hour and routing regime, over four windows, and how sure that is."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import ClosedTrade, Ledger
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.trade_stats import Earned, TradeStats, book_of, earned, trade_stats
from hedge_assets.statistics.windows import Span, span_of

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
KEYS: dict[str, Callable[[ClosedTrade], str]] = {
    "symbols": lambda trade: trade.symbol,
    "strategies": lambda trade: trade.strategy,
    "sides": lambda trade: trade.side,
    "hours": lambda trade: f"{trade.opened_us % DAY_US // HOUR_US:02d}",
    "regimes": lambda trade: trade.regime,
}


class Window(Shape):
    """Trades closed after `since_ts` (null for all), as one book and by five keys; groups without trades are absent."""

    window: str
    since_ts: datetime | None
    overall: TradeStats
    symbols: tuple[TradeStats, ...]
    strategies: tuple[TradeStats, ...]
    sides: tuple[TradeStats, ...]
    hours: tuple[TradeStats, ...] = Field(description="by UTC hour of opening, 00 to 23")
    regimes: tuple[TradeStats, ...]


class Expectancy(Document):
    """`n` is the number of closed trades known; `forgotten` are older ones no longer kept, which no window counts."""

    forgotten: int
    mature_trades: int = Field(description="trades from which a group is mature")
    shrink_trades: float = Field(description="trades at which a group's own evidence weighs as much as the book's")
    windows: tuple[Window, ...]

    def window(self, name: str) -> Window | None:
        """The window of that name; null in an empty document."""
        return next((window for window in self.windows if window.window == name), None)


def expectancy(ledger: Ledger, account: Account, *, now_us: int, telemetry: Telemetry, flags: Flags) -> Expectancy:
    """All groups over all windows; the last heartbeat says up to when nothing more has closed."""
    reason = "INTEL_V6_ENABLED is 0" if not flags.on("INTEL_V6_ENABLED") else "no closed trade yet"
    trades = earned(ledger.trades) if flags.on("INTEL_V6_ENABLED") else []
    return Expectancy(
        status="ok" if trades else "empty",
        n=len(trades),
        reason=None if trades else reason,
        event_us=max((us for us in (account.newest_us, ledger.newest_us) if us is not None), default=None),
        forgotten=ledger.closed - len(ledger.trades),
        mature_trades=telemetry.mature_trades,
        shrink_trades=telemetry.shrink_trades,
        windows=tuple(window(span_of(name), trades, now_us, telemetry) for name in telemetry.windows) if trades else (),
    )


def window(span: Span, trades: Sequence[Earned], now_us: int, telemetry: Telemetry) -> Window:
    """One window of the book; its prior is the book in the same window."""
    since = span.start_us(now_us)
    inside = [row for row in trades if since is None or row.trade.closed_us >= since]
    book = book_of(inside, strength=telemetry.shrink_trades, mature_trades=telemetry.mature_trades)
    groups = {
        field: tuple(trade_stats(key, group, book) for key, group in sorted(grouped(inside, key_of).items()))
        for field, key_of in KEYS.items()
    }
    return Window(
        window=span.name,
        since_ts=None if since is None else moment(since),
        overall=trade_stats("all", inside, book, is_book=True),
        **groups,
    )


def grouped(trades: Iterable[Earned], key_of: Callable[[ClosedTrade], str]) -> dict[str, list[Earned]]:
    """Trades by a key of theirs, in their order."""
    groups: dict[str, list[Earned]] = {}
    for row in trades:
        groups.setdefault(key_of(row.trade), []).append(row)
    return groups


def unbalanced(document: Expectancy) -> str | None:
    """Each key splits the same trades: its groups' counts add up to the window's, and so does the money."""
    for part in document.windows:
        for field in KEYS:
            groups: tuple[TradeStats, ...] = getattr(part, field)
            counted = sum(group.n for group in groups)
            if counted != part.overall.n:
                return f"{field} over {part.window} count {counted} trades, the window has {part.overall.n}"
            earned = sum(group.net_usd for group in groups)
            if abs(earned - part.overall.net_usd) > 1e-6 * max(1.0, abs(earned)):
                return f"{field} over {part.window} earned {earned} USD, the window {part.overall.net_usd}"
    return None


STATE = StateSpec(
    build=expectancy,
    file="expectancy_v6.json",
    group=Group.RESEARCH,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="groups_add_up", holds=unbalanced),),
)
