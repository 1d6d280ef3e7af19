"""What Dagster loads: every state as an asset, the journals beside them, and when things run."""

import os

import dagster as dg

from hedge_assets.defs.assets import state_files
from hedge_assets.defs.conditions import condition_checks
from hedge_assets.defs.healing import missing_states
from hedge_assets.defs.mirror import mirror_asset, mirror_job, mirror_schedule
from hedge_assets.defs.probe import alive_checks, journal_assets, raw_journals
from hedge_assets.defs.resources import Desk, desk_of
from hedge_assets.defs.schedules import jobs, schedules
from hedge_assets.defs.tables import day_tables, nightly, tables_job
from hedge_assets.defs.upkeep import upkeep


def definitions(desk: Desk) -> dg.Definitions:
    """All definitions of one desk."""
    made, days, mirrored = jobs(desk), tables_job(), mirror_job()
    return dg.Definitions(
        assets=[state_files(desk), *journal_assets(desk), day_tables(desk), mirror_asset(desk)],
        asset_checks=[alive_checks(desk), condition_checks(desk)],
        jobs=[*made, days, mirrored],
        schedules=[*schedules(made), nightly(desk, days), mirror_schedule(desk, mirrored)],
        sensors=[raw_journals(desk), missing_states(desk, made), upkeep(desk)],
        executor=dg.in_process_executor,
    )


defs = definitions(desk_of(os.environ))
