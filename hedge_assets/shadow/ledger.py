"""Pairs of answers, compared once, waited for until they are settled in money, and added up: the columns' common book.

Asked ──▶ pairs (reference beside each other column) ──▶ tallies by hour, day and for ever ──▶ the newest as rows
             └──▶ waiting by intent ──every course over──▶ worth by group, money by cause and rule
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from executor.records.trading import Decision, Intent
from hedge_assets.folds.base import keep_newest
from hedge_assets.folds.rolling import Rolling
from hedge_assets.shadow.causes import by_rule, causes_of, follows
from hedge_assets.shadow.comparison import OVERALL, PairTally, Worth, keys_of
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.kept import Kept
from hedge_assets.shadow.model import Model
from hedge_assets.shadow.money import Settled
from hedge_assets.shadow.pairs import Decided, Outcome, Pair
from hedge_assets.shadow.resampling import Bounds

RECENT_KEPT = 256
FRESH_KEPT = 50_000
WAITING_KEPT = 4_000
DAYS_KEPT = 400
DAY_US = 86_400_000_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One intent, whole: the decision of the live desk, trading by `pipeline`, where it asked, each column's own where that did, and every
    column's answer in short."""

    intent: Intent
    pipeline: str
    is_journaled: bool
    live: Decision | None
    decisions: Mapping[str, Decision]
    outcomes: Mapping[str, Outcome]
    regime: str


