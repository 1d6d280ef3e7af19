"""The live pipeline against the shadow, decision by decision: how often they agree, how they differ, why, and what to do about it."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape
from hedge_assets.folds.account import Account
from hedge_assets.folds.decisions import Decisions, Pair
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.parity import CAUSES, Cause, causes_of, rule_of, same_verdict, stake_usd
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec
from hedge_assets.statistics.stats import mean, quantile, wilson

WORST = 5
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

    Ratios are shadow over live, differences shadow less live, in USD of notional.
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
    """`n` counts pairs compared, aligned by intent id (of the newest 50,000); `warmup_missing` those still wanting."""

    live_pipeline: str | None
    shadow_pipeline: str | None
    warmup_missing: int
    unpaired: int = Field(description="decisions that could not be decided again")
    other_way: int = Field(description="pairs from when the other pipeline was live, not compared here")
    overall: Agreement
    matrix: tuple[Cell, ...] = Field(description="rules of the live pipeline against rules of the shadow; `approved` for no veto")
    routes: tuple[Cell, ...] = Field(description="maker or taker, where both approved")
    causes: tuple[CauseRow, ...] = Field(description="every cause of the vocabulary, also those not found")
    symbols: tuple[Agreement, ...]
    strategies: tuple[Agreement, ...]
    verdict: Verdict


def compare_summary(decisions: Decisions, account: Account, *, telemetry: Telemetry, flags: Flags) -> CompareSummary:
    """All pairs under the pipeline that is live now, each once: a later answer to an intent replaces an earlier one."""
    off = switched_off(flags, "PIPELINE_V6_SHADOW_ENABLED")
    every = [] if off else list({pair.intent_id: pair for pair in decisions.pairs}.values())
    pairs = [pair for pair in every if pair.live.pipeline == every[-1].live.pipeline]
    overall = agreement("all", pairs)
    missing = max(0, telemetry.min_compare - len(pairs))
    warmup = f"warming up: {len(pairs)} of {telemetry.min_compare} intents" if missing else None
    return CompareSummary(
        status="ok" if pairs else "empty",
        n=len(pairs),
        reason=off or (warmup if pairs else f"{NOTHING}; {warmup or 'no floor'}"),
        event_us=newest_of(decisions, account),
        live_pipeline=pairs[-1].live.pipeline if pairs else None,
        shadow_pipeline=pairs[-1].shadow.pipeline if pairs else None,
        warmup_missing=missing,
        unpaired=decisions.unpaired,
        other_way=len(every) - len(pairs),
        overall=overall,
        matrix=cells((rule_of(pair.live), rule_of(pair.shadow)) for pair in pairs),
        routes=cells((pair.live.style or "", pair.shadow.style or "") for pair in approved(pairs)),
        causes=cause_rows(pairs),
        symbols=by(pairs, lambda pair: pair.symbol),
        strategies=by(pairs, lambda pair: pair.strategy),
        verdict=judge(overall, missing),
    )


def agreement(key: str, pairs: Sequence[Pair]) -> Agreement:
    """One set of pairs, counted both ways."""
    n, agreed = len(pairs), sum(same_verdict(pair) for pair in pairs)
    bounds, both = wilson(agreed, n), approved(pairs)
    return Agreement(
        key=key,
        n=n,
        agreed=agreed,
        agree_frac=agreed / n if n else None,
        agree_frac_low=bounds.low if bounds else None,
        agree_frac_high=bounds.high if bounds else None,
        identical_frac=sum(not causes_of(pair) for pair in pairs) / n if n else None,
        live_only=sum(pair.live.approved and not pair.shadow.approved for pair in pairs),
        shadow_only=sum(pair.shadow.approved and not pair.live.approved for pair in pairs),
        both_approved=len(both),
        both_vetoed=agreed - len(both),
        route_differs=sum(pair.live.style != pair.shadow.style for pair in both),
        sizes=sizes(both),
        reason=None if n else NOTHING,
    )


def approved(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs to which both pipelines said yes."""
    return [pair for pair in pairs if pair.live.approved and pair.shadow.approved]


def sizes(both: Sequence[Pair]) -> Sizes:
    """Size ratios and notional differences of entries that both approved."""
    sized = [(pair.live.notional_usd, pair.shadow.notional_usd) for pair in both if pair.purpose == "entry"]
    known = [(live, shadow) for live, shadow in sized if live is not None and shadow is not None and live > 0]
    ratios, diffs, n = [shadow / live for live, shadow in known], [shadow - live for live, shadow in known], len(known)
    return Sizes(
        n=n,
        ratio_mean=mean(ratios),
        ratio_p50=quantile(ratios, 0.5),
        ratio_p95=quantile(ratios, 0.95),
        diff_usd_mean=mean(diffs),
        diff_usd_p50=quantile(diffs, 0.5),
        diff_usd_p95=quantile(diffs, 0.95),
        abs_diff_usd_mean=mean([abs(diff) for diff in diffs]),
        larger_frac=sum(diff > 0 for diff in diffs) / n if n else None,
        smaller_frac=sum(diff < 0 for diff in diffs) / n if n else None,
        reason=None if n else "no entry that both approved",
    )


def cells(answers: Iterable[tuple[str, str]]) -> tuple[Cell, ...]:
    """How often each two answers came together, the most frequent first."""
    counted = sorted(Counter(answers).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Cell(live=live, shadow=shadow, n=n) for (live, shadow), n in counted)


def by(pairs: Iterable[Pair], key_of: Callable[[Pair], str]) -> tuple[Agreement, ...]:
    """The same numbers for each group."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(key_of(pair), []).append(pair)
    return tuple(agreement(key, group) for key, group in sorted(groups.items()))


def cause_rows(pairs: Iterable[Pair]) -> tuple[CauseRow, ...]:
    """Every cause with its pairs, the worst by notional at stake (ties by intent id)."""
    found: dict[Cause, list[Pair]] = {cause: [] for cause in CAUSES}
    for pair in pairs:
        for cause in causes_of(pair):
            found[cause].append(pair)
    return tuple(cause_row(cause, rows) for cause, rows in found.items())


def cause_row(cause: Cause, pairs: Sequence[Pair]) -> CauseRow:
    """One cause."""
    worst = sorted(pairs, key=lambda pair: (-stake_usd(pair), pair.intent_id))[:WORST]
    return CauseRow(cause=cause, n=len(pairs), stake_usd=math.fsum(stake_usd(pair) for pair in pairs), worst=tuple(map(example, worst)))


def example(pair: Pair) -> Example:
    """One pair in short."""
    return Example(
        intent_id=pair.intent_id, symbol=pair.symbol, live=rule_of(pair.live), shadow=rule_of(pair.shadow), stake_usd=stake_usd(pair)
    )


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
