"""The newest closed trades: what each cost, earned, and how it can be explained."""

from typing import cast

from hedge_assets.showing.amounts import at, bps, earned, lasting, number, price, share, text
from hedge_assets.showing.said import Cell, Documents, Panel, Said, Table
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


PANEL = Panel(key="trades", title="Closed trades", place=45, states=("trades",), say=say, is_wide=True)
