"""A whole comparison of two columns, from the shadow's tallies."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from hedge_assets.comparing.blocks import agreement, cause_row, cells, rule_rows
from hedge_assets.comparing.columns import pair_of
from hedge_assets.comparing.shapes import Agreement, Column, Comparison, Standing
from hedge_assets.comparing.verdict import judge
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.causes import CAUSES
from hedge_assets.shadow.comparison import OVERALL, PairTally, Worth
from hedge_assets.shadow.ledger import Standing as Kept
from hedge_assets.shadow.ledger import standing
from hedge_assets.shadow.money import usd

EPOCH = date(1970, 1, 1)
STANDINGS_SHOWN = 35
DIMENSIONS = ("symbols", "strategies", "regimes", "purposes")


def comparison(
    shadow: Shadow,
    sums: Mapping[str, PairTally],
    columns: Mapping[str, Column],
    *,
    names: tuple[str | None, str | None],
    telemetry: Telemetry,
    days: int = STANDINGS_SHOWN,
) -> Comparison:
    """Everything about two columns; `sums` are all tallies for ever, `names` the live one and the other (null before any)."""
    prefix = f"{names[0]}>{names[1]}/"
    own = {key.removeprefix(prefix): tally for key, tally in sums.items() if key.startswith(prefix)}
    worth = {key.removeprefix(prefix): each for key, each in shadow.ledger.worth.items() if key.startswith(prefix)}
    whole, of_whole = own.get(OVERALL) or PairTally(), worth.get(OVERALL) or Worth()
    overall = agreement("all", whole, of_whole)
    return Comparison(
        live_pipeline=names[0],
        shadow_pipeline=names[1],
        warmup_missing=max(0, telemetry.min_compare - whole.n),
        overall=overall,
        matrix=cells(whole.matrix),
        routes=cells(whole.routes),
        causes=tuple(cause_row(cause, whole.cause(cause)) for cause in CAUSES),
        rules=rule_rows(whole.rules),
        standings=standings([*shadow.ledger.standings.get(prefix[:-1], []), *today(shadow, whole.n, of_whole)], days),
        verdict=judge(overall, pair_of(columns, *names), of_whole.money.error, telemetry),
        **{dimension: by(dimension, own, worth) for dimension in DIMENSIONS},
    )


def today(shadow: Shadow, n: int, worth: Worth) -> tuple[Kept, ...]:
    """How it stands now, on a day that is not over; nothing before anything was compared."""
    return (standing(shadow.ledger.day, n, worth),) if n else ()


def by(dimension: str, sums: Mapping[str, PairTally], worth: Mapping[str, Worth]) -> tuple[Agreement, ...]:
    """The same numbers for each group of one dimension."""
    keys = sorted(key for key in sums if key.startswith(f"{dimension}/"))
    return tuple(agreement(key.partition("/")[2], sums[key], worth.get(key) or Worth()) for key in keys)


def standings(rows: Sequence[Kept], days: int) -> tuple[Standing, ...]:
    """How it stood at the end of each day, with what the day itself brought."""
    before = (0, *(row.diff for row in rows))
    found = [
        Standing(
            day=str(EPOCH + timedelta(days=row.day)),
            n=row.n,
            money_n=row.money_n,
            diff_usd=usd(row.diff),
            low_usd=None if row.low is None else usd(row.low),
            high_usd=None if row.high is None else usd(row.high),
            day_diff_usd=usd(row.diff - was),
        )
        for row, was in zip(rows, before, strict=False)
    ]
    return tuple(found[-days:])
