"""Small drawings as SVG text: histograms, intervals, curves. No library knows less: what is drawn here is a few dozen rectangles and lines.

Colours are classes, so that a page gives them its own; `standalone` makes a drawing that brings its colours, for a report or an image.
Drawn at the width of a phone (400) or of a page (800), so that letters are never scaled to nothing.
"""

import base64
import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.letters import few

NARROW, WIDE = 400, 800
ROW = 18
LEAST_SPAN = 1e-9
PALETTE = (
    ".live{stroke:#1f6feb;fill:#1f6feb}.shadow{stroke:#b7791f;fill:#b7791f}.quiet,.axis{stroke:#8b949e;fill:#8b949e}"
    ".made{stroke:#9cc4f5;fill:#9cc4f5}.dots{stroke:#1f6feb;fill:#1f6feb}.fall{stroke:#cf222e;fill:#cf222e}.good{stroke:#1b7a43;fill:#1b7a43}.bad{stroke:#cf222e;fill:#cf222e}"
    "text{fill:#57606a;stroke:none;font:11px system-ui,'DejaVu Sans',sans-serif}"
)
SHAPES = ".line{fill:none;stroke-width:1.5}.shadow.line{stroke-dasharray:5 3}.area{stroke:none;opacity:.22}.thin{stroke-width:1}"


@dataclass(frozen=True)
class Bin:
    """One column of a histogram: from, to (null at the open ends), how many were taken, and how many made."""

    low: float | None
    high: float | None
    taken: int
    made: int = 0

    @property
    def n(self) -> int:
        """How many in all."""
        return self.taken + self.made


@dataclass(frozen=True)
class Interval:
    """A value between two bounds, and the words that hovering shows."""

    label: str
    value: float
    low: float
    high: float
    words: str


def strip(stretches: Sequence[tuple[str, float, float, str]], alt: str) -> str:
    """A day as one row of stretches (word, from, until as shares of the day, what hovering says): the worse, the taller."""
    tall = {"ok": 4, "unwatched": 2, "late": 8, "stale": 12, "invalid": 14, "missing": 16}
    rects = (
        f'<rect class="{escape(word)}" x="{WIDE * since:.2f}" y="{16 - tall.get(word, 16)}" width="{max(WIDE * (until - since), 0.6):.2f}" '
        f'height="{tall.get(word, 16)}"><title>{escape(words)}</title></rect>'
        for word, since, until, words in stretches
    )
    inside = "".join(rects)
    return f'<svg class="strip" viewBox="0 0 {WIDE} 16" preserveAspectRatio="none" role="img" aria-label="{escape(alt)}">{inside}</svg>'


def standalone(svg: str, ground: str = "#ffffff") -> str:
    """The same drawing with colours and a ground of its own."""
    head, _, body = svg.partition(">")
    behind = f'<style>{PALETTE}{SHAPES}</style><rect width="100%" height="100%" fill="{ground}"/>'
    return f'{head} xmlns="http://www.w3.org/2000/svg">{behind}{body}'


def as_image(svg: str) -> str:
    """A drawing as an address that carries it whole, for places that show images and no SVG."""
    return "data:image/svg+xml;base64," + base64.b64encode(standalone(svg).encode()).decode()


def escape(words: str) -> str:
    """Words as text of a drawing: no markup, and none that no drawing may hold."""
    return html.escape(few(words))


def framed(width: float, height: float, alt: str, inside: Iterable[str]) -> str:
    """An SVG with its words for those who do not see it."""
    return f'<svg class="pic" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(alt)}">{"".join(inside)}</svg>'


