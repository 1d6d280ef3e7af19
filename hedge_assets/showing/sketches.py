"""Drawings of few letters, for places that keep every one: colours are short, coordinates whole steps from one point to the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.marks import Bin, Interval, axis
from hedge_assets.showing.said import Bar, Sketch

FINEST = 120
WIDE, SHEET = 300, 372
UPPER, LOWER, ALONE = 46, 20, 60
ROW, ROWS, LEFT = 14, 8, 160
BLUE, ORANGE, RED, GREEN = "#48f", "#e80", "#d33", "#2a6"
INK = {"live": BLUE, "shadow": ORANGE, "dots": BLUE, "fall": RED}
TONE = {"good": GREEN, "bad": RED, "warn": ORANGE}

Points = list[tuple[int, float | None]]


@dataclass(frozen=True)
class Length:
    """One row of a drawing of lengths: `part` is -1..1 of the longest there may be."""

    words: str
    part: float
    ink: str = BLUE


def small_curves(caption: str, drawn: Curves, *, is_large: bool = False) -> Sketch:
    """Curves over time, those `below` under the others, with the highest and the lowest value beside them; the background is left out."""
    known = [curve for curve in drawn.curves if curve.role != "quiet" and len(curve.times_s) > 1]
    if not known:
        return Sketch(caption, lambda _: "", FINEST)
    span = min(each.times_s[0] for each in known), max(each.times_s[-1] for each in known)
    fine = [(each, thinned(zip(each.times_s, each.values, strict=True), span, FINEST)) for each in known]
    has_lower = any(curve.below for curve in known)
    upper = (2, UPPER - 4) if has_lower else (2, ALONE)

    def draw(points: int) -> str:
        coarse = [(each, thinned(found, (0, FINEST - 1), points)) for each, found in fine]
        above, under = ([(each, found) for each, found in coarse if each.below is below] for below in (False, True))
        parts = [*band(above, upper, points, drawn.unit), *band(under, (UPPER + 6, LOWER), points, drawn.unit_below)]
        return framed(UPPER + LOWER + 10 if has_lower else ALONE + 6, parts) if parts else ""

    return Sketch(caption, draw, FINEST, is_large=is_large)


def band(group: Sequence[tuple[Curve, Points]], room: tuple[int, int], points: int, unit: str) -> list[str]:
    """Curves on one axis, in a room that begins at the first number and is as high as the second."""
    values = [value for _, sampled in group for _, value in sampled if value is not None]
    if not values:
        return []
    (top, tall), low, high = room, min(values), max(values)
    spread, step = (high - low) or 1.0, WIDE / max(points - 1, 1)

    def placed(sampled: Points) -> list[tuple[int, int | None]]:
        return [(round(place * step), None if value is None else round(top + (high - value) / spread * tall)) for place, value in sampled]

    drawn = [line(placed(sampled), curve.role) for curve, sampled in group]
    edges = [letters(WIDE + 4, top + 8, axis(high, unit)), *([letters(WIDE + 4, top + tall + 1, axis(low, unit))] if low < high else [])]
    return [*drawn, *edges]


def thinned(values: Iterable[tuple[float, float | None]], span: tuple[float, float], points: int) -> Points:
    """Values at so many places at most; of all that come to one place the one that is farthest from the place before."""
    first, last = span
    length = (last - first) or 1.0
    found: Points = []
    place, kept, before = -1, None, 0.0
    for at, value in values:
        here = int((at - first) / length * (points - 1) + 0.5)
        if here > place:
            before = (value or 0.0) if place < 0 else before if kept is None else kept
            place, kept = here, value
            found.append((place, value))
        elif value is not None and (kept is None or abs(value - before) > abs(kept - before)):
            kept = value
            found[-1] = (place, value)
    return found


def line(places: Sequence[tuple[int, int | None]], role: str) -> str:
    """A path from place to place in whole steps, broken at gaps."""
    path, pen, is_down = "", (0, 0), False
    for x, y in places:
        if y is None:
            is_down = False
            continue
        dx, dy = x - pen[0], y - pen[1]
        path += f"{',' if is_down else 'm'}{dx}{'' if dy < 0 else ','}{dy}"
        pen, is_down = (x, y), True
    return stroke(path, INK.get(role, "gray"))


def small_lengths(caption: str, rows: Sequence[Length]) -> Sketch:
    """Rows as lengths, to the right; where some are below 0, to both sides of the middle. The first eight at most."""

    def draw(points: int) -> str:
        shown = rows[:points]
        is_signed = any(each.part < 0 for each in shown)
        zero, unit = (LEFT + 100, 100) if is_signed else (LEFT, 200)
        parts = []
        for ink in dict.fromkeys(each.ink for each in shown):
            placed = [(place, round(unit * min(max(each.part, -1.0), 1.0))) for place, each in enumerate(shown) if each.ink == ink]
            parts.append(stroke("".join(f"M{zero},{ROW * place + 6}h{long}" for place, long in placed), ink, 7))
        parts += [letters(0, ROW * place + 10, each.words) for place, each in enumerate(shown)]
        return framed(ROW * len(shown) + 2, parts) if shown else ""

    return Sketch(caption, draw, min(len(rows), ROWS))


def small_bars(caption: str, bars: Iterable[Bar]) -> Sketch:
    """How full each is; what is unknown is left out."""
    known = [bar for bar in bars if bar.filled_frac is not None]
    return small_lengths(caption, [Length(f"{bar.label} {bar.value}", bar.filled_frac or 0.0, TONE.get(bar.tone, BLUE)) for bar in known])


def small_intervals(caption: str, rows: Sequence[Interval]) -> Sketch:
    """A point between its bounds for each row, around a line at 0; the first eight at most."""

    def draw(points: int) -> str:
        shown = rows[:points]
        if not shown:
            return ""
        low, high = min(0.0, *(row.low for row in shown)), max(0.0, *(row.high for row in shown))
        scale = (SHEET - 10 - LEFT) / ((high - low) or 1.0)

        def x(value: float) -> int:
            return round(LEFT + (value - low) * scale)

        parts = [stroke(f"M{x(0)},0v{ROW * len(shown)}", "gray")]
        placed = [(ROW * place + 6, row) for place, row in enumerate(shown)]
        for ink in dict.fromkeys(side(row) for row in shown):
            same = [(y, row) for y, row in placed if side(row) == ink]
            parts.append(stroke("".join(f"M{x(row.low)},{y}H{x(row.high)}" for y, row in same), ink))
            parts.append(stroke("".join(f"M{x(row.value) - 3},{y}h6" for y, row in same), ink, 6))
        parts += [letters(0, y + 4, f"{row.label} {row.value:+.3g}") for y, row in placed]
        return framed(ROW * len(shown) + 2, parts)

    return Sketch(caption, draw, min(len(rows), ROWS), is_large=True)


def side(row: Interval) -> str:
    """Green above 0, red below it, blue where nobody can tell."""
    return GREEN if row.low > 0 else RED if row.high < 0 else BLUE


def small_histogram(caption: str, bins: Sequence[Bin], unit: str) -> Sketch:
    """Columns as high as their counts, neighbours put together where room is scarce, with the ends of the axis under them."""

    def draw(points: int) -> str:
        many = -(-len(bins) // max(points, 1))
        sums = [sum(each.n for each in bins[place : place + many]) for place in range(0, len(bins), many or 1)]
        if not any(sums):
            return ""
        step, most = max(WIDE // len(sums), 1), max(sums)
        path, waiting = f"m{step // 2},{UPPER + 2}", 0
        for each in (round(UPPER * each / most) for each in sums):
            path += f"{f'm{waiting},0' if waiting and each else ''}{f'v-{each}v{each}' if each else ''}"
            waiting = step if each else waiting + step
        ends = [(0, "below", bins[0].high), (WIDE - 70, "above", bins[-1].low)]
        told = [letters(x, UPPER + 14, f"{word} {edge:g} {unit}") for x, word, edge in ends if edge is not None]
        return framed(UPPER + 18, [stroke(path, BLUE, max(step - 1, 1)), *told])

    return Sketch(caption, draw, len(bins))


def framed(height: int, parts: Iterable[str]) -> str:
    """The drawing around its parts; grey letters can be read on light and dark."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{SHEET}' height='{height}'"
    return f"{head} style='font:11px sans-serif' fill='gray'>{''.join(parts)}</svg>"


def letters(x: int, y: int, words: str) -> str:
    """A few words at a point."""
    plain = "".join(each if each.isprintable() else " " for each in words[:28])
    for mark, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.replace(mark, safe)
    across = f"x='{x}' " if x else ""
    return f"<text {across}y='{y}'>{plain}</text>"


def stroke(path: str, ink: str, width: int = 0) -> str:
    """A line; a thick one is a column or a bar."""
    wide = f" stroke-width='{width}'" if width else ""
    return f"<path d='{path}' fill='none' stroke='{ink}'{wide}/>" if path else ""
