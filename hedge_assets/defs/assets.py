"""All states as one asset function: refresh, then say what became of each."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from hedge_assets.defs.conditions import HEALTH, by_condition, result
from hedge_assets.defs.kept_sqlite import kept_open
from hedge_assets.defs.pictures import pictured
from hedge_assets.defs.reports import Result, evaluation, results
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import LIMIT_TAG
from hedge_assets.defs.specs import check_specs, state_spec
from hedge_assets.health.survey import Survey, survey
from hedge_assets.refreshing.limit import ended_after
from hedge_assets.refreshing.refresh import Outcome, refresh
from hedge_assets.refreshing.whole_desk import refresh_desk


def state_files(desk: Desk) -> dg.AssetsDefinition:
    """An account's states as assets. One function, so that a refresh reads the journals once; any subset can be asked for."""
    states, names = tuple(desk.states), desk.names

    @dg.multi_asset(
        name=names.word("state_files"),
        can_subset=True,
        specs=[state_spec(state, states, names, across=[each.names for each in desk.accounts]) for state in states],
        check_specs=[spec for state in states for spec in check_specs(state, names)],
    )
    def _state_files(context: dg.AssetExecutionContext) -> Iterator[Result]:
        with kept_open(context.instance):
            yield from told(context, desk)

    return _state_files


def refreshed(desk: Desk, asked: Collection[str]) -> list[Outcome]:
    """An account's states from its journals, or the desk-level ones from the files of its accounts."""
    if not desk.accounts:
        return refresh(desk.place, desk.states, asked, clock=desk.clock, flags=desk.flags)
    return refresh_desk(
        desk.place,
        desk.states,
        asked,
        accounts=[each.place for each in desk.accounts],
        states=desk.accounts[0].states,
        clock=desk.clock,
        flags=desk.flags,
    )


def told(context: dg.AssetExecutionContext, desk: Desk) -> Iterator[Result]:
    """Refresh what was asked for, and what is to be said of each; raises where one was not written."""
    states, names = tuple(desk.states), desk.names
    asked = {state.name for state in states if names.key(state.name) in context.selected_asset_keys}
    with limited(context.run.tags):
        outcomes = refreshed(desk, asked)
    pictures = pictured(desk.panels, {each.name: each.document for each in outcomes if each.document is not None})
    tells = not planned(context) and not desk.accounts
    found = survey(desk.place, desk.rows, desk.clock.now_us(), conditions=desk.conditions if tells else ())
    verdicts = {verdict.name: verdict for verdict in found.verdicts}
    for outcome in outcomes:  # in the catalogue's order: each after what it is made from
        said = list(results(outcome, verdicts[outcome.name], pictures.get(outcome.name, {}), names))
        yield from (each for each in said if isinstance(each, dg.MaterializeResult))
        checks = [each for each in said if isinstance(each, dg.AssetCheckResult)]
        yield from (each for each in checks if (names.key(outcome.name), each.check_name) in planned(context))
        if not planned(context):
            log_all(context, names.key(outcome.name), [*checks, *(conditions(desk, found) if tells and outcome.name == HEALTH else ())])
    broken = [f"{outcome.name}: {outcome.reason}" for outcome in outcomes if not outcome.is_written]
    if broken:
        raise dg.Failure(description="; ".join(broken), allow_retries=False)


def planned(context: dg.AssetExecutionContext) -> set[tuple[dg.AssetKey, str]]:
    """The checks that the run was made for; none in a run of a job, which tells of all of them without having planned any."""
    return {(key.asset_key, key.name) for key in context.selected_asset_check_keys}


def log_all(context: dg.AssetExecutionContext, key: dg.AssetKey, checks: Sequence[dg.AssetCheckResult]) -> None:
    """Every check of one state, as one event each: to plan it, and to hand on what it gave, would be two more, and thrice the cost."""
    about = newest(context.instance, key)
    for each in checks:
        context.log_event(evaluation(each, key, about))


def conditions(desk: Desk, found: Survey) -> list[dg.AssetCheckResult]:
    """What is told with a refresh of health."""
    return [result(name, signs, desk.names) for name, signs in by_condition(desk.conditions, found.findings).items()]


def newest(instance: dg.DagsterInstance, key: dg.AssetKey) -> AssetCheckEvaluationTargetMaterializationData | None:
    """The materialization that checks speak of; null before the first."""
    for each in instance.fetch_materializations(key, limit=1).records:
        return AssetCheckEvaluationTargetMaterializationData(storage_id=each.storage_id, run_id=each.run_id, timestamp=each.timestamp)
    return None


def limited(tags: Mapping[str, str]) -> AbstractContextManager[None]:
    """The limit a run carries; one that a person asks for by hand has none, so that a first reading of long journals may take its time."""
    limit_s = tags.get(LIMIT_TAG)
    return contextlib.nullcontext() if limit_s is None else ended_after(float(limit_s))
