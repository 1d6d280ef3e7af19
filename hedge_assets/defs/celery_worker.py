"""What a worker is started with: `celery -A hedge_assets.defs.celery_worker worker` takes steps from the broker of `HEDGE_BROKER`."""

import os
import sys

from dagster_celery.tasks import create_task

from executor.errors import SettingsError
from hedge_assets.defs.executors import CURE, VARIABLE, broker_of
from hedge_assets.defs.handing_out import app_of

BEFORE_IT_FORKS = ("hedge_assets.definitions",)
"""Read once, so that those who work share it."""
REFUSED = 78


def broker() -> str:
    """The broker's address, without which nobody can work; refused in a line."""
    try:
        named = broker_of(os.environ)
    except SettingsError as error:
        named, why = "", str(error)
    else:
        why = f"{VARIABLE} was not set, a worker must know its broker; {CURE}"
    if not named:
        sys.stderr.write(f"{why}\n")
        sys.exit(REFUSED)
    return named


app = app_of(broker())
app.conf.imports = BEFORE_IT_FORKS
execute_plan = create_task(app)
