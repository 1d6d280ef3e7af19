"""How many quotes were seen."""

from hedge_assets.document import Document
from hedge_assets.folds.market import Market
from hedge_assets.spec import Check, Group, Pace, StateSpec


class Size(Document):
    quotes: int
    spread_bps: float | None


def size(market: Market) -> Size:
    status, reason = ("ok", None) if market.n else ("empty", "no quote yet")
    return Size(status=status, n=market.n, reason=reason, event_us=market.newest_us, quotes=market.n, spread_bps=None)


STATE = StateSpec(
    build=size,
    file="size.json",
    group=Group.EXECUTION,
    pace=Pace.FAST,
    checks=(Check("few", lambda document: None if document.quotes < 5 else f"quotes was {document.quotes}, must be below 5"),),
)
