"""How well orders are worked: maker ratio, what it cost against the mid, how fast the venue answers, what the mid did afterwards."""

from datetime import datetime
from typing import cast

from hedge_assets.advice.router_shapes import Markout, Routing
from hedge_assets.showing.amounts import bps, count, millis, share, text
from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.marks import Bin, histogram
from hedge_assets.showing.said import Cell, Chart, Documents, Figure, Figures, Panel, Picture, Said, Sketch, Table, Tone
from hedge_assets.showing.sketches import small_histogram
from hedge_assets.states.router_health import RouterHealth
from hedge_assets.statistics.histograms import Histogram

SHOWN = 60
QUALITY: dict[str, Tone] = {"good": "good", "degraded": "warn", "poor": "bad", "bad": "bad"}


def say(documents: Documents) -> Said:
    """The whole, then each symbol."""
    found = cast("RouterHealth", documents["router_health"])
    return (
        Figures(figures(found.overall, found.window)),
        *pictures(found),
        Chart("maker", "Maker ratio by hour, before that by day; under it the median slippage", ratio(found)),
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


def pictures(found: RouterHealth) -> tuple[Picture, ...]:
    """How slippage and markouts of all fills are spread."""
    whole = found.distributions[0]
    drawn = [("slippage (right of 0 is cost)", whole.slippage)]
    drawn += [(f"markout after {each.horizon_s} s (right of 0 is good)", each.histogram) for each in whole.markouts]
    return tuple(
        Picture(f"{name}: {each.n:,} fills; dark taken, light made", histogram(bins(each), name, "bps"), name) for name, each in drawn
    )


def sketch(documents: Documents) -> Sketch:
    """How slippage is spread."""
    whole = cast("RouterHealth", documents["router_health"]).distributions[0].slippage
    return small_histogram(f"Slippage of {whole.n:,} fills, bps; right of 0 is cost", bins(whole), "bps")


def bins(each: Histogram) -> list[Bin]:
    """The columns of one distribution, its open ends among them; none without a value."""
    if each.width_bps is None or each.from_bps is None:
        return []
    width, start = each.width_bps, each.from_bps
    sides = list(zip(each.taker.counts, each.maker.counts, strict=True))
    inside = [Bin(start + place * width, start + (place + 1) * width, *counts) for place, counts in enumerate(sides)]
    low, high = (
        Bin(None, start, each.taker.under, each.maker.under),
        Bin(start + len(sides) * width, None, each.taker.over, each.maker.over),
    )
    return [low, *inside, high]


def ratio(found: RouterHealth) -> Curves:
    """The maker ratio and the slippage over time."""
    first = found.by_hour.from_ts[0] if found.by_hour.from_ts else None
    days = [place for place, when in enumerate(found.by_day.from_ts) if first is None or when < first]
    maker, slippage = (
        [(found.by_day.from_ts[place], getattr(found.by_day, name)[place]) for place in days]
        + list(zip(found.by_hour.from_ts, getattr(found.by_hour, name), strict=True))
        for name in ("maker_frac", "slippage_bps_p50")
    )
    curves = (dots("maker ratio", maker), dots("slippage, median", slippage, below=True))
    return Curves(curves, "frac", "bps", none="no fill in the last 30 days")


def dots(name: str, points: list[tuple[datetime, float | None]], *, below: bool = False) -> Curve:
    """Points of the hours and days in which anything was filled."""
    known = [(when.timestamp(), value) for when, value in points if value is not None]
    return Curve(name, "dots", tuple(when for when, _ in known), tuple(value for _, value in known), below)


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


PANEL = Panel(key="execution", title="Execution quality", place=40, states=("router_health",), say=say, sketch=sketch)
