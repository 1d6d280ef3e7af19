"""Curves of a report as SVG: NAV of both columns, the profit difference with its band, and what symbols and rules were worth."""

import io
import warnings
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hedge_assets.comparing.shapes import Agreement, Column, RuleRow, Standing
from hedge_assets.shadow.candidates import ACCOUNT
from hedge_assets.trials.report import Report

LIVE, SHADOW, QUIET, GRID = "#2b333b", "#2a86cf", "#c98a2b", "#e3e7ea"
"""Dark, middle and light: told apart by those who see no colours, and on a grey print."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "svg.hashsalt": "hedge",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#9aa4ad",
    "axes.labelcolor": "#333333",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
}
RULES_SHOWN = 10
SYMBOLS_SHOWN = 20
NAME_LETTERS = 40
MINUTES_SHOWN = 240


def charts_of(report: Report) -> dict[str, str]:
    """Every chart that has something to show, by name, as SVG."""
    found = {
        "nav": nav(report),
        "difference": difference(report.found.standings),
        "symbols": symbols(report.found.symbols),
        "rules": rules(report.found.rules),
    }
    return {name: svg for name, svg in found.items() if svg is not None}


def figure(height: float) -> Any:
    """An empty figure of a page's width, drawn without a screen, and its axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415  who asks for no report does not wait for it

    drawn = Figure(figsize=(9.0, height), layout="constrained")
    return drawn, drawn.subplots()


def svg_of(drawn: Any) -> str:
    """A figure as SVG, the same bytes for the same figure."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415  as above

    into = io.StringIO()
    FigureCanvasSVG(drawn).print_svg(into, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    text = into.getvalue()
    return text[text.index("<svg") :]


def drawn_in_style(draw: Any) -> str:
    """What a function draws, in the house's colours."""
    from matplotlib import rc_context  # noqa: PLC0415  as above

    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the reader's own fonts write it: text stays text
        return svg_of(draw())


def nav(report: Report) -> str | None:
    """NAV of both columns, and of the live account where that is another curve than its column's."""
    one, two = report.sides
    account = report.columns[ACCOUNT]
    if min(len(line(column)[0]) for column in (one, two)) < 2:
        return None

    def draw() -> Any:
        whole, axes = figure(3.0)
        for column, colour, width in ((one, LIVE, 1.0), (two, SHADOW, 1.8)):
            axes.plot(*line(column), color=colour, lw=width, label=column.key)
        if line(account)[0] and account.curve not in (one.curve, two.curve):
            axes.plot(*line(account), color=QUIET, lw=0.9, ls="--", label="live account")
        axes.set_ylabel("NAV, USD")
        axes.legend(frameon=False, loc="best")
        dated(whole, axes)
        return whole

    return drawn_in_style(draw)


def line(column: Column) -> tuple[list[datetime], list[float | None]]:
    """Times and NAV in today's money, by day and hour, and the last day's minutes as far as one can see them apart."""
    curve = column.curve
    if curve is None:
        return [], []
    step = 1 + len(curve.minutes.ts) // MINUTES_SHOWN
    parts = [(part.ts, part.adjusted_usd or part.nav_usd) for part in (curve.days, curve.hours)]
    parts.append((curve.minutes.ts[::-step][::-1], (curve.minutes.adjusted_usd or curve.minutes.nav_usd)[::-step][::-1]))
    return [ts for times, _ in parts for ts in times], [nav for _, navs in parts for nav in navs]


def difference(standings: Sequence[Standing]) -> str | None:
    """The profit difference at the end of each day, with the wider of its two 95 % bands."""
    if len(standings) < 2:
        return None

    def draw() -> Any:
        whole, axes = figure(2.6)
        days = [date.fromisoformat(each.day) for each in standings]
        known = [(day, each.low_usd, each.high_usd) for day, each in zip(days, standings, strict=True) if each.low_usd is not None]
        if known:
            axes.fill_between(
                [day for day, _, _ in known], [low for _, low, _ in known], [high for _, _, high in known], color=SHADOW, alpha=0.15
            )
        axes.plot(days, [each.diff_usd for each in standings], color=SHADOW, lw=1.6)
        axes.axhline(0, color="#333333", lw=0.8)
        axes.set_ylabel("shadow less live, USD")
        dated(whole, axes)
        return whole

    return drawn_in_style(draw)


def dated(whole: Any, axes: Any) -> None:
    """A time axis that names no more than it must."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415  as above

    locator = AutoDateLocator(minticks=2)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter("{x:,.0f}")
    whole.align_labels()


def symbols(groups: Sequence[Agreement]) -> str | None:
    """The profit difference of each symbol, the largest first, with its interval."""
    traded = sorted((group for group in groups if group.money.n), key=lambda group: -abs(group.money.diff_usd))[:SYMBOLS_SHOWN]
    if not traded:
        return None

    def draw() -> Any:
        whole, axes = figure(0.6 + 0.24 * len(traded))
        shown = list(reversed(traded))
        values = [group.money.diff_usd for group in shown]
        axes.barh(range(len(shown)), values, color=SHADOW, height=0.6)
        for place, group in enumerate(shown):
            low, high = group.money.diff_low_usd, group.money.diff_high_usd
            if low is not None and high is not None:
                axes.plot([low, high], [place, place], color=LIVE, lw=1.1)
        labelled(axes, [shortened(group.key) for group in shown], "shadow less live, USD, with 95 % intervals")
        return whole

    return drawn_in_style(draw)


def rules(rows: Sequence[RuleRow]) -> str | None:
    """What each rule was worth: directly, and in what followed from it; those that moved most, the dearest first."""
    moved = sorted((row for row in rows if row.diff_usd or row.knock_diff_usd), key=moved_usd, reverse=True)[:RULES_SHOWN]
    if not moved:
        return None

    def draw() -> Any:
        whole, axes = figure(0.7 + 0.3 * len(moved))
        shown = list(reversed(moved))
        places = range(len(shown))
        axes.barh([place + 0.18 for place in places], [row.diff_usd for row in shown], color=SHADOW, height=0.34, label="directly")
        axes.barh(
            [place - 0.18 for place in places], [row.knock_diff_usd for row in shown], color=QUIET, height=0.34, label="what followed"
        )
        labelled(axes, [shortened(row.rule) for row in shown], "shadow less live, USD; what followed is money of other rules' bars as well")
        axes.legend(frameon=False, loc="best")
        return whole

    return drawn_in_style(draw)


def moved_usd(row: RuleRow) -> float:
    """How much money a rule moved, either way."""
    return max(abs(row.diff_usd), abs(row.knock_diff_usd))


def shortened(name: str) -> str:
    """A name beside a bar: not too long, and nothing in it that an SVG cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in name[:NAME_LETTERS])


def labelled(axes: Any, names: Sequence[str], what: str) -> None:
    """Names down the side, money along the bottom."""
    axes.set_yticks(range(len(names)), names)
    axes.axvline(0, color="#333333", lw=0.8)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(what)
