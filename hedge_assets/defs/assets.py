"""All states as one asset function: refresh, then say what became of each."""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager

import dagster as dg

from hedge_assets.defs.pictures import pictured
from hedge_assets.defs.reports import Result, results
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.schedules import LIMIT_TAG
from hedge_assets.defs.specs import check_specs, state_spec
from hedge_assets.health.survey import survey
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
        asked = {state.name for state in states if names.key(state.name) in context.selected_asset_keys}
        with limited(context.run.tags):
            outcomes = refreshed(desk, asked)
        pictures = pictured(desk.panels, {each.name: each.document for each in outcomes if each.document is not None})
        verdicts = {verdict.name: verdict for verdict in survey(desk.place, desk.rows, desk.clock.now_us()).verdicts}
        selected = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        for outcome in outcomes:  # in the catalogue's order: each after what it is made from
            for result in results(outcome, verdicts[outcome.name], pictures.get(outcome.name, {}), names):
                if isinstance(result, dg.MaterializeResult) or (names.key(outcome.name), result.check_name) in selected:
                    yield result
        broken = [f"{outcome.name}: {outcome.reason}" for outcome in outcomes if not outcome.is_written]
        if broken:
            raise dg.Failure(description="; ".join(broken), allow_retries=False)

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


def limited(tags: Mapping[str, str]) -> AbstractContextManager[None]:
    """The limit a run carries; one that a person asks for by hand has none, so that a first reading of long journals may take its time."""
    limit_s = tags.get(LIMIT_TAG)
    return contextlib.nullcontext() if limit_s is None else ended_after(float(limit_s))
