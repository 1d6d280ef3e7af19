"""Every intent of the day, and what two columns of the shadow answered to it: one row for each candidate beside the live pipeline."""

from typing import Any

from hedge_assets.shadow.pairs import Pair, PairRow
from hedge_assets.tables.shape import DerivedTable


def newest(shadowed: Any) -> tuple[int, list[Pair]]:
    """How many pairs there ever were, and the newest of them."""
    return shadowed.shadow.ledger.pairs, shadowed.shadow.ledger.recent


TABLE = DerivedTable(name="shadow", description=__doc__ or "", struct=PairRow, when="ts_us", newest=newest, of="shadow")
