"""Reports put together by hand: what is not said is known, calm and small."""

from datetime import UTC, datetime, timedelta

from hedge_assets.comparing.shapes import (
    Agreement,
    CauseRow,
    Cell,
    Column,
    Comparison,
    Costs,
    Difference,
    Example,
    ModelError,
    Money,
    RuleRow,
    Sizes,
    Standing,
    Verdict,
)
from hedge_assets.comparing.walking import Step
from hedge_assets.statistics.curves import NavCurve, NavSeries
from hedge_assets.trials.report import Report

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EXAMPLE = Example(
    intent_id="worst0000000001", symbol="BTCUSDT", live="approved", shadow="cooldown", stake_usd=900.0, diff_usd=-7.5, model_error_usd=0.1
)


def bps(mean: float | None, **differs) -> Difference:
    spread = (None, None) if mean is None else (mean - 0.5, mean + 0.5)
    said = {"n": 0 if mean is None else 40, "mean_bps": mean, "low_bps": spread[0], "high_bps": spread[1], "reason": None}
    return Difference(**{**said, **differs})


def money(**differs) -> Money:
    said = {
        "n": 1234,
        "live_usd": -40.25,
        "shadow_usd": 61.5,
        "diff_usd": 101.75,
        "diff_low_usd": -11.11,
        "diff_high_usd": 222.22,
        "hour_low_usd": -33.33,
        "hour_high_usd": 244.44,
        "diff_per_intent_usd": 0.08,
        "model_error_usd": 5.55,
        "checked": 1200,
        "reason": None,
    }
    return Money(**{**said, **differs})


def agreement(key: str = "all", **differs) -> Agreement:
    sizes = dict.fromkeys(Sizes.model_fields) | {"n": 30, "ratio_mean": 1.1, "ratio_p50": 1.25, "diff_usd_p05": -66.5, "diff_usd_p95": 77.5}
    said = {
        "key": key,
        "n": 2000,
        "agreed": 1500,
        "agree_frac": 0.75,
        "agree_frac_low": 0.73,
        "agree_frac_high": 0.77,
        "identical_frac": 0.2,
        "live_only": 300,
        "shadow_only": 200,
        "both_approved": 1400,
        "neither": 100,
        "route_differs": 10,
        "sizes": Sizes(**sizes),
        "costs": Costs(slippage=bps(1.2), fees=bps(-1.9), markouts=(bps(-8.0), bps(None, reason="no mid 5 s later"), *([bps(0.3)] * 3))),
        "money": money(),
        "reason": None,
    }
    return Agreement(**{**said, **differs})


def points(navs: tuple[float, ...]) -> NavCurve:
    falls = (0.0,) * len(navs)
    times = tuple(BEGAN + timedelta(hours=hour) for hour in range(len(navs)))
    return NavCurve(ts=times, nav_usd=navs, adjusted_usd=None, drawdown_frac=falls, deepest_frac=falls)


NO_CURVE = NavSeries(minutes=points(()), hours=points(()), days=points(()))


def column(key: str, *, rises: float = 1.0, **differs) -> Column:
    navs = tuple(100_000 + rises * hour for hour in range(48))
    curve = NavSeries(minutes=points(()), hours=points(navs), days=points(()))
    said = {
        **dict.fromkeys(("approved", "orders", "fills", "trades"), 100),
        **dict.fromkeys(("traded_usd", "fees_usd", "funding_usd", "net_usd"), 10.0),
        **dict.fromkeys(("slippage_bps", "fee_bps", "net_bps_mean"), 1.5),
        **dict.fromkeys(("drawdown_frac", "maker_frac", "win_frac"), 0.5),
        "nav_usd": navs[-1],
        "gain_usd": 47 * rises,
        "model_error_usd": 5.55,
        "markouts_bps": (1.0, None, 1.0, 1.0, 1.0),
        "open_positions": 2,
    }
    return Column(**{"key": key, "pipeline": key, "curve": curve, "newest_trades": (), "reason": None, **said, **differs})


def cause(**differs) -> CauseRow:
    said = {"cause": "timing", "n": 7, "stake_usd": 900.0, "settled": 5, "diff_usd": -7.5, "model_error_usd": 0.1, "worst": (EXAMPLE,)}
    return CauseRow(**{**said, **differs})


def rule(name: str = "cooldown", diff_usd: float = -7.5, knock_diff_usd: float = 0.0, **differs) -> RuleRow:
    said = {"n": 7, "stake_usd": 900.0, "settled": 5, "knock_n": 3, "model_error_usd": 0.1, "worst": (EXAMPLE,)}
    return RuleRow(rule=name, diff_usd=diff_usd, knock_diff_usd=knock_diff_usd, **{**said, **differs})


def standing(day: int, diff_usd: float, low_usd: float | None = None, high_usd: float | None = None) -> Standing:
    said = {"n": day, "money_n": day, "diff_usd": diff_usd, "low_usd": low_usd, "high_usd": high_usd, "day_diff_usd": 0.0}
    return Standing(day=f"2026-01-{day:02}", **said)


def model(**differs) -> ModelError:
    said = {
        **dict.fromkeys(("filled_by_account_only", "filled_by_model_only", "drifted"), 1),
        "decisions": 500,
        "filled_by_both": 400,
        "flattery_bps": bps(0.7),
        "fee_bps": bps(0.1),
        "away_p50_bps": 0.5,
        "away_p95_bps": 2.5,
        "gain_usd": 5.55,
        "reason": None,
    }
    return ModelError(**{**said, **differs})


def found(**differs) -> Comparison:
    said = {
        "live_pipeline": "v5",
        "shadow_pipeline": "v6",
        "warmup_missing": 0,
        "overall": agreement(),
        "matrix": (Cell(live="approved", shadow="cooldown", n=7),),
        "routes": (Cell(live="taker", shadow="maker", n=10),),
        "causes": (cause(),),
        "rules": (rule(),),
        "symbols": (agreement("BTCUSDT"),),
        "strategies": (agreement("momentum"),),
        "regimes": (agreement("calm"),),
        "purposes": (agreement("entry"), agreement("exit")),
        "standings": (standing(1, 1.0), standing(2, 101.75, -33.33, 244.44)),
        "verdict": Verdict(verdict="keep watching", rule="a stated rule", evidence=("difference +101.75 USD", "fall 1.00%")),
    }
    return Comparison(**{**said, **differs})


def report(**differs) -> Report:
    columns = {"account": column("account", rises=0.5), "v5": column("v5"), "v6": column("v6", rises=2.0)}
    said = {
        "source": "a hand-made period",
        "began": BEGAN,
        "ended": BEGAN + timedelta(hours=47),
        "live_pipeline": "v5",
        "code_version": "0.1.0",
        "found": found(),
        "columns": columns,
        "changes": {"v5": {"pipeline": "v5"}, "v6": {"pipeline": "v6"}},
        "model": model(),
        "steps": (Step(first_day="2026-01-01", last_day="2026-01-02", verdict="promote", known_n=9, diff_usd=8.0, followed_usd=8.0),),
        "journaled": 2000,
        "waiting": 3,
        "symbols": 1,
    }
    return Report(**{**said, **differs})
