"""The project's definitions without what heals: only the sensor that looks, so that an injected ill stays until it is cured."""

import os

import dagster as dg

from hedge_assets.defs.assets import state_files
from hedge_assets.defs.conditions import condition_checks
from hedge_assets.defs.probe import alive_checks, journal_assets, raw_journals
from hedge_assets.defs.resources import desks_of

(DESK,) = desks_of(os.environ)

defs = dg.Definitions(
    assets=[state_files(DESK), *journal_assets(DESK)],
    asset_checks=[alive_checks(DESK), condition_checks(DESK)],
    sensors=[raw_journals([DESK])],
    executor=dg.in_process_executor,
)
