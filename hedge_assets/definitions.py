"""What Dagster loads: every state as an asset, the journals beside them, and when things run."""

import os
from collections.abc import Sequence

import dagster as dg

from hedge_assets.defs.assets import state_files
from hedge_assets.defs.conditions import condition_checks
from hedge_assets.defs.executors import executor_of
from hedge_assets.defs.healing import missing_states
from hedge_assets.defs.probe import alive_checks, journal_assets, raw_journals
from hedge_assets.defs.resources import Desk, desks_of
from hedge_assets.defs.schedules import jobs, schedules
from hedge_assets.defs.tables import day_tables, nightly, tables_job
from hedge_assets.defs.upkeep import upkeep


def definitions(desks: Sequence[Desk], executor: dg.ExecutorDefinition = dg.in_process_executor) -> dg.Definitions:
    """All definitions of a desk's accounts: each has its own states, journals, tables and checks; jobs and sensors are of all."""
    made, days = jobs(desks), tables_job(desks)
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for desk in desks:
        assets += [state_files(desk), *journal_assets(desk), day_tables(desk)]
    return dg.Definitions(
        assets=assets,
        asset_checks=[checks(desk) for desk in desks for checks in (alive_checks, condition_checks)],
        jobs=[*made, days],
        schedules=[*schedules(made), nightly(desks, days)],
        sensors=[raw_journals(desks), missing_states(desks, made), upkeep(desks)],
        executor=executor,
    )


defs = definitions(desks_of(os.environ), executor_of(os.environ))
