"""What Dagster loads: every state as an asset, the journals beside them, and when things run."""

import os
from collections.abc import Sequence

import dagster as dg

from executor.configuration import umask_of
from hedge_assets.defs.assets import state_files
from hedge_assets.defs.conditions import condition_checks
from hedge_assets.defs.executors import executor_of
from hedge_assets.defs.healing import missing_states
from hedge_assets.defs.mirror import mirror_asset, mirror_job, mirror_schedule
from hedge_assets.defs.no_pickle import NoPickle
from hedge_assets.defs.probe import alive_checks, journal_assets, raw_journals
from hedge_assets.defs.resources import Desk, desks_of
from hedge_assets.defs.schedules import jobs, schedules
from hedge_assets.defs.tables import day_tables, nightly, tables_job
from hedge_assets.defs.upkeep import upkeep


def definitions(desks: Sequence[Desk], executor: dg.ExecutorDefinition = dg.in_process_executor) -> dg.Definitions:
    """All definitions of a desk's accounts: each has its own states, journals, tables and checks; jobs and sensors are of all."""
    accounts = [desk for desk in desks if not desk.accounts]
    made, days, mirrored = jobs(desks), tables_job(accounts), mirror_job(desks)
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for desk in desks:
        assets += [state_files(desk), *journal_assets(desk), mirror_asset(desk), *(() if desk.accounts else (day_tables(desk),))]
    return dg.Definitions(
        assets=assets,
        asset_checks=[checks(desk) for desk in accounts for checks in (alive_checks, condition_checks)],
        jobs=[*made, days, mirrored],
        schedules=[*schedules(made), nightly(accounts, days), mirror_schedule(accounts, mirrored)],
        sensors=[raw_journals(desks), missing_states(desks, made), upkeep(desks)],
        executor=executor,
        resources={"io_manager": NoPickle()},
    )


os.umask(umask_of(os.environ))  # before anything is written by whoever loads this: a code server, a run, the bare command line
defs = definitions(desks_of(os.environ), executor_of(os.environ))
