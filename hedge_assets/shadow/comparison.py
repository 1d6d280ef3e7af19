"""What pairs of answers add up to: how often both agree, how they differ and why, what that costs, and the worst differences."""

import functools

import msgspec

from hedge_assets.shadow.causes import stake_usd
from hedge_assets.shadow.money import Costs, Money, Settled
from hedge_assets.shadow.pairs import Pair
from hedge_assets.shadow.sizes import SizeTally

WORST = 5
BESIDE = " > "
OVERALL = "overall/all"


class Difference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One divergence: the notional at stake in USD, whose it is, both answers (a veto's rule, or `approved`), and what the shadow earned
    more by it in 1e-8 USD (null until all of it is settled), with the model's error on the intent (null where the live desk did not
    ask)."""

    stake_usd: float
    intent_id: str
    symbol: str
    live: str
    shadow: str
    diff: int | None = None
    error: int | None = None

    @property
    def weight(self) -> tuple[int, float]:
        """What makes it worse than another: money, then notional at stake."""
        return abs(self.diff or 0), self.stake_usd


class CauseTally(msgspec.Struct, array_like=True):
    """One cause, or one rule: in how many pairs, with how much notional at stake, what the shadow earned more on `settled` of them (1e-8
    USD), and the five worst (ties by intent id). `knock_n` and `knock_diff` are of pairs that differ only because of it; `error` is the
    model's on `checked` of the settled."""

    n: int = 0
    stake_usd: float = 0.0
    settled: int = 0
    diff: int = 0
    knock_n: int = 0
    knock_diff: int = 0
    checked: int = 0
    error: int = 0
    worst: list[Difference] = []

    def add(self, found: Difference) -> None:
        """One more pair."""
        self.n += 1
        self.stake_usd += found.stake_usd
        self._keep([found])

    def settle(self, found: Difference) -> None:
        """The money of a pair that was added before is known."""
        self.settled += 1
        self.diff += found.diff or 0
        if found.error is not None:
            self.checked += 1
            self.error += found.error
        self._keep([found])

    def plus(self, other: "CauseTally") -> None:
        """All pairs of another."""
        for name in ("n", "stake_usd", "settled", "diff", "knock_n", "knock_diff", "checked", "error"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self._keep(other.worst)

    def _keep(self, more: list[Difference]) -> None:
        known = {each.intent_id: each for each in (*self.worst, *more)}  # what is settled replaces what was not
        self.worst = sorted(known.values(), key=lambda each: (-each.weight[0], -each.weight[1], each.intent_id))[:WORST]


class GroupTally(msgspec.Struct):
    """Pairs of one group as counts."""

    n: int = 0
    agreed: int = 0
    identical: int = 0
    live_only: int = 0
    shadow_only: int = 0
    both_approved: int = 0
    route_differs: int = 0
    sizes: SizeTally = msgspec.field(default_factory=SizeTally)

    def count(self, pair: Pair) -> None:
        """One more pair."""
        live, shadow = pair.live, pair.shadow
        self.n += 1
        self.agreed += live.approved == shadow.approved
        self.identical += not pair.causes
        self.live_only += live.approved and not shadow.approved
        self.shadow_only += shadow.approved and not live.approved
        if live.approved and shadow.approved:
            self.both_approved += 1
            self.route_differs += live.style != shadow.style
            if pair.purpose == "entry" and live.notional_usd and shadow.notional_usd:
                self.sizes.add(live.notional_usd, shadow.notional_usd)

    def join(self, other: "GroupTally") -> None:
        """All pairs of another."""
        for name in ("n", "agreed", "identical", "live_only", "shadow_only", "both_approved", "route_differs"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.sizes.plus(other.sizes)


class PairTally(GroupTally):
    """Pairs of answers as counts. `matrix` and `routes` are keyed `live > shadow`: rules (`approved` for none), and maker or taker; these,
    `causes` and `rules` are kept of the whole alone."""

    matrix: dict[str, int] = {}
    routes: dict[str, int] = {}
    causes: dict[str, CauseTally] = {}
    rules: dict[str, CauseTally] = {}

    def add(self, pair: Pair, *, whole: bool) -> None:
        """One more pair."""
        self.count(pair)
        if not whole:
            return
        live, shadow = pair.live, pair.shadow
        count(self.matrix, f"{live.word}{BESIDE}{shadow.word}")
        if live.approved and shadow.approved:
            count(self.routes, f"{live.style or ''}{BESIDE}{shadow.style or ''}")
        if not pair.causes:
            return
        found = Difference(stake_usd(pair), pair.intent_id, pair.symbol, live.word, shadow.word)
        for cause in pair.causes:
            self.causes.setdefault(cause, CauseTally()).add(found)
        self.rules.setdefault(pair.by, CauseTally()).add(found)
        if pair.root:
            self.rules.setdefault(pair.root, CauseTally()).knock_n += 1

    def settle(self, pair: Pair, settled: Settled) -> None:
        """What became of a pair whose answers differ, in money."""
        diff = settled.diff
        found = Difference(stake_usd(pair), pair.intent_id, pair.symbol, pair.live.word, pair.shadow.word, diff, settled.error)
        for cause in pair.causes:
            self.causes.setdefault(cause, CauseTally()).settle(found)
        self.rules.setdefault(pair.by, CauseTally()).settle(found)
        if pair.root:
            self.rules.setdefault(pair.root, CauseTally()).knock_diff += diff

    def plus(self, other: "PairTally") -> None:
        """All pairs of another."""
        self.join(other)
        for mine, theirs in ((self.matrix, other.matrix), (self.routes, other.routes)):
            for word, times in theirs.items():
                count(mine, word, times)
        for tallies, others in ((self.causes, other.causes), (self.rules, other.rules)):
            for name, tally in others.items():
                tallies.setdefault(name, CauseTally()).plus(tally)

    def cause(self, name: str) -> CauseTally:
        """One cause of the vocabulary, also one that was not found."""
        return self.causes.get(name) or CauseTally()


class Worth(msgspec.Struct, kw_only=True):
    """Money and costs of one group, for ever."""

    money: Money = msgspec.field(default_factory=Money)
    costs: Costs = msgspec.field(default_factory=Costs)

    def add(self, settled: Settled, *, whole: bool) -> None:
        """One more settled intent."""
        if settled.is_money:
            self.money.add(settled, whole=whole)
        live, shadow = settled.live, settled.shadow
        if live is not None and shadow is not None and live.cost_usd and shadow.cost_usd:
            self.costs.add(live, shadow)


def count(counts: dict[str, int], word: str, times: int = 1) -> None:
    """So many more of these."""
    counts[word] = counts.get(word, 0) + times


def keys_of(pair: Pair) -> tuple[str, ...]:
    """The groups a pair belongs to, as `live>shadow/dimension/value`, the whole first: what was live when is never mixed."""
    return keys(pair.name, pair.symbol, pair.strategy, regime=pair.regime, purpose=pair.purpose)


@functools.lru_cache(maxsize=4_096)
def keys(name: str, symbol: str, strategy: str, *, regime: str, purpose: str) -> tuple[str, ...]:
    """The same, put together once for all pairs that are alike."""
    groups = (OVERALL, f"symbols/{symbol}", f"strategies/{strategy}", f"regimes/{regime}", f"purposes/{purpose}")
    return tuple(f"{name}/{group}" for group in groups)
