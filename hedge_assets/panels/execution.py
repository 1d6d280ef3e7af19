"""How well orders are worked: maker ratio, what it cost against the mid, how fast the venue answers, what the mid did afterwards."""

from typing import cast

from hedge_assets.advice.router_shapes import Markout, Routing
from hedge_assets.showing.amounts import bps, count, millis, share, text
from hedge_assets.showing.said import Cell, Documents, Figure, Figures, Panel, Said, Table, Tone
from hedge_assets.states.router_health import RouterHealth

SHOWN = 60
QUALITY: dict[str, Tone] = {"good": "good", "degraded": "warn", "poor": "bad", "bad": "bad"}


def say(documents: Documents) -> Said:
    """The whole, then each symbol."""
    found = cast("RouterHealth", documents["router_health"])
    return (
        Figures(figures(found.overall, found.window)),
        Table(
            "What the mid did after a fill (positive is good for us)",
            ("after", "fills#", "median#", "mean#", "maker#", "taker#"),
            tuple(markout(each) for each in found.overall.markouts),
            "no fill is old enough",
        ),
        Table(
            "By symbol",
            (
                "symbol",
                "quality",
                "fills#",
                "maker ratio#",
                "fallback#",
                "reject#",
                "slippage median#",
                "95 %#",
                "shortfall#",
                "ack median#",
            ),
            tuple(symbol(each) for each in found.symbols[:SHOWN]),
            f"nothing was sent in {found.window}",
            max(0, len(found.symbols) - SHOWN),
            is_open=False,
        ),
    )


def figures(all_: Routing, window: str) -> tuple[Figure, ...]:
    """The book in one row of numbers."""
    why = f"nothing of it in {window}"
    return (
        Figure("quality", quality(all_), f"{all_.fills:,} fills in {window}"),
        Figure("maker ratio", share(all_.maker_frac, why=why), f"fallback {share(all_.fallback_frac).text}"),
        Figure("slippage, median", bps(all_.slippage_bps_p50, sign=True, why=why), f"95 %: {bps(all_.slippage_bps_p95, sign=True).text}"),
        Figure("rejects", share(all_.reject_frac, why=why), f"{all_.unknown_orders} orders unknown now"),
        Figure("ack, median", millis(all_.ack_ms.p50, why), f"95 %: {millis(all_.ack_ms.p95).text}"),
    )


def quality(each: Routing) -> Cell:
    """The grade in a word."""
    if each.quality is None:
        return text("unproven", "dim", each.quality_by.reason or each.reason)
    return text(each.quality, QUALITY.get(each.quality, "plain"), f"by {each.quality_by.measure}")


def markout(each: Markout) -> tuple[Cell, ...]:
    """One horizon."""
    return (
        text(f"{each.horizon_s} s"),
        count(each.n),
        bps(each.p50, sign=True),
        bps(each.mean_bps, sign=True),
        bps(each.maker_mean_bps, sign=True, why="no maker fill"),
        bps(each.taker_mean_bps, sign=True, why="no taker fill"),
    )


def symbol(each: Routing) -> tuple[Cell, ...]:
    """One symbol."""
    return (
        text(each.symbol),
        quality(each),
        count(each.fills),
        share(each.maker_frac, why=each.reason),
        share(each.fallback_frac, why="none began as maker"),
        share(each.reject_frac, why=each.reason),
        bps(each.slippage_bps_p50, sign=True, why=each.reason),
        bps(each.slippage_bps_p95, sign=True, why=each.reason),
        bps(each.shortfall.mean_bps, sign=True, why=each.reason),
        millis(each.ack_ms.p50, each.reason),
    )


PANEL = Panel(key="execution", title="Execution quality", place=40, states=("router_health",), say=say)
