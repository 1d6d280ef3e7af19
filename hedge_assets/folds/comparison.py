"""What pairs of answers add up to: how often both pipelines agree, how they differ and why, and the worst differences."""

from collections.abc import Iterator

import msgspec

from hedge_assets.folds.moments import Moments
from hedge_assets.folds.pairs import Pair
from hedge_assets.folds.parity import causes_of, rule_of, same_verdict, stake_usd
from hedge_assets.folds.sketch import Sketch

WORST = 5
BESIDE = " > "


class Difference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One divergence: the notional at stake in USD, whose it is, and both answers (a veto's rule, or `approved`)."""

    stake_usd: float
    intent_id: str
    symbol: str
    live: str
    shadow: str


class CauseTally(msgspec.Struct, array_like=True):
    """One cause: in how many pairs, with how much notional at stake, and the five worst of them (ties by intent id)."""

    n: int = 0
    stake_usd: float = 0.0
    worst: list[Difference] = []

    def add(self, found: Difference) -> None:
        """One more pair."""
        self.n += 1
        self.stake_usd += found.stake_usd
        self._keep([found])

    def plus(self, other: "CauseTally") -> None:
        """All pairs of another."""
        self.n += other.n
        self.stake_usd += other.stake_usd
        self._keep(other.worst)

    def _keep(self, more: list[Difference]) -> None:
        self.worst = sorted([*self.worst, *more], key=lambda each: (-each.stake_usd, each.intent_id))[:WORST]


class SizeTally(msgspec.Struct):
    """Shadow against live for entries that both approved: ratios, differences (shadow less live) and their size, in USD of notional.

    `beyond` holds ratios less 1, so that equal sizes are exactly equal.
    """

    ratio: Moments = msgspec.field(default_factory=Moments)
    beyond: Sketch = msgspec.field(default_factory=Sketch)
    diff: Moments = msgspec.field(default_factory=Moments)
    diffs: Sketch = msgspec.field(default_factory=Sketch)
    away: Moments = msgspec.field(default_factory=Moments)
    larger: int = 0
    smaller: int = 0

    def add(self, live_usd: float, shadow_usd: float) -> None:
        """One more entry."""
        diff = shadow_usd - live_usd
        self.ratio.add(shadow_usd / live_usd)
        self.beyond.add(shadow_usd / live_usd - 1.0)
        self.diff.add(diff)
        self.diffs.add(diff)
        self.away.add(abs(diff))
        self.larger += diff > 0
        self.smaller += diff < 0

    def plus(self, other: "SizeTally") -> None:
        """All entries of another."""
        self.ratio.plus(other.ratio)
        self.beyond.plus(other.beyond)
        self.diff.plus(other.diff)
        self.diffs.plus(other.diffs)
        self.away.plus(other.away)
        self.larger += other.larger
        self.smaller += other.smaller


class PairTally(msgspec.Struct):
    """Pairs of answers as counts. `matrix` and `routes` are keyed `live > shadow`: rules (`approved` for none), and maker or taker."""

    n: int = 0
    agreed: int = 0
    identical: int = 0
    live_only: int = 0
    shadow_only: int = 0
    both_approved: int = 0
    route_differs: int = 0
    matrix: dict[str, int] = {}
    routes: dict[str, int] = {}
    causes: dict[str, CauseTally] = {}
    sizes: SizeTally = msgspec.field(default_factory=SizeTally)

    def add(self, pair: Pair) -> None:
        """One more pair."""
        live, shadow, causes = pair.live, pair.shadow, causes_of(pair)
        self.n += 1
        self.agreed += same_verdict(pair)
        self.identical += not causes
        self.live_only += live.approved and not shadow.approved
        self.shadow_only += shadow.approved and not live.approved
        count(self.matrix, f"{rule_of(live)}{BESIDE}{rule_of(shadow)}")
        for cause in causes:
            found = Difference(stake_usd(pair), pair.intent_id, pair.symbol, rule_of(live), rule_of(shadow))
            self.causes.setdefault(cause, CauseTally()).add(found)
        if live.approved and shadow.approved:
            self._both(pair)

    def plus(self, other: "PairTally") -> None:
        """All pairs of another."""
        for name in ("n", "agreed", "identical", "live_only", "shadow_only", "both_approved", "route_differs"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.matrix, other.matrix), (self.routes, other.routes)):
            for word, times in theirs.items():
                count(mine, word, times)
        for cause, tally in other.causes.items():
            self.causes.setdefault(cause, CauseTally()).plus(tally)
        self.sizes.plus(other.sizes)

    def cause(self, name: str) -> CauseTally:
        """One cause of the vocabulary, also one that was not found."""
        return self.causes.get(name) or CauseTally()

    def _both(self, pair: Pair) -> None:
        live, shadow = pair.live, pair.shadow
        self.both_approved += 1
        self.route_differs += live.style != shadow.style
        count(self.routes, f"{live.style or ''}{BESIDE}{shadow.style or ''}")
        if pair.purpose == "entry" and live.notional_usd is not None and shadow.notional_usd is not None and live.notional_usd > 0:
            self.sizes.add(live.notional_usd, shadow.notional_usd)


def count(counts: dict[str, int], word: str, times: int = 1) -> None:
    """So many more of these."""
    counts[word] = counts.get(word, 0) + times


def keys_of(pair: Pair) -> Iterator[str]:
    """The groups a pair belongs to, as `live pipeline/dimension/value`: what was live when is never mixed."""
    live = pair.live.pipeline
    yield f"{live}/overall/all"
    yield f"{live}/symbols/{pair.symbol}"
    yield f"{live}/strategies/{pair.strategy}"
