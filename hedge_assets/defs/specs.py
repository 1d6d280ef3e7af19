"""States and journals in Dagster's words: keys, specs, checks that are promised, freshness."""

from collections.abc import Sequence
from datetime import timedelta
from inspect import getdoc

import dagster as dg

from hedge_assets.catalog import State
from hedge_assets.defs.names import Names
from hedge_assets.health.manifest import Row, state_row
from hedge_assets.spec import Check

WHOLE = "whole"
EVENT_AGE = "event_age"
ON_DISK = "on_disk"
ALIVE = "alive"
LEAST_WINDOW_S = 60.0


def freshness(row: Row) -> dg.FreshnessPolicy | None:
    """A row's deadlines for materialization as a freshness policy, which knows no window under a minute."""
    deadlines = row.materialized_deadlines
    if deadlines is None:
        return None
    fail_s = max(deadlines.fail_s, LEAST_WINDOW_S)
    warn_s = max(deadlines.warn_s, LEAST_WINDOW_S)
    warn = timedelta(seconds=warn_s) if warn_s < fail_s else None
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=fail_s), warn_window=warn)


def state_spec(state: State, all_states: tuple[State, ...], names: Names, across: Sequence[Names] = ()) -> dg.AssetSpec:
    """A state as an asset, its parameters as lineage: of a desk-level one, those states of each account."""
    others = [each.name for each in all_states if each.name != state.name] if state.is_about_files else []
    deps = [*state_row(state).inputs, *others]
    return dg.AssetSpec(
        names.key(state.name),
        deps=[each.key(name) for each in across or (names,) for name in deps],
        description=state.description,
        group_name=names.word(state.spec.group.value),
        owners=[f"team:{state.spec.owner}"],
        tags={"pace": state.spec.pace.value},
        kinds={"python", "json"},
        skippable=True,
        freshness_policy=freshness(state_row(state)),
        metadata={"file": state.spec.file, "schema": f"{state.name} {state.spec.schema_version}"},
    )


def check_specs(state: State, names: Names) -> list[dg.AssetCheckSpec]:
    """What is promised of a state: the four that all have, and its own."""
    asset = names.key(state.name)
    written, event = state.spec.written_deadlines, state.spec.event_deadlines
    ages = "" if event is None else f" The newest fact in it is at most {event.warn_s:.0f} s old (warning), {event.fail_s:.0f} s (error)."
    return [
        dg.AssetCheckSpec(WHOLE, asset=asset, blocking=True, description="A document was made, reads back as its shape, and was written."),
        *(dg.AssetCheckSpec(check.name, asset=asset, description=promise(check)) for check in state.spec.checks),
        dg.AssetCheckSpec(EVENT_AGE, asset=asset, description=f"The facts are young enough.{ages}"),
        dg.AssetCheckSpec(
            ON_DISK,
            asset=asset,
            description=f"The file is there, valid, ours, and written within {written.fail_s:.0f} s; looked at every 5 s.",
        ),
    ]


def promise(check: Check) -> str:
    """What a check holds a document to, and what happens when it does not."""
    consequence = "When broken, the old file stays." if check.gate else "When broken, the file is written all the same, and this is red."
    return f"{(getdoc(check.holds) or check.name).splitlines()[0]} {consequence}"


def journal_spec(row: Row, names: Names) -> dg.AssetSpec:
    """A raw journal as an external asset: the executor makes it, we only watch."""
    stream = row.name.rpartition("/")[2]
    return dg.AssetSpec(
        names.key(row.name),
        description=f"The executor's journal of {stream}, appended only; fresh while it is whole up to a recent heartbeat.",
        group_name=names.word(row.group),
        owners=[f"team:{row.owner}"],
        tags={"pace": row.pace},
        kinds={"json"},
        freshness_policy=freshness(row),
    )
