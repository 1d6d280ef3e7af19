"""A desk's accounts and days, spread over Celery's workers: the bytes that one process makes, also after a worker, the broker or the
database was pulled away (`make chaos`). Real programs: Redis, Postgres, `celery worker`, `dagster job execute`."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from hedge_assets.definitions import definitions
from hedge_assets.defs.resources import desks_of
from hedge_assets.tables.catalog import scan
from tests.cluster import Cluster, Worker, cluster, done, listing, until
from tests.runs import rebuildable
from tests.tools import tool
from tests.wide_desk import Wide, made

DESK = Wide(accounts=3, symbols=2, loops=30 * 60, period_s=60, step_ms=5_000, start="2026-01-05T20:00:00")
DAYS = ("2026-01-05", "2026-01-06")
OF_A_MOMENT = ("written_ts",)


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """The accounts' journals: a day and a quarter each, over two days."""
    tool("redis-server")
    folder = tmp_path_factory.mktemp("desk")
    assert list(made(folder, DESK)) == DESK.names
    return folder


@pytest.fixture(scope="module")
def spread(desk) -> Iterator[Cluster]:
    with cluster(desk) as begun:
        yield begun


@pytest.fixture(scope="module")
def alone(desk, tmp_path_factory) -> Path:
    """The same desk, worked by one process: this one."""
    folder = tmp_path_factory.mktemp("alone") / "desk"
    shutil.copytree(desk, folder)
    defs = definitions(desks_of({"HEDGE_DATA": str(folder), "HEDGE_CONFIG": str(folder / "desk.toml")}))
    range_ = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[1]}
    with dg.DagsterInstance.ephemeral() as instance:
        for job, tags in (("day_tables", range_), ("mend_states", {})):
            assert defs.resolve_job_def(job).execute_in_process(instance=instance, tags=tags).success
    return folder


@pytest.fixture
def workers(spread) -> list[Worker]:
    """Three that listen, as after a look at the machines."""
    spread.workers = [worker for worker in spread.workers if worker.process.poll() is None]
    spread.hire(3 - len(spread.workers))
    return spread.workers


def tables(folder: Path) -> dict[str, bytes]:
    """Every day of every table of every account."""
    return {name: content for name, content in listing(folder, DESK.names, "tables").items() if name.endswith(".parquet")}


def states(folder: Path) -> dict[str, dict]:
    """Every state that the journals alone give, but for when it was written."""
    found = {}
    for account in DESK.names:
        state = folder / "accounts" / account / "state"
        for name in rebuildable(state):
            said = json.loads((state / name).read_bytes())
            found[f"{account}/{name}"] = {field: value for field, value in said.items() if field not in OF_A_MOMENT}
    return found


def under_way(spread: Cluster, workers: list[Worker]) -> tuple:
    """A run of days, as soon as every worker has a step of it; with one of them."""
    before = [worker.taken for worker in workers]
    run = spread.run("day_tables", DAYS)
    until("a step for each", lambda: all(worker.taken > had for worker, had in zip(workers, before, strict=True)))
    return run, workers[0]


def made_whole(spread: Cluster, alone: Path) -> None:
    """Nothing is half-written, and asked for again everything is as one process makes it."""
    for path in spread.data.glob("accounts/*/tables/*/day=*/part.parquet"):
        duckdb.sql(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()
    assert done(spread.run("day_tables", DAYS)) == 0, spread.all_said()
    assert tables(spread.data) == tables(alone)


def test_accounts_and_days_over_three_workers_give_the_bytes_that_one_process_gives(spread, alone, workers):
    assert done(spread.run("day_tables", DAYS)) == 0, spread.said()
    assert done(spread.run("mend_states")) == 0, spread.said()
    assert len(tables(alone)) == 3 * 2 * len(scan())
    assert tables(spread.data) == tables(alone)
    assert len(states(alone)) >= 3 * 12
    assert states(spread.data) == states(alone)
    assert all(worker.taken for worker in workers)


@pytest.mark.chaos
def test_a_run_whose_worker_was_killed_says_so_and_the_next_makes_it_whole(spread, alone, workers):
    run, worker = under_way(spread, workers)
    worker.kill()
    assert done(run) != 0
    assert f"worker {worker.name}@" in spread.said()
    assert "did not answer 4 times in a row" in spread.said()
    made_whole(spread, alone)


@pytest.mark.chaos
def test_a_run_whose_broker_lost_its_memory_says_so_and_the_next_goes_on(spread, alone, workers):
    run, _ = under_way(spread, workers)
    spread.broker.stop()
    spread.broker.start()
    assert done(run) != 0
    assert "the broker forgot it" in spread.said()
    made_whole(spread, alone)


@pytest.mark.chaos
def test_a_run_whose_storage_was_pulled_away_ends_and_the_next_goes_on(spread, alone, workers):
    run, _ = under_way(spread, workers)
    spread.postgres.stop()
    ended = done(run)
    spread.postgres.start()
    assert ended != 0
    made_whole(spread, alone)
