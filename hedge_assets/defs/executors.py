"""Where the steps of a run are worked: in the run's own process, or handed out over a broker to workers (`HEDGE_BROKER`).

A run has one step an account, so that accounts spread over workers.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import dagster as dg

from executor.errors import SettingsError

VARIABLE = "HEDGE_BROKER"
SCHEMES = ("redis", "rediss", "redis+socket")
CURE = "name one like redis+socket:///run/hedge-redis/redis.sock or redis://:PASSWORD@127.0.0.1:6379/0, or leave it out"


def executor_of(environ: Mapping[str, str]) -> dg.ExecutorDefinition:
    """The executor of every run: Celery's where a broker is named, else that of the run's own process."""
    broker = broker_of(environ)
    if not broker:
        return dg.in_process_executor
    try:
        from hedge_assets.defs.handing_out import celery_executor  # noqa: PLC0415 - nobody else needs Celery
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{VARIABLE} was set, and {error.name} is not installed; install requirements-cluster.lock, or leave it out"
        ) from error
    return celery_executor(broker)


def broker_of(environ: Mapping[str, str]) -> str:
    """The broker's address, empty where none is named. Refuses what is no address of one, without repeating a password."""
    address = environ.get(VARIABLE, "")
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not (parts.hostname or parts.path.strip("/")):
        raise SettingsError(f"{VARIABLE} was an address of {parts.scheme or 'no kind'}, must be one of {', '.join(SCHEMES)}; {CURE}")
    return address
