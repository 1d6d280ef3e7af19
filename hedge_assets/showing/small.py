"""What a panel says, small enough to travel in a line of Markdown: for Dagster's asset pages, where each refresh leaves one.

Dagster shows Markdown of less than 1,000 letters where it stands and anything longer behind a link; and it keeps each three times (two
events of the run and one of the index), every minute. So a drawing has 580 letters, a large one 990, and as many points as these hold.
"""

from urllib.parse import quote

from hedge_assets.showing.markdown import word
from hedge_assets.showing.said import Bars, Chart, Documents, Figures, Panel, Said, Sketch
from hedge_assets.showing.sketches import small_bars, small_curves

LARGE, LETTERS = 990, 580
CAPTION = 60
COARSEST = 2
SAFE = "!$&*+,-./:;=?@'~"


def sketch_of(panel: Panel, documents: Documents, blocks: Said) -> Sketch | None:
    """What a panel says of itself with little room: its own sketch, else the first chart or bars that it has."""
    if panel.sketch is not None:
        return panel.sketch(documents)
    for block in blocks:
        if isinstance(block, Chart):
            return small_curves(block.caption, block.curves, is_large=True)
        if isinstance(block, Bars):
            return small_bars(block.caption, block.bars)
    return None


def small_figures(blocks: Said) -> str:
    """The first row of large numbers as a table of Markdown, as many of them as 580 letters hold; empty without any."""
    figures = next((block.figures for block in blocks if isinstance(block, Figures)), ())
    for many in range(len(figures), 0, -1):
        rows = ([word(each.label) for each in figures[:many]], ["---"] * many, [word(each.value.text) for each in figures[:many]])
        told = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        if len(told) <= LETTERS:
            return told
    return ""


def inline(sketch: Sketch) -> str:
    """A drawing under its caption as Markdown of bounded length, as fine as fits; empty where nothing is drawn, or nothing fits."""
    room, told = LARGE if sketch.is_large else LETTERS, told_with(sketch, sketch.most)
    if len(told) <= room:
        return told
    least = min(COARSEST, sketch.most)
    base = len(told_with(sketch, least))
    a_point = (len(told) - base) / max(sketch.most - least, 1)
    points = min(sketch.most - 1, least + int((room - base) / a_point)) if a_point > 0 else least - 1
    while points >= least and len(told := told_with(sketch, points)) > room:
        points -= max(1, points // 16)
    return told if points >= least else ""


def told_with(sketch: Sketch, points: int) -> str:
    """A drawing with so many points as Markdown, however long."""
    svg = sketch.draw(points)
    return f"{word(shortened(sketch.caption))}\n\n![]({address(svg)})" if svg else ""


def shortened(caption: str) -> str:
    """A caption that ends with a clause, or at least with a word."""
    if len(caption) <= CAPTION:
        return caption
    begun = caption[:CAPTION]
    return begun.rpartition(", ")[0] or begun.rpartition(" ")[0] or begun


def address(svg: str) -> str:
    """A drawing as an address that carries it whole, in few letters."""
    return "data:image/svg+xml," + quote(svg, safe=SAFE)
