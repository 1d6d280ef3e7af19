"""Every intent whose work ended on the day, with what it cost: its implementation shortfall in four parts."""

from typing import Any

from hedge_assets.folds.execution_rows import WorkedIntent
from hedge_assets.tables.shape import DerivedTable


def newest(facts: Any) -> tuple[int, list[WorkedIntent]]:
    """How many intents ever ended, and the newest of them."""
    return facts.executions.ended_total, facts.executions.ended_intents


TABLE = DerivedTable(name="intents", description=__doc__ or "", struct=WorkedIntent, when="ts_us", newest=newest)
