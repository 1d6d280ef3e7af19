"""Whether Dagster could work here: its settings load, its database answers and has this version's tables, the definitions load.

Asked by `hedge up --prod` as Dagster's user, in a process of its own: `python -m hedge_assets.defs.storage_ready`.
"""

import importlib
import os
import sys

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from executor.errors import HedgeError, SettingsError
from hedge_assets.defs.pruning import PostgresRows, rows_of
from hedge_assets.stack.asking import secrets_of
from hedge_assets.stack.launching import postgres_fault
from hedge_assets.stack.programs import MODULE

MIGRATE = "stop the box and run `dagster instance migrate` as Dagster's user (docs/production.md)"


def ready() -> str:
    """In words what there is. Raises `SettingsError` with what is missing."""
    os.environ.update(secrets_of(os.environ))
    fault = postgres_fault(os.environ)
    if fault is not None:
        raise SettingsError(f"{fault}; start it, or mend dagster.env")
    try:
        with dg.DagsterInstance.get() as instance:
            return f"storage on Postgres at revision {revision(instance)}, {loaded()} assets"
    except (dg.DagsterError, DagsterPostgresException, SQLAlchemyError) as error:
        raise SettingsError(f"{os.environ.get('DAGSTER_HOME')}/dagster.yaml cannot be used: {' '.join(str(error).split())[:300]}") from None


def revision(instance: dg.DagsterInstance) -> str:
    """The revision of its database, which must be the newest this version knows; an empty one has just been given its tables."""
    rows = rows_of(instance)
    if not isinstance(rows, PostgresRows):
        raise SettingsError("Dagster's storage was not Postgres, a box needs it; DAGSTER_HOME must be the ops folder")
    current, newest = instance.event_log_storage.alembic_version() or (None, None)  # one database, one revision
    if current != newest:
        raise SettingsError(f"Dagster's database was at revision {current}, this version needs {newest}; {MIGRATE}")
    return str(newest)


def loaded() -> int:
    """How many assets the definitions have."""
    found: dg.Definitions = importlib.import_module(MODULE).defs  # loading it is the question
    return len(found.resolve_asset_graph().get_all_asset_keys())


def main() -> None:
    """Say it in one line, with the right exit code."""
    try:
        print(ready())
    except HedgeError as error:
        print(f"{error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
