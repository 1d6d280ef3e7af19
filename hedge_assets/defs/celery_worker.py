"""What a worker is started with: `celery -A hedge_assets.defs.celery_worker worker` takes steps from the broker of `HEDGE_BROKER`."""

import os
import sys

from dagster_celery.tasks import create_task

from hedge_assets.defs.executors import CURE, VARIABLE, broker_of
from hedge_assets.defs.handing_out import app_of

BEFORE_IT_FORKS = ("hedge_assets.definitions",)
"""Read once, so that those who work share it."""
REFUSED = 78

if not (broker := broker_of(os.environ)):
    sys.stderr.write(f"{VARIABLE} was not set, a worker must know its broker; {CURE}\n")
    sys.exit(REFUSED)
app = app_of(broker)
app.conf.imports = BEFORE_IT_FORKS
execute_plan = create_task(app)
