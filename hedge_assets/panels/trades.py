"""The newest closed trades: what each cost, earned, and how it can be explained."""

from itertools import accumulate
from typing import cast

from hedge_assets.showing.amounts import at, bps, earned, lasting, number, price, share, text
from hedge_assets.showing.curves import Curve, Curves
from hedge_assets.showing.said import Cell, Documents, Panel, Said, Sketch, Table
from hedge_assets.showing.sketches import small_curves
from hedge_assets.states.trades import ClosedRow, Trades

SHOWN = 20
COLUMNS = (
    "symbol",
    "closed#",
    "side",
    "strategy",
    "quantity#",
    "entry#",
    "exit#",
    "net#",
    "net, bps#",
    "in R#",
    "costs#",
    "held#",
    "maker#",
    "why it ended",
    "explain",
)


def say(documents: Documents) -> Said:
    """One row a trade, the newest first."""
    found = cast("Trades", documents["trades"])
    rows = tuple(row(each) for each in found.trades[:SHOWN])
    return (Table("Newest closed trades", COLUMNS, rows, found.reason or "no closed trade yet", max(0, found.n - len(rows))),)


def sketch(documents: Documents) -> Sketch:
    """What the listed trades added up to, one after the other."""
    listed = cast("Trades", documents["trades"]).trades
    nets = tuple(accumulate(each.net_usd for each in reversed(listed)))
    drawn = Curve("net", "live", tuple(each.closed_ts.timestamp() for each in reversed(listed)), nets)
    return small_curves(f"What the newest {len(listed)} closed trades added up to, USD", Curves((drawn,), "usd"))


def row(each: ClosedRow) -> tuple[Cell, ...]:
    """One trade."""
    return (
        text(each.symbol),
        at(each.closed_ts),
        text(each.side),
        text(each.strategy or "nobody"),
        price(each.qty),
        price(each.entry_price),
        price(each.exit_price),
        earned(each.net_usd),
        bps(each.net_bps, sign=True),
        number(each.net_r, 2, "R", sign=True, why="it had no stop"),
        earned(each.funding_usd - each.fees_usd),
        lasting(each.held_s),
        share(each.maker_frac, 0),
        text(each.exit_reason),
        text(f"hedge explain {each.intent_id}" if each.intent_id else None),
    )


PANEL = Panel(key="trades", title="Closed trades", place=45, states=("trades",), say=say, is_wide=True, sketch=sketch)
