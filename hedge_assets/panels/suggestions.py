"""What the desk's own research proposes, what of it is in force, and what that has saved."""

from typing import cast

from hedge_assets.advice.scoring import KindScore, Score
from hedge_assets.advice.weight_rows import Weight
from hedge_assets.showing.amounts import at, bps, number, share, text, usd
from hedge_assets.showing.said import Cell, Documents, Figure, Figures, Panel, Said, Sketch, Table, Tone
from hedge_assets.showing.sketches import Length, small_lengths
from hedge_assets.states.allocator_suggestions import AllocatorSuggestions
from hedge_assets.states.autotune_suggestions import AutotuneSuggestions, Routing, Suggestion

SHOWN = 40
VERDICTS: dict[str, Tone] = {"kept its promise": "good", "made it worse": "bad", "worse than promised": "warn"}


def say(documents: Documents) -> Said:
    """Routing, weights, and how what was applied did."""
    routing = cast("AutotuneSuggestions", documents["autotune_suggestions"])
    weights = cast("AllocatorSuggestions | None", documents.get("allocator_suggestions"))
    proposed = [each for each in routing.suggestions if each.proposed is not None or each.current_since_ts is not None]
    scores = [*routing.scores, *(weights.scores if weights else ())]
    kinds = [*routing.kinds, *(weights.kinds if weights else ())]
    return (
        Figures(
            (
                Figure("routing proposals", number(routing.proposals), f"expire {at(routing.expires_ts).text} UTC"),
                Figure("weights", number(weights.n if weights else None), said_of(weights)),
                Figure(
                    "weights move",
                    share(weights.way_frac if weights else None),
                    (weights.held_by if weights else None) or "of the way to their targets",
                ),
            )
        ),
        Table(
            "Routing: in force, and proposed",
            ("symbol", "in force", "by", "proposed", "expected saving#", "why"),
            tuple(routed(each) for each in proposed[:SHOWN]),
            routing.reason or "Nothing is proposed and nothing was: what is in force is the settings'.",
            max(0, len(proposed) - SHOWN),
        ),
        *(() if weights is None else (weighted(weights),)),
        Table(
            "What was applied, and what it did",
            ("symbol", "kind", "since", "expected#", "realised#", "verdict"),
            tuple(scored(each) for each in scores[:SHOWN]),
            "Nothing was applied: APPLY flags are off, or nothing was proposed yet.",
            max(0, len(scores) - SHOWN),
        ),
        *(() if not kinds else (Table("By kind", ("kind", "steps#", "realised#", "so"), tuple(kind(each) for each in kinds), "none"),)),
    )


def sketch(documents: Documents) -> Sketch:
    """The weights proposed, the largest first."""
    weights = cast("AllocatorSuggestions | None", documents.get("allocator_suggestions"))
    found = sorted(weights.weights if weights else (), key=lambda each: -each.weight_frac)
    most = max((abs(each.weight_frac) for each in found), default=0.0) or 1.0
    rows = [Length(f"{each.symbol} {share(each.weight_frac).text}", each.weight_frac / most) for each in found]
    return small_lengths("Weights proposed", rows)


def said_of(weights: AllocatorSuggestions | None) -> str:
    """When weights expire, and the risk mode they were made in."""
    if weights is None:
        return "allocator_suggestions is not there"
    return f"expire {at(weights.expires_ts).text} UTC; {weights.mode_reason}"


def worded(each: Routing | None) -> str:
    """Routing in a few words."""
    if each is None:
        return "no change"
    if not each.maker_first:
        return "take at once"
    return f"quote {each.offset_bps:g} bps behind, {each.patience_s:g} s, {each.reprices} more, bias {each.taker_bias_frac:g}"


def routed(each: Suggestion) -> tuple[Cell, ...]:
    """One symbol's routing."""
    return (
        text(each.symbol),
        text(worded(each.current)),
        text(each.current_version),
        text(worded(each.proposed), "plain" if each.proposed else "dim"),
        bps(each.expected_saving_bps, sign=True, why=each.saving_reason),
        text(each.rationale),
    )


def weighted(found: AllocatorSuggestions) -> Table:
    """Weights in force and proposed, the largest moves first."""
    rows = sorted(found.weights, key=lambda each: -abs(each.weight_frac - each.current_weight_frac))
    return Table(
        "Weights: in force, and proposed",
        ("symbol", "in force#", "proposed#", "target#", "expectancy, shrunk#", "applicable", "why"),
        tuple(weight(each) for each in rows[:SHOWN]),
        found.reason or "no symbol has a weight",
        max(0, len(rows) - SHOWN),
        is_open=False,
    )


def weight(each: Weight) -> tuple[Cell, ...]:
    """One symbol's weight."""
    return (
        text(each.symbol),
        share(each.current_weight_frac),
        share(each.weight_frac),
        share(each.target_weight_frac),
        bps(each.shrunk_bps, sign=True, why="no closed trade"),
        text("yes" if each.applicable else "no", "plain" if each.applicable else "warn", each.why_not),
        text(each.rationale),
    )


def amount(value: float | None, unit: str, why: str | None) -> Cell:
    """A saving in its own unit."""
    return bps(value, sign=True, why=why) if unit == "bps" else usd(value, sign=True, why=why)


def scored(each: Score) -> tuple[Cell, ...]:
    """One applied suggestion."""
    return (
        text(each.symbol),
        text(each.kind.replace("_", " "), title=each.version),
        at(each.since_ts),
        amount(each.expected, each.unit, None),
        amount(each.realised, each.unit, each.reason),
        text(each.verdict, VERDICTS.get(each.verdict, "plain")),
    )


def kind(each: KindScore) -> tuple[Cell, ...]:
    """All applied suggestions of one kind."""
    return (text(each.kind.replace("_", " ")), number(each.steps), amount(each.realised, each.unit, each.words), text(each.words))


PANEL = Panel(
    key="suggestions", title="Suggestions", place=70, states=("autotune_suggestions", "allocator_suggestions"), say=say, sketch=sketch
)
