"""Every fill of the day, judged, with its markouts in bps after 1, 5, 30, 60 and 300 s (`markouts_bps[1]` is that after 1 s)."""

from typing import Any

from hedge_assets.folds.execution_rows import FillRow
from hedge_assets.tables.shape import DerivedTable


def newest(facts: Any) -> tuple[int, list[FillRow]]:
    """How many fills were ever judged, and the newest of them."""
    return facts.executions.settled_total, facts.executions.settled


TABLE = DerivedTable(name="fills", description=__doc__ or "", struct=FillRow, when="ts_us", newest=newest)
