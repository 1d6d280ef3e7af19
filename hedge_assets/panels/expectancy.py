"""What a trade earns on average, by symbol, and how sure that is."""

from typing import cast

from hedge_assets.showing.amounts import bps, count, earned, lasting, number, share, text
from hedge_assets.showing.marks import Interval, intervals
from hedge_assets.showing.said import Cell, Documents, Figure, Figures, Panel, Picture, Said, Sketch, Table
from hedge_assets.showing.sketches import small_intervals
from hedge_assets.states.expectancy import Expectancy, Window
from hedge_assets.statistics.trade_stats import TradeStats

SHOWN = 40


def say(documents: Documents) -> Said:
    """The book in the longest window, symbols with their intervals, and the same as rows."""
    found = cast("Expectancy", documents["expectancy"])
    if not found.windows:
        return ()
    window = max(found.windows, key=lambda each: each.overall.n)
    return (
        Figures(figures(window)),
        Picture(
            f"Expectancy by symbol, {window.window}: shrunk toward the book, with 95 % intervals",
            intervals(
                [interval(each) for each in ranked(window.symbols) if each.shrunk_bps is not None],
                "expectancy by symbol with intervals",
                "bps",
            ),
            "expectancy by symbol with intervals; the same numbers are in the rows",
        ),
        *(
            Table(
                caption,
                (name, *COLUMNS),
                tuple(row(each) for each in ranked(groups)),
                f"no trade was closed in {window.window}",
                max(0, len(groups) - SHOWN),
                is_open=False,
            )
            for caption, name, groups in (("By symbol", "symbol", window.symbols), ("By strategy", "strategy", window.strategies))
        ),
    )


def sketch(documents: Documents) -> Sketch:
    """Symbols with their intervals."""
    found = cast("Expectancy", documents["expectancy"])
    window = max(found.windows, key=lambda each: each.overall.n, default=None)
    rows = [] if window is None else [interval(each) for each in ranked(window.symbols) if each.shrunk_bps is not None]
    return small_intervals("Expectancy by symbol in bps, with 95 % intervals", rows)


COLUMNS = ("trades#", "won#", "net#", "per trade#", "shrunk#", "95 % interval#", "profit factor#", "held, median#", "proven")


def figures(window: Window) -> tuple[Figure, ...]:
    """The book in one row of numbers."""
    book, why = window.overall, "no trade was closed"
    return (
        Figure("expectancy", bps(book.expectancy_bps, sign=True, why=why), f"{book.n:,} trades, {window.window}"),
        Figure("net", earned(book.net_usd), f"fees {earned(-book.fees_usd).text}"),
        Figure("won", share(book.win_frac, why=why), f"95 %: {share(book.win_frac_low).text} to {share(book.win_frac_high).text}"),
        Figure("profit factor", number(book.profit_factor, 2, why=why), f"payoff ratio {number(book.payoff_ratio, 2).text}"),
        Figure("chance of an edge", share(book.edge_prob_frac, why=why), book.maturity),
    )


def ranked(groups: tuple[TradeStats, ...]) -> list[TradeStats]:
    """Those with the best expectancy first, at most 40."""
    return sorted(groups, key=lambda each: -(each.shrunk_bps if each.shrunk_bps is not None else -1e9))[:SHOWN]


def interval(each: TradeStats) -> Interval:
    """One symbol as a point between its bounds."""
    value = each.shrunk_bps or 0.0
    low, high = (value if bound is None else bound for bound in (each.shrunk_bps_low, each.shrunk_bps_high))
    return Interval(each.key, value, low, high, f"{each.key}: {value:+.2f} bps, 95 % from {low:+.2f} to {high:+.2f}, {each.n:,} trades")


def row(each: TradeStats) -> tuple[Cell, ...]:
    """One group."""
    bounds = f"{bps(each.shrunk_bps_low, sign=True).text} to {bps(each.shrunk_bps_high, sign=True).text}"
    return (
        text(each.key),
        count(each.n),
        share(each.win_frac),
        earned(each.net_usd),
        bps(each.expectancy_bps, sign=True),
        bps(each.shrunk_bps, sign=True),
        Cell(bounds, is_number=True),
        number(each.profit_factor, 2, why=each.reasons.get("profit_factor")),
        lasting(each.holding_s_p50),
        text("yes" if each.is_mature else "not yet", "plain" if each.is_mature else "dim", each.maturity),
    )


PANEL = Panel(key="expectancy", title="Expectancy", place=50, states=("expectancy",), say=say, sketch=sketch)
