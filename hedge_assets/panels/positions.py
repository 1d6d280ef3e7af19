"""What is held and which orders are out, as the venue says it, and whether the journal agrees."""

from typing import cast

from hedge_assets.showing.amounts import earned, lasting, price, share, text, usd
from hedge_assets.showing.said import Cell, Documents, Figure, Figures, Panel, Said, Sketch, Table, Words
from hedge_assets.showing.sketches import GREEN, RED, Length, small_lengths
from hedge_assets.states.positions import Held, Mismatch, Ordered, Positions

SHOWN = 60
NEAR_FRAC = 0.05
COLUMNS = (
    "symbol",
    "side",
    "quantity#",
    "entry#",
    "mark#",
    "notional#",
    "unrealised#",
    "of entry#",
    "to liquidation#",
    "held#",
    "strategy",
)


def say(documents: Documents) -> Said:
    """Disagreements first, then positions and orders."""
    found = cast("Positions", documents["positions"])
    stale = tuple(
        Words(f"The venue's {source} did not answer: what is shown is what was last written", "warn") for source in found.stale_sources
    )
    wrong = tuple(Words(disagreement(each), "bad") for each in found.mismatches[:SHOWN])
    flat = "Flat: no position is open, and that is well." if found.positions == () else ""
    return (
        *stale,
        *wrong,
        Figures(
            (
                Figure("long", usd(found.long_usd)),
                Figure("short", usd(found.short_usd)),
                Figure("net", usd(found.net_usd, sign=True)),
                Figure("unrealised", earned(found.unrealised_usd)),
                Figure("journal and venue", agreement(found)),
            )
        ),
        Table("Open positions", COLUMNS, tuple(held(each) for each in found.positions[:SHOWN]), flat, max(0, len(found.positions) - SHOWN)),
        Table(
            "Open orders",
            ("symbol", "side", "quantity#", "filled#", "price#", "kind", "age#", "client id"),
            tuple(ordered(each) for each in found.orders[:SHOWN]),
            "No order is out.",
            max(0, len(found.orders) - SHOWN),
        ),
    )


def sketch(documents: Documents) -> Sketch:
    """What is held, the largest first, shorts to the left."""
    found = sorted(cast("Positions", documents["positions"]).positions or (), key=lambda each: -each.notional_usd)
    most = found[0].notional_usd if found else 0.0
    signed = [(each, each.notional_usd if each.side == "long" else -each.notional_usd) for each in found]
    rows = [
        Length(f"{each.symbol} {usd(notional, sign=True).text}", notional / (most or 1.0), GREEN if notional > 0 else RED)
        for each, notional in signed
    ]
    return small_lengths("Open positions: longs to the right, shorts to the left", rows)


def agreement(found: Positions) -> Cell:
    """Whether fills add up to what the venue holds."""
    if found.agree is None:
        return text("not known", "dim", "the venue did not say what it holds")
    return text("agree", "good") if found.agree else text("DISAGREE", "bad")


def disagreement(each: Mismatch) -> str:
    """One symbol where they do not."""
    return f"{each.symbol}: fills add up to {each.journal_qty:g}, the venue holds {each.venue_qty:g} (difference {each.difference_qty:+g})"


def held(each: Held) -> tuple[Cell, ...]:
    """One position."""
    near = each.liquidation_distance_frac is not None and each.liquidation_distance_frac < NEAR_FRAC
    return (
        text(each.symbol, title=each.entry_reason),
        text(each.side),
        price(each.qty),
        price(each.entry_price),
        price(each.mark_price),
        usd(each.notional_usd),
        earned(each.unrealised_usd),
        share(each.unrealised_frac, 2, sign=True),
        share(each.liquidation_distance_frac, tone="bad" if near else "plain", why="the venue names no price of liquidation"),
        lasting(each.age_s, "not opened in this journal"),
        text(each.strategy),
    )


def ordered(each: Ordered) -> tuple[Cell, ...]:
    """One order."""
    kinds = (("post only", each.post_only), ("reduce only", each.reduce_only))
    return (
        text(each.symbol),
        text(each.side),
        price(each.qty),
        price(each.filled_qty),
        price(each.price, "a market order has none"),
        text(", ".join(name for name, is_so in kinds if is_so) or "plain"),
        lasting(each.age_s),
        text(each.client_id),
    )


PANEL = Panel(key="positions", title="Positions and orders", place=20, states=("positions",), say=say, is_wide=True, sketch=sketch)
