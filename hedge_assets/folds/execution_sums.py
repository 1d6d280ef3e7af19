"""Which sums a thing goes into: all, its symbol, its route, its hour of the day, and for worked intents the way they went."""

from collections.abc import Collection

from hedge_assets.folds.execution_rows import FillRow, OrderRow, WorkedIntent
from hedge_assets.folds.execution_tally import ExecutionTally, PathTally
from hedge_assets.folds.rolling import HOUR_US, Rolling, Sealed, T

DAY_US = 24 * HOUR_US
ALL = "all/all"


def sums_of(rolling: Rolling[ExecutionTally], row: OrderRow | FillRow | WorkedIntent, *, known_us: int, at_us: int) -> list[ExecutionTally]:
    """The sums for something that was known at `known_us` and belongs to the hour of the day of `at_us`."""
    keys = (ALL, f"symbol/{row.symbol}", f"route/{row.route}", f"hour/{at_us % DAY_US // HOUR_US:02d}")
    return [rolling.at(known_us, key, ExecutionTally) for key in keys]


def add_intent(row: WorkedIntent, *, rolling: Rolling[ExecutionTally], paths: Rolling[PathTally]) -> None:
    """Count an intent that is over, at its end; its cost also by the way it went."""
    for tally in sums_of(rolling, row, known_us=row.ts_us, at_us=row.decided_us):
        tally.intents.add(row)
    for path in paths_of(row):
        sums = paths.at(row.ts_us, f"path/{row.symbol}/{path}", PathTally)
        sums.n += 1
        if row.cost_bps is not None:
            sums.cost.add(row.cost_bps)


def paths_of(row: WorkedIntent) -> tuple[str, ...]:
    """The ways an intent went: one that was quoted first was either kept or fell back."""
    if row.path == "unsent":
        return ()
    return ("taken",) if row.path == "taken" else ("quoted", row.path)


def narrowed(rolling: Rolling[T], keys: Collection[str], kind: type[T]) -> Rolling[T]:
    """The same sums, of only some keys."""

    def some(sums: dict[str, T]) -> dict[str, T]:
        return {key: sums[key] for key in keys if key in sums}

    over = rolling.sealed(kind)
    opened = Sealed(
        hours={hour: some(sums) for hour, sums in over.hours.items()},
        days={day: some(sums) for day, sums in over.days.items()},
        total=some(over.total),
    )
    return Rolling(hour=rolling.hour, filling=some(rolling.filling), opened=opened)
