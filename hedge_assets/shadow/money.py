"""What two columns earned on the same intents, the difference with its interval, and how wrong the model of fills was meanwhile."""

from decimal import Decimal

import msgspec

from hedge_assets.folds.moments import Moments
from hedge_assets.shadow.courses import MARKOUTS, Course
from hedge_assets.shadow.resampling import Replicates

UNIT = Decimal("1e-8")
"""Money is counted in whole hundred-millionths of a USD."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """One intent on which nothing more will be earned: the two columns' courses, and for the model's error the live account's own (`real`)
    beside that of its pipeline's column (`model`); null where nothing was done.

    `is_real` says that the live account was asked, so that the model can be held against it.
    """

    intent_id: str
    decided_us: int
    live: Course | None
    shadow: Course | None
    real: Course | None
    model: Course | None
    is_real: bool

    @property
    def diff(self) -> int:
        """What the shadow earned more than the live pipeline, both by the model, in 1e-8 USD."""
        return units(self.shadow) - units(self.live)

    @property
    def error(self) -> int | None:
        """What the model says the live pipeline earned more than the live account did, in 1e-8 USD; null where that was not asked."""
        return units(self.model) - units(self.real) if self.is_real else None

    @property
    def is_money(self) -> bool:
        """Whether at least one of them traded."""
        return any(course is not None and course.cost_usd for course in (self.live, self.shadow))


class Money(msgspec.Struct, kw_only=True):
    """Intents on which at least one side traded, settled. Money in 1e-8 USD, by the model: `live`, `shadow`, and their difference's draws.

    `real` is what the live account itself earned on `checked` of them, `modelled` what the model says it did: their difference is the
    model's error. `hours` has the same draws by hour of decision, for `overall` alone: trades of one hour share its weather.
    """

    n: int = 0
    live: int = 0
    shadow: int = 0
    checked: int = 0
    real: int = 0
    modelled: int = 0
    error: Moments = msgspec.field(default_factory=Moments)
    diffs: Moments = msgspec.field(default_factory=Moments)
    draws: Replicates = msgspec.field(default_factory=Replicates)
    hours: Replicates = msgspec.field(default_factory=Replicates)

    def add(self, settled: Settled, *, whole: bool) -> None:
        """One more intent."""
        live, shadow = units(settled.live), units(settled.shadow)
        self.n += 1
        self.live += live
        self.shadow += shadow
        self.diffs.add((shadow - live) * float(UNIT))
        self.draws.add(settled.intent_id, shadow - live)
        if whole:
            self.hours.add(f"hour {settled.decided_us // 3_600_000_000}", shadow - live)
        if settled.is_real:
            real, modelled = units(settled.real), units(settled.model)
            self.checked += 1
            self.real += real
            self.modelled += modelled
            self.error.add((modelled - real) * float(UNIT))


class Costs(msgspec.Struct, kw_only=True):
    """Differences, shadow less live, on intents that both filled: slippage, fees and markouts by horizon, in bps."""

    slippage_bps: Moments = msgspec.field(default_factory=Moments)
    fee_bps: Moments = msgspec.field(default_factory=Moments)
    markouts_bps: list[Moments] = msgspec.field(default_factory=lambda: [Moments() for _ in range(MARKOUTS)])

    def add(self, live: Course, shadow: Course) -> None:
        """One more intent that both filled."""
        for moments, a, b in (
            (self.slippage_bps, live.slippage_bps, shadow.slippage_bps),
            (self.fee_bps, live.fee_bps, shadow.fee_bps),
            *((moments, live.markout_bps(h), shadow.markout_bps(h)) for h, moments in enumerate(self.markouts_bps)),
        ):
            if a is not None and b is not None:
                moments.add(b - a)


def units(course: Course | None) -> int:
    """What an intent's trade earned, in 1e-8 USD; nothing where there was none."""
    return 0 if course is None or course.net is None else int((course.net / UNIT).to_integral_value())


def usd(amount: float) -> float:
    """1e-8 USD as USD."""
    return amount * float(UNIT)
