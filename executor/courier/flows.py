"""Money that came or went, as the private stream told it, until the venue's ledger of incomes shows it.

Only what that shows is journaled, once by its id, as no gain and no loss. A wallet that is read before it would be taken for one: so
the money is held back meanwhile, and NAV grows old rather than wrong.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from executor.protocol.facts import AccountFact, IncomeFact
from executor.records.account import DOLLARS

TRANSFERS = frozenset(
    {"DEPOSIT", "WITHDRAW", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW", "ASSET_TRANSFER", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW"}
)
"""Reasons of a change that the ledger shows as a transfer."""

MONEY_IN = TRANSFERS | {"FUNDING_FEE", "INSURANCE_CLEAR", "WITHDRAW_REJECT", "AUTO_EXCHANGE"}
"""Reasons of a change that the ledger shows, as whatever."""

NEAR_US = 120_000_000
"""A row is a flow's where their times at the venue are no further apart."""

GIVEN_UP_US = 600_000_000

TOLD_KEPT = 1_000
"""So many flows are known again when they are told once more."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow that was told: by how much (null: not told) of what, when by the venue's clock, and when it was heard by ours."""

    asset: str
    change: Decimal | None
    ts_us: int
    heard_us: int

    @property
    def said(self) -> str:
        """The flow in words."""
        amount = "an amount" if self.change is None else f"{self.change.normalize():+f}"
        return f"{amount} of {self.asset} came or went and is not in the venue's ledger yet"


class Flows:
    """Flows that no row shows yet; a row shows one flow."""

    def __init__(self) -> None:
        self._waiting: list[Flow] = []
        self._used: set[str] = set()
        self._told: dict[tuple[int, str, Decimal | None], None] = {}

    @property
    def why(self) -> str | None:
        """Why the money is not to be trusted now; null where it is."""
        return self._waiting[0].said if self._waiting else None

    def told(self, fact: AccountFact, heard_us: int, venue_us: int) -> None:
        """The stream told of a change, at `venue_us` by the venue's clock. What was told before, or is so old that it would have been given
        up by now, holds nothing back: the money was read since, and its row is journaled whenever it shows."""
        if fact.reason not in TRANSFERS or fact.ts_us < venue_us - GIVEN_UP_US:
            return
        for one in fact.balances:
            key = (fact.ts_us, one.asset, one.change)
            if one.asset in DOLLARS and one.change != 0 and key not in self._told:
                self._waiting.append(Flow(asset=one.asset, change=one.change, ts_us=fact.ts_us, heard_us=heard_us))
                self._told[key] = None
        for key in [*self._told][:-TOLD_KEPT]:
            del self._told[key]

    def shown(self, rows: Sequence[IncomeFact]) -> None:
        """The ledger's newest rows; a flow takes the row of its amount, else any of its direction."""
        self._used &= {row.income_id for row in rows}
        for is_same in (_of_its_amount, _of_its_direction):
            self._waiting = [flow for flow in self._waiting if not self._takes_one(rows, flow, is_same)]

    def given_up(self, now_us: int) -> list[Flow]:
        """Flows that waited so long that no row will come; they wait no more."""
        late = [flow for flow in self._waiting if now_us - flow.heard_us >= GIVEN_UP_US]
        self._waiting = [flow for flow in self._waiting if flow not in late]
        return late

    def _takes_one(self, rows: Sequence[IncomeFact], flow: Flow, is_same: Callable[[Flow, IncomeFact], bool]) -> bool:
        for row in rows:
            is_near = row.kind == "transfer" and row.asset == flow.asset and abs(row.ts_us - flow.ts_us) <= NEAR_US
            if is_near and row.income_id not in self._used and is_same(flow, row):
                self._used.add(row.income_id)
                return True
        return False


def _of_its_amount(flow: Flow, row: IncomeFact) -> bool:
    return flow.change == row.amount


def _of_its_direction(flow: Flow, row: IncomeFact) -> bool:
    return flow.change is None or (flow.change > 0) == (row.amount > 0)