def label(x: float, y: float, words: str, anchor: str = "start") -> str:
    """A few words at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def histogram(bins: Sequence[Bin], alt: str, unit: str) -> str:
    """Columns as high as their counts; the ends are open. Empty without one count."""
    most = max((each.n for each in bins), default=0)
    if most == 0:
        return ""
    height, foot = 110.0, 96.0
    step = NARROW / len(bins)
    drawn = [f'<line class="axis thin" x1="0" x2="{NARROW}" y1="{foot}" y2="{foot}"/>']
    for place, each in enumerate(bins):
        x, top, wide = place * step + 0.5, foot, max(step - 1, 0.5)
        rects = []
        for side, n in (("live", each.taken), ("made", each.made)):
            tall = (foot - 6) * n / most
            top -= tall
            rects.append(f'<rect class="{side}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>')
        drawn.append(f"<g><title>{escape(worded(each, unit))}</title>{''.join(rects)}</g>")
    edges = [(0.0, bins[0].high, "start", "below "), (float(NARROW), bins[-1].low, "end", "above ")]
    drawn += [label(x, height, f"{word}{edge:g} {unit}", anchor) for x, edge, anchor, word in edges if edge is not None]
    zero = next((place for place, each in enumerate(bins) if each.low is not None and each.low >= 0), None)
    if zero:
        drawn += [
            f'<line class="axis thin" x1="{zero * step:.1f}" x2="{zero * step:.1f}" y1="2" y2="{foot}"/>',
            label(zero * step, height, "0", "middle"),
        ]
    return framed(NARROW, height + 4, alt, drawn)


def worded(each: Bin, unit: str) -> str:
    """What a column holds."""
    counts = f"{each.taken:,} taken, {each.made:,} made"
    if each.low is None:
        return f"below {each.high:g} {unit}: {counts}"
    if each.high is None:
        return f"from {each.low:g} {unit}: {counts}"
    return f"{each.low:g} to {each.high:g} {unit}: {counts}"


def intervals(rows: Sequence[Interval], alt: str, unit: str) -> str:
    """A point between its bounds for each row, around a line at zero."""
    if not rows:
        return ""
    low, high = min(0.0, *(row.low for row in rows)), max(0.0, *(row.high for row in rows))
    left, right = 92.0, NARROW - 8.0
    scale = (right - left) / max(high - low, LEAST_SPAN)

    def x(value: float) -> float:
        return left + (value - low) * scale

    foot = ROW * len(rows) + 4.0
    drawn = [f'<line class="axis thin" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{foot}"/>', label(x(0), foot + 13, "0", "middle")]
    for edge, anchor in ((low, "start"), (high, "end")):
        if abs(x(edge) - x(0)) > 40:
            drawn.append(label(x(edge), foot + 13, f"{edge:,.3g} {unit}", anchor))
    for place, row in enumerate(rows):
        y = ROW * place + 11.0
        side = "good" if row.low > 0 else "bad" if row.high < 0 else "quiet"
        drawn.append(
            f"<g><title>{escape(row.words)}</title>{label(0, y + 3.5, row.label[:13])}"
            f'<line class="{side} line" x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="{side}" cx="{x(row.value):.1f}" cy="{y}" r="3.5"/></g>'
        )
    return framed(NARROW, foot + 18, alt, drawn)


def curves(drawn: Curves, alt: str, *, upper: float = 170.0, lower: float = 60.0) -> str:
    """Curves over time, those `below` on an axis of their own under the others; gaps stay open. Empty without two times."""
    if drawn.is_empty:
        return ""
    left, right = 8.0, WIDE - 70.0
    times = [time for curve in drawn.curves for time in curve.times_s]
    first, last = min(times), max(times)
    has_lower = any(curve.below for curve in drawn.curves)
    whole = upper + (lower + 10 if has_lower else 0) + 18

    def x(time_s: float) -> float:
        return left + (time_s - first) / ((last - first) or 1.0) * (right - left)

    parts = [label(left, whole - 3, clock(first, last)), label(right, whole - 3, clock(last, first), "end")]
    for below, top, tall in ((False, 4.0, upper - 8), (True, upper + 8, lower)):
        group = [curve for curve in drawn.curves if curve.below is below]
        span = spanned(group)
        if span is None:
            continue
        unit = drawn.unit_below if below else drawn.unit
        y = scaled(span, top, tall)
        parts += [label(right + 6, y(edge) + (10 if edge == span[1] else 0), axis(edge, unit)) for edge in span]
        parts += [line(curve, x, y) for curve in group]
        if not below:
            parts += [
                f'<circle class="{"good" if mark.is_good else "bad"}" cx="{x(mark.at_s):.1f}" cy="{y(mark.value):.1f}" r="2.5">'
                f"<title>{escape(mark.text)}</title></circle>"
                for mark in drawn.marks
                if first <= mark.at_s <= last
            ]
    return framed(WIDE, whole, alt, parts)


def scaled(span: tuple[float, float], top: float, tall: float) -> Callable[[float], float]:
    """Where a value stands, the largest at the top."""
    low, high = span
    return lambda value: top + (high - value) / ((high - low) or 1.0) * tall


def spanned(group: Sequence[Curve]) -> tuple[float, float] | None:
    """The least and the largest value of some curves; null without any."""
    values = [value for curve in group for value in curve.values if value is not None]
    return (min(values), max(values)) if values else None


def line(curve: Curve, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """One curve, begun anew after each gap; a fall is filled from zero."""
    stretches = [[(x(time), y(value)) for time, value in stretch] for stretch in unbroken(curve)]
    traced = ["L".join(f"{across:.1f} {down:.1f}" for across, down in stretch) for stretch in stretches]
    drawn = f'<path class="{curve.role} line" d="{"".join("M" + trace for trace in traced)}"><title>{escape(curve.name)}</title></path>'
    if curve.role == "dots":
        known = [(time, value) for time, value in zip(curve.times_s, curve.values, strict=True) if value is not None]
        return drawn + "".join(f'<circle class="dots" cx="{x(time):.1f}" cy="{y(value):.1f}" r="2"/>' for time, value in known)
    if curve.role != "fall":
        return drawn
    ends = zip(traced, stretches, strict=True)
    areas = "".join(f"M{stretch[0][0]:.1f} {y(0):.1f}L{trace}L{stretch[-1][0]:.1f} {y(0):.1f}Z" for trace, stretch in ends)
    return f'<path class="fall area" d="{areas}"/>{drawn}'


def unbroken(curve: Curve) -> list[list[tuple[float, float]]]:
    """The stretches between gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for time, value in zip(curve.times_s, curve.values, strict=True):
        if value is None:
            found.append([])
        else:
            found[-1].append((time, value))
    return [stretch for stretch in found if stretch]


def clock(time_s: float, other_s: float) -> str:
    """A moment at the end of an axis: with its day where the axis is longer than one."""
    when = datetime.fromtimestamp(time_s, UTC)
    return f"{when:%m-%d %H:%M} UTC" if abs(time_s - other_s) >= 86_400 else f"{when:%H:%M} UTC"


def axis(value: float, unit: str) -> str:
    """A value at the edge of an axis."""
    if unit == "frac":
        return f"{100 * value + 0.0:.3g} %"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
