"""Twice as many."""

from hedge_assets.document import Document
from hedge_assets.spec import Check, Group, Pace, StateSpec
from tests.hedge_assets.tiny.size import Size


class Double(Document):
    twice: int


def double(size: Size, now_us: int) -> Double:
    return Double(status=size.status, n=size.n, reason=size.reason, event_us=size.event_us, twice=2 * size.quotes)


STATE = StateSpec(
    build=double,
    file="double.json",
    group=Group.RESEARCH,
    pace=Pace.SLOW,
    event_deadlines=None,
    checks=(Check("even", lambda document: None if document.twice < 4 else f"twice was {document.twice}", gate=False),),
)
