"""Which symbols are worth trading, and for which reasons: a heat map of the score's parts."""

from typing import cast

from hedge_assets.advice.scored import Part
from hedge_assets.showing.amounts import count, number, text
from hedge_assets.showing.said import Cell, Documents, Panel, Said, Sketch, Table
from hedge_assets.showing.sketches import Length, small_lengths
from hedge_assets.states.symbol_scores import SymbolScore, SymbolScores

SHOWN = 60


def say(documents: Documents) -> Said:
    """One row a symbol, best first, one column a part; darker is better."""
    found = cast("SymbolScores", documents["symbol_scores"])
    parts = tuple(found.weights)
    weights = ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in found.weights.items())
    return (
        Table(
            f"Scores 0 to 1, {found.window}; darker is better; weights: {weights}",
            ("symbol", "rank#", "score#", *(f"{name}#" for name in parts), "yesterday#", "trades#"),
            tuple(row(each, parts) for each in found.symbols[:SHOWN]),
            "no symbol has a score yet",
            max(0, len(found.symbols) - SHOWN),
        ),
    )


def sketch(documents: Documents) -> Sketch:
    """The best symbols."""
    found = cast("SymbolScores", documents["symbol_scores"])
    rows = [Length(f"{each.symbol} {each.score:.2f}", each.score) for each in found.symbols if each.score is not None]
    return small_lengths(f"Scores 0 to 1, {found.window}", rows)


def row(each: SymbolScore, parts: tuple[str, ...]) -> tuple[Cell, ...]:
    """One symbol."""
    known = {part.name: part for part in each.parts}
    before = each.history[0] if each.history else None
    return (
        text(each.symbol),
        count(each.rank, each.reason),
        heated(each.score, each.reason),
        *(part_cell(known.get(name)) for name in parts),
        number(None if before is None else before.score, 2, why="no score yesterday" if before is None else before.words),
        count(each.n),
    )


def part_cell(part: Part | None) -> Cell:
    """One part of a score."""
    return heated(None if part is None else part.value, None if part is None else part.reason)


def heated(value: float | None, why: str | None) -> Cell:
    """A value 0 to 1 on a ground as dark as it is large."""
    cell = number(value, 2, why=why)
    return Cell(cell.text, cell.tone, cell.title, cell.is_number, value)


PANEL = Panel(key="scores", title="Symbol scores", place=60, states=("symbol_scores",), say=say, sketch=sketch)
