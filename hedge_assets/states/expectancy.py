"""What a trade has been worth, by symbol, strategy, side, hour and routing regime, over four windows, and how sure that is."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.tally import TradeTally
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.shrinkage import Shrinkage, book_of, shrinkage_of
from hedge_assets.statistics.trade_stats import TradeStats, trade_stats
from hedge_assets.statistics.windows import Span, span_of

DIMENSIONS = ("symbols", "strategies", "sides", "hours", "regimes")


class Window(Shape):
    """Trades closed since `since_ts` (null for all), as one book and by five keys; groups without trades are absent.

    `shrinkage` says of each key how far its groups are shrunk toward the book, and why so far.
    """

    window: str
    since_ts: datetime | None
    overall: TradeStats
    symbols: tuple[TradeStats, ...]
    strategies: tuple[TradeStats, ...]
    sides: tuple[TradeStats, ...]
    hours: tuple[TradeStats, ...] = Field(description="by UTC hour of opening, 00 to 23")
    regimes: tuple[TradeStats, ...]
    shrinkage: tuple[Shrinkage, ...]


class Expectancy(Document):
    """`n` is the number of closed trades there ever were."""

    mature_trades: int = Field(description="trades from which a group is mature")
    shrink_trades: float = Field(description="trades at which the book weighs as much as no edge at all, and a group as much as the book")
    windows: tuple[Window, ...]

    def window(self, name: str) -> Window | None:
        """The window of that name; null in an empty document."""
        return next((window for window in self.windows if window.window == name), None)


def expectancy(ledger: Ledger, account: Account, *, now_us: int, telemetry: Telemetry, flags: Flags) -> Expectancy:
    """All groups over all windows; the last heartbeat says up to when nothing more has closed."""
    is_on = flags.on("INTEL_V6_ENABLED")
    n = ledger.closed if is_on else 0
    reason = "no closed trade yet" if is_on else "INTEL_V6_ENABLED is 0"
    return Expectancy(
        status="ok" if n else "empty",
        n=n,
        reason=None if n else reason,
        event_us=max((us for us in (account.newest_us, ledger.newest_us) if us is not None), default=None),
        mature_trades=telemetry.mature_trades,
        shrink_trades=telemetry.shrink_trades,
        windows=tuple(_window(span_of(name), ledger, now_us, telemetry) for name in telemetry.windows) if n else (),
    )


def _window(span: Span, ledger: Ledger, now_us: int, telemetry: Telemetry) -> Window:
    since = span.start_us(now_us)
    return window_of(span.name, since, ledger.results.since(since, TradeTally), telemetry=telemetry)


def window_of(name: str, since_us: int | None, sums: Mapping[str, TradeTally], *, telemetry: Telemetry) -> Window:
    """One window, from its sums by `dimension/value` (`overall/all` is the book); groups are shrunk toward the book of the same window."""
    whole = sums.get("overall/all") or TradeTally()
    book = book_of(whole.bps, strength=telemetry.shrink_trades, mature_trades=telemetry.mature_trades)
    groups: dict[str, tuple[TradeStats, ...]] = {}
    found = []
    for dimension in DIMENSIONS:
        own = {key.partition("/")[2]: sums[key] for key in sorted(sums) if key.startswith(f"{dimension}/")}
        shrinkage = shrinkage_of(dimension, (tally.bps for tally in own.values()), usual_trades=telemetry.shrink_trades)
        prior = book.toward(shrinkage)
        groups[dimension] = tuple(trade_stats(value, tally, prior) for value, tally in own.items())
        found.append(shrinkage)
    return Window(
        window=name,
        since_ts=None if since_us is None else moment(since_us),
        overall=trade_stats("all", whole, book, is_book=True),
        shrinkage=tuple(found),
        **groups,
    )


def unbalanced(document: Expectancy) -> str | None:
    """Each key splits the same trades: its groups' counts add up to the window's, and so does the money."""
    for part in document.windows:
        for field in DIMENSIONS:
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
