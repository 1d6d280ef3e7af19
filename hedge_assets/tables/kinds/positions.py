"""What was held and what the account was worth, loop by loop, and every heartbeat, line by line as the journal has it."""

from hedge_assets.tables.kinds import orders
from hedge_assets.tables.shape import RawTable

TABLE = RawTable(
    name="positions",
    description=__doc__ or "",
    stream="positions",
    columns=orders.COLUMNS,
    lines=orders.TABLE.lines,
    query=orders.TABLE.query,
    whole=orders.TABLE.whole,
)
