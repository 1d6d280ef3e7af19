"""Every position from flat to flat that was closed on the day, as the ledger closed it."""

from typing import Any

from hedge_assets.folds.roundtrips import ClosedTrade
from hedge_assets.tables.shape import DerivedTable


def newest(facts: Any) -> tuple[int, list[ClosedTrade]]:
    """How many trades were ever closed, and the newest of them."""
    return facts.ledger.closed, facts.ledger.recent


TABLE = DerivedTable(name="trades", description=__doc__ or "", struct=ClosedTrade, when="closed_us", newest=newest)
