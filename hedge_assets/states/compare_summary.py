"""The live pipeline against the shadow, decision by decision: how often they agree, how they differ, why, and what to do about it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.folds.comparison import BESIDE, CauseTally, Difference, PairTally, SizeTally
from hedge_assets.folds.decisions import Decisions
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.parity import CAUSES, Cause
from hedge_assets.settings import Telemetry
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.stats import wilson

OTHER_WAY = {"v5": "v6", "v6": "v5"}
NOTHING = "no intent decided by both yet"
NO_MONEY = "money is not compared yet: slippage, fees and profit of the shadow's orders are not known, so nothing is promoted or rejected"
RULE = "promote or reject only on a paired profit difference whose 95 % interval excludes 0, after the warm-up; keep watching until then"


class Cell(Shape):
    """How often the live pipeline answered `live` and the shadow `shadow` (a veto's rule, or `approved`)."""

    live: str
    shadow: str
    n: int


class Sizes(Shape):
    """Shadow against live for entries that both approved (an exit closes what there is, in both).

    Ratios are shadow over live, differences shadow less live, in USD of notional. Quantiles are right to 1 %.
    """

    n: int
    ratio_mean: float | None
    ratio_p50: float | None
    ratio_p95: float | None
    diff_usd_mean: float | None
    diff_usd_p50: float | None
    diff_usd_p95: float | None
    abs_diff_usd_mean: float | None
    larger_frac: float | None = Field(description="how often the shadow's order was larger")
    smaller_frac: float | None
    reason: str | None


class Example(Shape):
    """One divergence with the most notional at stake."""

    intent_id: str
    symbol: str
    live: str
    shadow: str
    stake_usd: float


class CauseRow(Shape):
    """One cause of divergence: in how many pairs, with how much notional at stake, and the worst of them. A pair may have several."""

    cause: Cause
    n: int
    stake_usd: float
    worst: tuple[Example, ...]


class Agreement(Shape):
    """One set of pairs. `agree_frac` is the share in which both said yes or both said no, with Wilson's 95 % interval;
    `identical_frac` the share with no difference in rule, size, route or price either."""

    key: str
    n: int
    agreed: int
    agree_frac: float | None
    agree_frac_low: float | None
    agree_frac_high: float | None
    identical_frac: float | None
    live_only: int = Field(description="live approved, shadow vetoed")
    shadow_only: int = Field(description="shadow approved, live vetoed")
    both_approved: int
    both_vetoed: int
    route_differs: int
    sizes: Sizes
    reason: str | None


class Verdict(Shape):
    """What to do about the candidate, by a stated rule, with its evidence."""

    verdict: Literal["promote", "keep watching", "reject"]
    rule: str
    evidence: tuple[str, ...]


class CompareSummary(Document):
    """`n` counts pairs compared, each intent once, since the beginning; `warmup_missing` those still wanting."""

    live_pipeline: str | None
    shadow_pipeline: str | None
    warmup_missing: int
    unpaired: int = Field(description="decisions that could not be decided again")
    repeated: int = Field(description="further answers to an intent that was answered before: the first one counts")
    other_way: int = Field(description="pairs from when the other pipeline was live, not compared here")
    overall: Agreement
    matrix: tuple[Cell, ...] = Field(description="rules of the live pipeline against rules of the shadow; `approved` for no veto")
    routes: tuple[Cell, ...] = Field(description="maker or taker, where both approved")
    causes: tuple[CauseRow, ...] = Field(description="every cause of the vocabulary, also those not found")
    symbols: tuple[Agreement, ...]
    strategies: tuple[Agreement, ...]
    verdict: Verdict


def compare_summary(decisions: Decisions, account: Account, *, telemetry: Telemetry, flags: Flags) -> CompareSummary:
    """All pairs under the pipeline that was live last, each intent once."""
    off = switched_off(flags, "PIPELINE_V6_SHADOW_ENABLED")
    sums = {} if off else decisions.results.since(None, PairTally)
    live = decisions.recent[-1].live.pipeline if sums else None
    own = {key.partition("/")[2]: tally for key, tally in sums.items() if key.partition("/")[0] == live}
    whole = own.get("overall/all") or PairTally()
    overall = agreement("all", whole)
    missing = max(0, telemetry.min_compare - whole.n)
    warmup = f"warming up: {whole.n} of {telemetry.min_compare} intents" if missing else None
    return CompareSummary(
        status="ok" if whole.n else "empty",
        n=whole.n,
        reason=off or (warmup if whole.n else f"{NOTHING}; {warmup or 'no floor'}"),
        event_us=newest_of(decisions, account),
        live_pipeline=live,
        shadow_pipeline=None if live is None else OTHER_WAY.get(live, "v6"),
        warmup_missing=missing,
        unpaired=decisions.unpaired,
        repeated=decisions.repeated,
        other_way=sum(tally.n for key, tally in sums.items() if key.endswith("/overall/all")) - whole.n,
        overall=overall,
        matrix=cells(whole.matrix),
        routes=cells(whole.routes),
        causes=tuple(cause_row(cause, whole.cause(cause)) for cause in CAUSES),
        symbols=by("symbols", own),
        strategies=by("strategies", own),
        verdict=judge(overall, missing),
    )


def agreement(key: str, tally: PairTally) -> Agreement:
    """One set of pairs, counted both ways."""
    n = tally.n
    bounds = wilson(tally.agreed, n)
    return Agreement(
        key=key,
        n=n,
        agreed=tally.agreed,
        agree_frac=tally.agreed / n if n else None,
        agree_frac_low=bounds.low if bounds else None,
        agree_frac_high=bounds.high if bounds else None,
        identical_frac=tally.identical / n if n else None,
        live_only=tally.live_only,
        shadow_only=tally.shadow_only,
        both_approved=tally.both_approved,
        both_vetoed=tally.agreed - tally.both_approved,
        route_differs=tally.route_differs,
        sizes=sizes(tally.sizes),
        reason=None if n else NOTHING,
    )


def sizes(tally: SizeTally) -> Sizes:
    """Size ratios and notional differences of entries that both approved."""
    n = tally.ratio.n
    p50, p95 = tally.beyond.quantile(0.5), tally.beyond.quantile(0.95)
    return Sizes(
        n=n,
        ratio_mean=tally.ratio.mean if n else None,
        ratio_p50=None if p50 is None else 1.0 + p50,
        ratio_p95=None if p95 is None else 1.0 + p95,
        diff_usd_mean=tally.diff.mean if n else None,
        diff_usd_p50=tally.diffs.quantile(0.5),
        diff_usd_p95=tally.diffs.quantile(0.95),
        abs_diff_usd_mean=tally.away.mean if n else None,
        larger_frac=tally.larger / n if n else None,
        smaller_frac=tally.smaller / n if n else None,
        reason=None if n else "no entry that both approved",
    )


def cells(counts: Mapping[str, int]) -> tuple[Cell, ...]:
    """How often each two answers came together, the most frequent first."""
    counted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Cell(live=words.partition(BESIDE)[0], shadow=words.partition(BESIDE)[2], n=n) for words, n in counted)


