"""Parts of a comparison: tallies as shapes, null with a reason where they say nothing."""

import math
from collections.abc import Mapping

from hedge_assets.comparing import shapes
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.moments import Moments
from hedge_assets.shadow.causes import Cause
from hedge_assets.shadow.comparison import BESIDE, CauseTally, Difference, GroupTally, Worth
from hedge_assets.shadow.money import Costs, Money, usd
from hedge_assets.shadow.sizes import SizeTally, mirrored
from hedge_assets.statistics.stats import student_quantile, wilson

NOTHING = "no intent decided by both yet"
NO_SIZES = "no entry that both approved"
NO_FILLS = "no intent that both filled and that is settled"
NO_MONEY = "no intent on which either traded is settled yet"
FEW_MONEY = "an interval needs ten settled intents"


def agreement(key: str, tally: GroupTally, worth: Worth) -> shapes.Agreement:
    """One set of pairs, counted both ways."""
    n = tally.n
    bounds = wilson(tally.agreed, n)
    return shapes.Agreement(
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
        neither=tally.agreed - tally.both_approved,
        route_differs=tally.route_differs,
        sizes=sizes(tally.sizes),
        costs=costs(worth.costs),
        money=money(worth.money),
        reason=None if n else NOTHING,
    )


def sizes(tally: SizeTally) -> shapes.Sizes:
    """Size ratios and notional differences of entries that both approved."""
    n = tally.logs.n
    return shapes.Sizes(
        n=n,
        ratio_mean=math.exp(tally.logs.mean) if n else None,
        ratio_p05=tally.ratio(0.05),
        ratio_p50=tally.ratio(0.5),
        ratio_p95=tally.ratio(0.95),
        diff_usd_mean=tally.diff.mean if n else None,
        diff_usd_p05=mirrored(tally.diffs, 0.05),
        diff_usd_p50=mirrored(tally.diffs, 0.5),
        diff_usd_p95=mirrored(tally.diffs, 0.95),
        abs_diff_usd_mean=tally.away.mean if n else None,
        larger_frac=tally.larger / n if n else None,
        smaller_frac=tally.smaller / n if n else None,
        reason=None if n else NO_SIZES,
    )


def difference(moments: Moments, reason: str = NO_FILLS) -> shapes.Difference:
    """A mean with Student's interval."""
    variance = moments.variance
    away = None if variance is None else student_quantile(moments.n - 1) * math.sqrt(variance / moments.n)
    return shapes.Difference(
        n=moments.n,
        mean_bps=moments.mean if moments.n else None,
        low_bps=None if away is None else moments.mean - away,
        high_bps=None if away is None else moments.mean + away,
        reason=None if moments.n else reason,
    )


def costs(found: Costs) -> shapes.Costs:
    """Differences of slippage, fees and markouts."""
    return shapes.Costs(
        slippage=difference(found.slippage_bps),
        fees=difference(found.fee_bps),
        markouts=tuple(difference(each, f"{NO_FILLS}, with a mid {after} s later") for each, after in marked(found)),
    )


def marked(found: Costs) -> list[tuple[Moments, int]]:
    """Markouts with the seconds after which they are taken."""
    return list(zip(found.markouts_bps, HORIZONS_S, strict=True))


def money(found: Money) -> shapes.Money:
    """Profit on both sides, the difference with its bounds, and the model's error on the same intents."""
    draws, hours = found.draws.bounds(), found.hours.bounds()
    return shapes.Money(
        n=found.n,
        live_usd=usd(found.live),
        shadow_usd=usd(found.shadow),
        diff_usd=usd(found.draws.total),
        diff_low_usd=None if draws is None else usd(draws.low),
        diff_high_usd=None if draws is None else usd(draws.high),
        hour_low_usd=None if hours is None else usd(hours.low),
        hour_high_usd=None if hours is None else usd(hours.high),
        diff_per_intent_usd=usd(found.draws.total) / found.n if found.n else None,
        model_error_usd=usd(found.modelled - found.real) if found.checked else None,
        checked=found.checked,
        reason=NO_MONEY if not found.n else FEW_MONEY if draws is None else None,
    )


def cells(counts: Mapping[str, int]) -> tuple[shapes.Cell, ...]:
    """How often each two answers came together, the most frequent first."""
    counted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(shapes.Cell(live=words.partition(BESIDE)[0], shadow=words.partition(BESIDE)[2], n=n) for words, n in counted)


def cause_row(cause: Cause, tally: CauseTally) -> shapes.CauseRow:
    """One cause."""
    return shapes.CauseRow(
        cause=cause,
        n=tally.n,
        stake_usd=tally.stake_usd,
        settled=tally.settled,
        diff_usd=usd(tally.diff),
        model_error_usd=usd(tally.error) if tally.checked else None,
        worst=tuple(map(example, tally.worst)),
    )


def rule_rows(rules: Mapping[str, CauseTally]) -> tuple[shapes.RuleRow, ...]:
    """Every rule that made a difference, those that moved the most money first."""
    ordered = sorted(rules.items(), key=lambda item: (-abs(item[1].diff + item[1].knock_diff), -item[1].stake_usd, item[0]))
    return tuple(
        shapes.RuleRow(
            rule=rule,
            n=tally.n,
            stake_usd=tally.stake_usd,
            settled=tally.settled,
            diff_usd=usd(tally.diff),
            knock_n=tally.knock_n,
            knock_diff_usd=usd(tally.knock_diff),
            model_error_usd=usd(tally.error) if tally.checked else None,
            worst=tuple(map(example, tally.worst)),
        )
        for rule, tally in ordered
    )


def example(found: Difference) -> shapes.Example:
    """One divergence."""
    return shapes.Example(
        intent_id=found.intent_id,
        symbol=found.symbol,
        live=found.live,
        shadow=found.shadow,
        stake_usd=found.stake_usd,
        diff_usd=None if found.diff is None else usd(found.diff),
        model_error_usd=None if found.error is None else usd(found.error),
    )
