"""What is kept of an applied suggestion so that it can be judged: stretches of one routing, intents at work, trades held, gains."""

from decimal import Decimal

import msgspec

from executor.records.base import sign
from executor.records.orders import Fill
from executor.records.trading import TAKE_PROFIT, Intent, RouterPolicy
from hedge_assets.folds.base import keep_newest
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.sketch import Sketch

LATEST_KEPT = 64
QUOTES = frozenset({"maker", "reprice"})


class Stretch(msgspec.Struct, kw_only=True):
    """A time in which one routing was in force in a symbol, and what intents that routing steers cost in it.

    `cost_bps` is per intent, against the mid it was decided at, with fees, positive is cost; `latest_bps` are the newest 64 of these
    costs: what comes next is held against them, since older ones were of another market. `version` and `rule` are those
    of the suggestion that opened it (`settings` and empty without one), `expected_bps` with its interval what it promised, and
    `made_on` the worked intents it was made on. `kept_s` are seconds from the first quote to the last fill of quoted intents that
    needed no fallback. `unpriced` intents had a fee in a coin without a price here, `unsteered` ones were decided by a pipeline
    that no suggestion steers.
    """

    number: int
    symbol: str
    routing: RouterPolicy
    since_us: int
    version: str = "settings"
    rule: str = ""
    made_on: int = 0
    expected_bps: float | None = None
    expected_low_bps: float | None = None
    expected_high_bps: float | None = None
    cost_bps: Moments = msgspec.field(default_factory=Moments)
    latest_bps: list[float] = []
    kept_s: Sketch = msgspec.field(default_factory=Sketch)
    unpriced: int = 0
    unsteered: int = 0
    last_us: int = 0

    def add(self, cost_bps: float) -> None:
        """One more intent was worked."""
        self.cost_bps.add(cost_bps)
        self.latest_bps.append(cost_bps)
        keep_newest(self.latest_bps, LATEST_KEPT)


class Working(msgspec.Struct, kw_only=True, gc=False):
    """An approved intent until it has ended. `stretch` is the number of the one its cost belongs to, null for none.

    `scale` is what the allocator's weight made of its size (1 is an even slot), `whole_qty` what of it the executor says was
    filled once it is done, null before.
    """

    symbol: str
    sign: int
    mid: float
    stretch: int | None
    weight_version: str
    weight_frac: float | None
    scale: float
    quoted_us: int | None = None
    filled_us: int = 0
    fell_back: bool = False
    qty: float = 0.0
    paid_usd: float = 0.0
    unpriced: bool = False
    whole_qty: float | None = None

    def add(self, record: Fill, fee_usd: float | None) -> None:
        """One fill: what it paid beyond the mid of the decision, and its fee."""
        qty = float(record.qty)
        self.qty += qty
        self.filled_us = record.ts_us
        self.paid_usd += self.sign * (float(record.price) - self.mid) * qty + (fee_usd or 0.0)
        self.unpriced = self.unpriced or fee_usd is None

    @property
    def is_over(self) -> bool:
        """Whether the executor is done with it and every fill of it is known: fills may come after."""
        return self.whole_qty is not None and self.qty >= self.whole_qty * (1 - 1e-9)

    @property
    def cost_bps(self) -> float | None:
        """What it cost in bps of what was filled at the mid of its decision; null without a fill, or with a fee not known."""
        return None if self.qty == 0 or self.unpriced else self.paid_usd / (self.mid * self.qty) * 1e4


class Held(msgspec.Struct, kw_only=True):
    """A position that is not flat, as far as weights matter. `even_usd` is what its entries would have cost under even weights."""

    version: str
    weight_frac: float | None
    cost_usd: float = 0.0
    even_usd: float = 0.0
    net_usd: float = 0.0
    unpriced: bool = False

    @property
    def gain_usd(self) -> float:
        """What the weights added to its result: net less what the same trade would have earned at an even weight's size."""
        return self.net_usd * (1.0 - self.even_usd / self.cost_usd)


class Gains(msgspec.Struct, kw_only=True):
    """What one version's weight did in one symbol: gains in USD of each closed trade that was entered under it."""

    symbol: str
    version: str
    weight_frac: float
    scale: float
    since_us: int
    last_us: int = 0
    gain_usd: Moments = msgspec.field(default_factory=Moments)
    unpriced: int = 0


def can_wait(record: Intent) -> bool:
    """Whether routing decides how an intent is worked: stops and time limits take at once whatever it says."""
    return record.purpose == "entry" or record.reason.startswith(TAKE_PROFIT)


def parts_of(record: Fill, before: Decimal) -> tuple[Decimal, Decimal]:
    """How much of a fill reduced the position held before it, and how much opened or added to one."""
    signed = record.qty * sign(record.side)
    if before * signed >= 0:
        return Decimal(0), record.qty
    closed = min(abs(before), record.qty)
    return closed, record.qty - closed