def by(dimension: str, sums: Mapping[str, PairTally]) -> tuple[Agreement, ...]:
    """The same numbers for each group of one dimension."""
    groups = {key.partition("/")[2]: tally for key, tally in sums.items() if key.partition("/")[0] == dimension}
    return tuple(agreement(key, groups[key]) for key in sorted(groups))


def cause_row(cause: Cause, tally: CauseTally) -> CauseRow:
    """One cause."""
    return CauseRow(cause=cause, n=tally.n, stake_usd=tally.stake_usd, worst=tuple(map(example, tally.worst)))


def example(found: Difference) -> Example:
    """One divergence."""
    return Example(intent_id=found.intent_id, symbol=found.symbol, live=found.live, shadow=found.shadow, stake_usd=found.stake_usd)


def judge(overall: Agreement, missing: int) -> Verdict:
    """Nothing is promoted or rejected on agreement and sizes alone."""
    evidence = [NO_MONEY]
    if missing:
        evidence.append(f"{missing} more intents are needed before the shares mean much")
    if overall.agree_frac is not None and overall.agree_frac_low is not None and overall.agree_frac_high is not None:
        bounds = f"{overall.agree_frac_low:.1%} to {overall.agree_frac_high:.1%}"
        evidence.append(f"same verdict in {overall.agreed} of {overall.n} intents ({overall.agree_frac:.1%}, {bounds})")
    if overall.sizes.ratio_p50 is not None:
        evidence.append(f"the shadow's size is {overall.sizes.ratio_p50:.2f} times the live one in the median of {overall.sizes.n} entries")
    return Verdict(verdict="keep watching", rule=RULE, evidence=tuple(evidence))


def miscounted(document: CompareSummary) -> str | None:
    """Every pair is in one cell of the matrix, in one symbol and in one strategy."""
    for name, counted in (
        ("matrix", sum(cell.n for cell in document.matrix)),
        ("symbols", sum(group.n for group in document.symbols)),
        ("strategies", sum(group.n for group in document.strategies)),
    ):
        if counted != document.n:
            return f"{name} count {counted} pairs, n is {document.n}"
    return None


STATE = StateSpec(
    build=compare_summary,
    file="pipeline_v6_compare_summary.json",
    group=Group.SHADOW,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="pairs_counted_once", holds=miscounted),),
)
