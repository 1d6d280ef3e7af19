"""What became of suggestions that steered the executor: each against what went before it, and all of one kind together."""

from collections.abc import Sequence

from hedge_assets.advice.scoring import Judged, KindScore, Saving, Score, gained, kind_score, ruling, saved
from hedge_assets.document import moment
from hedge_assets.folds.applied import Applied, Gains, Stretch
from hedge_assets.folds.applied_rows import LATEST_KEPT
from hedge_assets.folds.moments import Moments
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.windows import span_of

PLAIN = "settings"
EVEN = 1e-3
"""A weight that moves sizes by less than this share is even: weights are whole millionths, and a third of a book is not."""


def routing_judged(applied: Applied, telemetry: Telemetry, now_us: int) -> Judged:
    """Every routing that a suggestion brought and that was worked under in the window, by symbol and time."""
    since_us = span_of(telemetry.score_window).start_us(now_us) or 0
    scores: list[Score] = []
    savings: dict[str, list[Saving]] = {}
    for symbol in sorted(applied.stretches):
        kept = applied.stretches[symbol]
        for place, stretch in enumerate(kept):
            if place == 0 or stretch.version == PLAIN or max(stretch.last_us, stretch.since_us) < since_us:
                continue
            before = baseline(kept[:place])
            saving = saved(before, stretch.cost_bps)
            until_us = kept[place + 1].since_us if place + 1 < len(kept) else None
            scores.append(routing_score(stretch, before, saving, until_us=until_us, enough=telemetry.min_fills))
            savings.setdefault(kind_of(stretch), []).extend([] if saving is None else [saving])
    kinds = [
        kind_score(kind, savings[kind], unit="bps", enough=telemetry.min_scored, window=telemetry.score_window) for kind in sorted(savings)
    ]
    return Judged(tuple(scores), tuple(kinds))


def baseline(earlier: Sequence[Stretch]) -> Moments:
    """What the newest 64 intents before it cost, under the routing that was in force just before: markets change, so no older ones."""
    latest: list[float] = []
    for stretch in reversed(earlier):
        if stretch.routing == earlier[-1].routing:
            latest = [*stretch.latest_bps, *latest]
    costs = Moments()
    for cost_bps in latest[-LATEST_KEPT:]:
        costs.add(cost_bps)
    return costs


def kind_of(stretch: Stretch) -> str:
    """The rule behind it."""
    return stretch.rule or "unnamed"


def routing_score(stretch: Stretch, before: Moments, saving: Saving | None, *, until_us: int | None, enough: int) -> Score:
    """One routing against the one before it."""
    n = stretch.cost_bps.n
    ruled = ruling(saving, counts=(before.n, n), enough=enough, expected=stretch.expected_bps)
    bounds = None if saving is None else saving.interval
    return Score(
        symbol=stretch.symbol,
        version=stretch.version,
        kind=kind_of(stretch),
        since_ts=moment(stretch.since_us),
        until_ts=None if until_us is None else moment(until_us),
        unit="bps",
        n_before=before.n,
        n=n,
        expected=stretch.expected_bps,
        expected_low=stretch.expected_low_bps,
        expected_high=stretch.expected_high_bps,
        realised=None if saving is None else saving.mean,
        realised_low=None if bounds is None else bounds.low,
        realised_high=None if bounds is None else bounds.high,
        reason=None if saving is not None else why_unmeasured(stretch, before.n),
        verdict=ruled.verdict,
        measure=ruled.measure,
        value=ruled.value,
        limit=ruled.limit,
    )


def why_unmeasured(stretch: Stretch, n_before: int) -> str:
    """Why there is no realised saving: too few on a side, and what became of the rest."""
    said = f"needs 3 intents on both sides, has {n_before} before and {stretch.cost_bps.n} under it"
    if stretch.unsteered:
        said += f"; {stretch.unsteered} were decided by v5, which no suggestion steers"
    if stretch.unpriced:
        said += f"; of {stretch.unpriced} a fee is not known in USD"
    return said


def weights_judged(applied: Applied, telemetry: Telemetry, now_us: int) -> Judged:
    """Every weight that trades were entered under in the window, against an even slot.

    A trade under a weight that made its size `s` times an even one's would have earned `1 / s` of its net at the even size: prices,
    entries and exits are taken to be the same, costs to scale with size, and no cap to have bound either. Kinds are weights
    `raised` above and `lowered` below an even slot. What a weight of 0 kept from being traded is not known.
    """
    since_us = span_of(telemetry.score_window).start_us(now_us) or 0
    rows = [each for each in applied.gains.values() if each.last_us >= since_us and abs(each.scale - 1.0) > EVEN]
    rows.sort(key=lambda each: (each.symbol, each.since_us, each.version))
    savings: dict[str, list[Saving]] = {}
    for each in rows:
        gain = gained(each.gain_usd)
        savings.setdefault(direction_of(each), []).extend([] if gain is None else [gain])
    kinds: list[KindScore] = [
        kind_score(kind, savings[kind], unit="usd", enough=telemetry.min_scored, window=telemetry.score_window) for kind in sorted(savings)
    ]
    return Judged(tuple(weight_score(each, applied, telemetry) for each in rows), tuple(kinds))


def direction_of(gains: Gains) -> str:
    """Above an even slot or below it."""
    return "raised" if gains.scale > 1.0 else "lowered"


def weight_score(gains: Gains, applied: Applied, telemetry: Telemetry) -> Score:
    """One version's weight in one symbol, against an even slot."""
    saving = gained(gains.gain_usd)
    ruled = ruling(saving, counts=(None, gains.gain_usd.n), enough=telemetry.mature_trades, expected=None)
    bounds = None if saving is None else saving.interval
    policy = applied.in_force.get(gains.symbol)
    lasts = policy is not None and policy.weight_version == gains.version
    unpriced = f"; of {gains.unpriced} a fee is not known in USD" if gains.unpriced else ""
    return Score(
        symbol=gains.symbol,
        version=gains.version,
        kind=direction_of(gains),
        since_ts=moment(gains.since_us),
        until_ts=None if lasts else moment(gains.last_us),
        unit="usd",
        n_before=0,
        n=gains.gain_usd.n,
        expected=None,
        expected_low=None,
        expected_high=None,
        realised=None if saving is None else saving.mean,
        realised_low=None if bounds is None else bounds.low,
        realised_high=None if bounds is None else bounds.high,
        reason=None if saving is not None else f"needs 3 closed trades, has {gains.gain_usd.n}{unpriced}",
        verdict=ruled.verdict,
        measure=ruled.measure,
        value=ruled.value,
        limit=ruled.limit,
    )
