"""Which sums an intent goes into, and what is left when others are left out."""

import msgspec
import pytest

from hedge_assets.folds.execution_sums import add_intent, narrowed, paths_of
from hedge_assets.folds.execution_tally import PathTally
from hedge_assets.folds.executions import Executions
from tests.hedge_assets.builders import DAY, HOUR, T0
from tests.hedge_assets.fills import filled, order, worked


def add(executions: Executions, row) -> None:
    add_intent(row, rolling=executions.rolling, paths=executions.paths)


def ways(executions: Executions) -> dict[str, int]:
    return {key: tally.n for key, tally in executions.paths.since(None, PathTally).items()}


@pytest.mark.parametrize(
    ("steps", "paths"),
    [
        (("maker",), ("quoted", "kept")),
        (("maker", "reprice"), ("quoted", "kept")),
        (("maker", "fallback"), ("quoted", "fallback")),
        (("taker",), ("taken",)),
        (("fallback",), ("taken",)),
    ],
)
def test_the_way_an_intent_went(steps: tuple[str, ...], paths: tuple[str, ...]):
    row = worked([filled(step=steps[-1])], [order(step=step) for step in steps])
    assert paths_of(row) == paths
    executions = Executions()
    add(executions, row)
    assert ways(executions) == {f"path/BTCUSDT/{path}": 1 for path in paths}


def test_an_intent_without_a_known_cost_went_its_way_and_cost_nothing_that_is_known():
    executions = Executions()
    add(executions, worked([filled(fee_usd=None)]))
    assert ways(executions)["path/BTCUSDT/kept"] == 1
    assert executions.paths.since(None, PathTally)["path/BTCUSDT/kept"].cost.n == 0


def test_narrowing_leaves_the_same_sums_of_the_keys_named_in_every_window():
    executions = Executions()
    for number, moment_us in enumerate((T0, T0 + 2 * HOUR, T0 + 3 * DAY), 1):
        add(executions, worked([filled(number, ts_us=moment_us, step="taker")]))
    key = "path/BTCUSDT/taken"
    before = msgspec.msgpack.encode(executions)
    for since_us in (None, T0, T0 + DAY, T0 + 3 * DAY):
        assert narrowed(executions.paths, (key, "none"), PathTally).since(since_us, PathTally) == executions.paths.since(
            since_us, PathTally
        )
    assert narrowed(executions.paths, (), PathTally).since(None, PathTally) == {}
    assert msgspec.msgpack.encode(executions) == before
