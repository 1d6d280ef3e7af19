"""What one engine has done so far, counted by its loop for others to read: no decision looks here, no journal holds it.

One thread writes. Another may read at any moment: numbers are replaced whole, and no key is ever removed.
"""

from bisect import bisect_left

from executor.records.account import Account
from executor.records.base import Record
from executor.records.orders import Ack, Cancel, Expire, Fault, Fill, Reject, Submit, Unknown
from executor.records.trading import Decision, Intent, Vetoed

LAG_BOUNDS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OUTCOMES: dict[type[Record], str] = {Submit: "submitted", Ack: "acked", Reject: "rejected", Expire: "expired", Unknown: "unknown"}


class Vitals:
    """Counts since this engine was made. `orders` counts orders by what became of them: each once per outcome it met.

    `lags` has one count for each bound of `LAG_BOUNDS_S` (loops at most so late, and later than the bound before) and
    one for what is later than all; `lag_s` is the newest loop's lateness, null before the first. `account` is the
    venue's books as of the newest loop.
    """

    def __init__(self) -> None:
        self.loops = self.quotes = self.intents = self.fills = self.faults = 0
        self.orders = dict.fromkeys((*OUTCOMES.values(), "filled", "cancelled"), 0)
        self.vetoes: dict[str, int] = {}
        self.lags = [0] * (len(LAG_BOUNDS_S) + 1)
        self.lag_sum_s = 0.0
        self.lag_s: float | None = None
        self.account: Account | None = None

    def take(self, record: Record, *, completes: bool = False) -> None:
        """Count an order record; `completes` says of a fill that nothing of its order is left."""
        kind = type(record)
        outcome = OUTCOMES.get(kind)
        if outcome is not None:
            self.orders[outcome] += 1
        elif isinstance(record, Fill):
            self.fills += 1
            self.orders["filled"] += completes
        elif isinstance(record, Cancel):
            self.orders["cancelled"] += record.outcome == "done"
        elif isinstance(record, Decision):
            if isinstance(record.verdict, Vetoed):
                self.vetoes[record.verdict.rule] = self.vetoes.get(record.verdict.rule, 0) + 1
        else:
            self.intents += kind is Intent
            self.faults += kind is Fault

    def looped(self, account: Account, lag_us: int) -> None:
        """Count a completed loop, how late it began, and keep the books it saw."""
        self.loops += 1
        self.account = account
        self.lag_s = lag_us / 1e6
        self.lags[bisect_left(LAG_BOUNDS_S, self.lag_s)] += 1
        self.lag_sum_s += self.lag_s
