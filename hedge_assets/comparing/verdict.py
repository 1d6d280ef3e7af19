"""The one verdict on a candidate: promote, keep watching or reject, by a rule that is stated with its numbers."""

import math

from hedge_assets.comparing.shapes import Agreement, Column, Verdict
from hedge_assets.folds.moments import Moments
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.stats import student_quantile

DEEPER = 1.25


def judge(overall: Agreement, columns: tuple[Column | None, Column | None], error: Moments, telemetry: Telemetry) -> Verdict:
    """What to do; `columns` are the live pipeline's and the candidate's, `error` the model's on each checked intent in USD."""
    money = overall.money
    rule = (
        f"once {telemetry.min_compare} pairs are compared and {telemetry.min_compare_trades} traded intents of at least 10 hours settled: "
        "promote if the profit difference less the model's error stays above 0 in both 95 % intervals and the candidate's deepest fall "
        f"is at most {DEEPER:g} times the live one; reject if with the error added it stays below 0 in both; else keep watching"
    )
    missing = missing_words(overall, telemetry)
    doubt_usd = doubt(error, money.n)
    evidence = [*missing, *agreed_words(overall), *money_words(overall, doubt_usd), *fall_words(columns)]
    lows, highs = (money.diff_low_usd, money.hour_low_usd), (money.diff_high_usd, money.hour_high_usd)
    if missing or doubt_usd is None or any(each is None for each in (*lows, *highs)):
        return Verdict(verdict="keep watching", rule=rule, evidence=tuple(evidence))
    low_usd, high_usd = min(each for each in lows if each is not None), max(each for each in highs if each is not None)
    if high_usd + doubt_usd < 0:
        return Verdict(verdict="reject", rule=rule, evidence=tuple(evidence))
    is_deeper = falls_deeper(columns)
    if low_usd - doubt_usd > 0 and not is_deeper:
        return Verdict(verdict="promote", rule=rule, evidence=tuple(evidence))
    return Verdict(verdict="keep watching", rule=rule, evidence=tuple(evidence))


def missing_words(overall: Agreement, telemetry: Telemetry) -> list[str]:
    """What must still come before anything is said."""
    words = []
    if overall.n < telemetry.min_compare:
        words.append(f"{telemetry.min_compare - overall.n} more pairs are needed, {overall.n} of {telemetry.min_compare} are there")
    if overall.money.n < telemetry.min_compare_trades:
        needed, there = telemetry.min_compare_trades, overall.money.n
        words.append(f"{needed - there} more settled intents with a trade are needed, {there} of {needed} are there")
    if overall.money.n and overall.money.hour_low_usd is None:
        words.append("trades of ten different hours are needed")
    if overall.money.n and not overall.money.checked:
        words.append("the model of fills was not held against the live account yet")
    return words


def doubt(error: Moments, n: int) -> float | None:
    """How far the model may be off over so many intents, in USD: the larger bound of its mean error's 95 % interval, times their
    number; null below two checked intents."""
    variance = error.variance
    if variance is None:
        return None
    away = student_quantile(error.n - 1) * math.sqrt(variance / error.n)
    return n * (abs(error.mean) + away)


def agreed_words(overall: Agreement) -> list[str]:
    """How often both agree, in words."""
    if overall.agree_frac is None or overall.agree_frac_low is None or overall.agree_frac_high is None:
        return []
    bounds = f"{overall.agree_frac_low:.1%} to {overall.agree_frac_high:.1%}"
    words = [f"same answer to {overall.agreed} of {overall.n} intents ({overall.agree_frac:.1%}, {bounds})"]
    if overall.sizes.ratio_p50 is not None:
        words.append(f"the shadow's size is {overall.sizes.ratio_p50:.2f} times the live one in the median of {overall.sizes.n} entries")
    return words


def money_words(overall: Agreement, doubt_usd: float | None) -> list[str]:
    """What was earned, in words, with the model's error."""
    money = overall.money
    if not money.n:
        return ["no intent on which either traded is settled yet"]
    words = [f"the shadow earned {money.shadow_usd:+,.2f} USD, the live pipeline {money.live_usd:+,.2f}, on {money.n} traded intents"]
    if money.diff_low_usd is not None and money.diff_high_usd is not None:
        words.append(f"difference {money.diff_usd:+,.2f} USD, by intents {money.diff_low_usd:+,.2f} to {money.diff_high_usd:+,.2f}")
    if money.hour_low_usd is not None and money.hour_high_usd is not None:
        words.append(f"by hours of decision {money.hour_low_usd:+,.2f} to {money.hour_high_usd:+,.2f} USD")
    if doubt_usd is not None and money.model_error_usd is not None:
        words.append(
            f"the model's error on {money.checked} of them was {money.model_error_usd:+,.2f} USD, "
            f"with its spread at most {doubt_usd:,.2f} USD on all"
        )
    return words


def fall_words(columns: tuple[Column | None, Column | None]) -> list[str]:
    """The deepest falls of NAV, in words."""
    live, shadow = columns
    if live is None or shadow is None or live.drawdown_frac is None or shadow.drawdown_frac is None:
        return []
    return [f"deepest fall of NAV: the shadow's {shadow.drawdown_frac:.2%}, the live pipeline's {live.drawdown_frac:.2%}"]


def falls_deeper(columns: tuple[Column | None, Column | None]) -> bool:
    """Whether the candidate's deepest fall is much deeper than the live pipeline's."""
    live, shadow = columns
    return ((shadow is not None and shadow.drawdown_frac) or 0.0) > DEEPER * ((live is not None and live.drawdown_frac) or 0.0)