class Waiting(msgspec.Struct, kw_only=True):
    """An intent whose money is not known yet: its pairs, and whether the live account was asked."""

    pairs: list[Pair]
    is_journaled: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How a comparison stood at the end of a day (since 1970): pairs and intents with money so far, and the difference with its bounds
    (1e-8 USD, the wider of both ways of drawing; null while they are not known)."""

    day: int
    n: int
    money_n: int
    diff: int
    low: float | None
    high: float | None


class Ledger(msgspec.Struct, kw_only=True, dict=True):
    """Tallies by `live>shadow/dimension/value` (see `comparison.keys_of`), the newest 256 pairs, the newest decisions whole.

    `head` is by comparison the newest intent with both decisions, `by_verdict` the newest for each answer of the reference and of the
    shadow. `parted` is the rule that last parted two columns in a symbol, by `live>shadow symbol`. `lost` counts intents whose money
    was never settled and that were waited for no longer. `fresh` has the pairs that came since this was read from where it is kept.
    """

    results: Rolling[PairTally] = msgspec.field(default_factory=Rolling)
    worth: dict[str, Worth] = {}
    recent: list[Pair] = []
    pairs: int = 0
    head: dict[str, Decided] = {}
    by_verdict: dict[str, Decided] = {}
    waiting: dict[str, Waiting] = {}
    parted: dict[str, str] = {}
    lost: int = 0
    model: Model = msgspec.field(default_factory=Model)
    day: int = 0
    standings: dict[str, list[Standing]] = {}

    @property
    def fresh(self) -> list[Pair]:
        """Pairs that came since this was read, the newest `FRESH_KEPT`; not stored."""
        found: list[Pair] = self.__dict__.setdefault("fresh_now", [])
        return found

    def compare(self, asked: Iterable[Asked], everybody: Sequence[Courses], *, model_name: str) -> None:
        """Compare everything that somebody asked for in one loop; what set out on a course of somebody's is waited for."""
        for each in asked:
            live_name, *others = each.outcomes
            if each.live is not None:
                self.model.decision(each.live, each.decisions.get(model_name))
            pairs = [self._pair(each, live_name, name) for name in others if is_asked(each, live_name, name)]
            if pairs and any(each.intent.intent_id in courses.courses for courses in everybody):
                self._wait(each, pairs)

    def _pair(self, asked: Asked, live_name: str, name: str) -> Pair:
        intent, live, shadow = asked.intent, asked.outcomes[live_name], asked.outcomes[name]
        causes = causes_of(live, shadow)
        rule, where = by_rule(live, shadow, causes, intent.purpose), f"{live_name}>{name} {intent.symbol}"
        is_knock = bool(causes) and follows(live, shadow, rule)
        if causes and not is_knock:
            self.parted[where] = rule
        self.pairs += 1
        pair = Pair(
            intent_id=intent.intent_id,
            ts_us=intent.ts_us,
            symbol=intent.symbol,
            strategy=intent.strategy,
            side=intent.side,
            purpose=intent.purpose,
            live=live,
            shadow=shadow,
            number=self.pairs,
            policy=live.policy,
            regime=asked.regime,
            causes=causes,
            by=rule,
            root=self.parted.get(where, "") if is_knock else "",
        )
        self.add(pair)
        decided = Decided(
            intent,
            asked.live if asked.live is not None and live_name == asked.pipeline else asked.decisions.get(live_name),
            asked.live if asked.live is not None and name == asked.pipeline else asked.decisions.get(name),
            live_silent=live.word if live.is_silent else "",
            shadow_silent=shadow.word if shadow.is_silent else "",
        )
        self.head[pair.name] = decided
        self.by_verdict[f"{pair.name} {live.word} {shadow.word}"] = decided
        return pair

    def add(self, pair: Pair) -> None:
        """Count a pair in every group it belongs to."""
        for place, key in enumerate(keys_of(pair)):
            self.results.at(pair.ts_us, key, PairTally).add(pair, whole=place == 0)
        self.recent.append(pair)
        keep_newest(self.recent, RECENT_KEPT)
        self.fresh.append(pair)
        keep_newest(self.fresh, FRESH_KEPT)

    def _wait(self, asked: Asked, pairs: list[Pair]) -> None:
        self.waiting[asked.intent.intent_id] = Waiting(pairs=pairs, is_journaled=asked.is_journaled)
        if len(self.waiting) > WAITING_KEPT:
            del self.waiting[next(iter(self.waiting))]
            self.lost += 1

    def settle(self, columns: Mapping[str, Kept], real: Courses, *, model_name: str, now_us: int) -> None:
        """Settle every intent whose courses are all over."""
        everybody = {"": real, **{name: kept.courses for name, kept in columns.items()}}
        done = {name: True for courses in everybody.values() for name in courses.over}
        for courses in everybody.values():
            courses.over.clear()
        for name in done:
            if any(courses.is_open(name) for courses in everybody.values()):
                continue
            waiting = self.waiting.pop(name, None)
            for pair in () if waiting is None else waiting.pairs:
                found = {who: courses.courses.get(name) for who, courses in everybody.items()}
                settled = Settled(
                    intent_id=name,
                    decided_us=pair.ts_us,
                    live=found.get(pair.live.pipeline),
                    shadow=found.get(pair.shadow.pipeline),
                    real=found[""],
                    model=found.get(model_name),
                    is_real=waiting is not None and waiting.is_journaled,
                )
                self.worthy(pair, settled, now_us)
            if waiting is not None:
                self.model.settle(settled)
            for courses in everybody.values():
                courses.drop(name)

    def worthy(self, pair: Pair, settled: Settled, now_us: int) -> None:
        """Add what a settled pair was worth to every group it belongs to, and to its causes."""
        for place, key in enumerate(keys_of(pair)):
            self.worth.setdefault(key, Worth()).add(settled, whole=place == 0)
        if pair.causes and settled.is_money:
            self.results.at(now_us, f"{pair.name}/{OVERALL}", PairTally).settle(pair, settled)

    def turn_day(self, now_us: int) -> None:
        """At the first loop of a day, note how every comparison stood at the end of the one before."""
        day = now_us // DAY_US
        if self.day and day > self.day:
            sums = {key: tally for key, tally in self.results.since(None, PairTally).items() if key.endswith(OVERALL)}
            for key, tally in sums.items():
                rows = self.standings.setdefault(key.partition("/")[0], [])
                rows.append(standing(self.day, tally.n, self.worth.get(key)))
                keep_newest(rows, DAYS_KEPT)
        self.day = day

    def pack(self) -> None:
        """Keep what is sealed as bytes, until somebody wants it."""
        self.results.pack()


def is_asked(asked: Asked, live_name: str, name: str) -> bool:
    """Whether an intent is a matter between these two: the live desk asked, or one of them did."""
    return asked.is_journaled or live_name in asked.decisions or name in asked.decisions


def standing(day: int, n: int, worth: Worth | None) -> Standing:
    """How a comparison stands."""
    money = Worth().money if worth is None else worth.money
    bounds = widest(money.draws.bounds(), money.hours.bounds())
    return Standing(
        day=day,
        n=n,
        money_n=money.n,
        diff=money.draws.total,
        low=None if bounds is None else bounds.low,
        high=None if bounds is None else bounds.high,
    )


def widest(one: Bounds | None, two: Bounds | None) -> Bounds | None:
    """The wider of two intervals on either side; null where one is not known."""
    return None if one is None or two is None else Bounds(min(one.low, two.low), max(one.high, two.high))
