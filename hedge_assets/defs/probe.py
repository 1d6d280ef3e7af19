"""Every few seconds, with no run: are the journals alive, the state files still what they were, and is anything else wrong?

What is on disk is judged, not what Dagster remembers; a check turns red here seconds after a file is gone.
Everything is told on change, and all of it again at a slow heartbeat, so that a dead sensor shows by the checks' age.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg

from hedge_assets.defs import conditions as named
from hedge_assets.defs.beat import Beat
from hedge_assets.defs.names import Names
from hedge_assets.defs.reports import severity, told, verdict_metadata
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.rota import Rota
from hedge_assets.defs.specs import ALIVE, ON_DISK, journal_spec
from hedge_assets.defs.telling import Told
from hedge_assets.document import moment
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey, survey

LOOP_S = 2  # the daemon's loop is 5 s; asking for 5 gives every second loop
MATERIALIZE_EVERY_S = 60.0
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation


def journal_assets(desk: Desk) -> list[dg.AssetSpec]:
    """The raw journals as external assets."""
    return [journal_spec(row, desk.names) for row in desk.rows if row.kind == "journal"]


def alive_checks(desk: Desk) -> dg.AssetChecksDefinition:
    """The journals' check; the sensor tells it, and it can be asked for by hand."""
    rows, names = [row for row in desk.rows if row.kind == "journal"], desk.names

    @dg.multi_asset_check(
        name=names.word("journals_alive"),
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(ALIVE, asset=names.key(row.name), description="The executor writes, and the newest records are whole.")
            for row in rows
        ],
    )
    def _alive(context: dg.AssetCheckExecutionContext) -> Iterable[dg.AssetCheckResult]:
        wanted = context.selected_asset_check_keys
        for verdict in survey(desk.place, desk.rows, desk.clock.now_us()).verdicts:
            key = dg.AssetCheckKey(names.key(verdict.name), ALIVE)
            if key in wanted:
                yield dg.AssetCheckResult(
                    asset_key=key.asset_key,
                    check_name=ALIVE,
                    passed=verdict.is_healthy,
                    severity=severity(verdict),
                    metadata=verdict_metadata(verdict),
                )

    return _alive


def raw_journals(desks: Sequence[Desk]) -> dg.SensorDefinition:
    """The sensor that looks at everything there is, account by account, and says what changed."""
    beats = {desk.names: Beat(desk, desk.clock.now_us()) for desk in desks}
    everything = [desk.names.path(name) for desk in desks for name in desk.spoken_of]
    rota = Rota(desks)

    @dg.sensor(name="raw_journals", minimum_interval_seconds=LOOP_S, default_status=dg.DefaultSensorStatus.RUNNING)
    def _raw_journals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        told_ = Told.read(context.cursor, everything)
        events: list[Event] = []
        for desk in rota.turn():
            beats[desk.names].begin(context.instance)
            now_us = desk.clock.now_us()
            found = survey(desk.place, desk.rows, now_us, conditions=desk.conditions)
            said, told_ = news(desk, found, told_.begun(now_us / 1e6, desk.names.account))
            events += said
            beats[desk.names].turn()
        skip = None if events else dg.SkipReason("nothing changed")
        return dg.SensorResult(asset_events=events, cursor=told_.written(), skip_reason=skip)

    return _raw_journals


def news(desk: Desk, found: Survey, last: Told) -> tuple[list[Event], Told]:
    """What is to be said now, and what was said when that is done."""
    events: list[Event] = []
    names = desk.names
    for verdict in found.verdicts:
        marked = materialization(verdict, found, last, names)
        state, path = state_of(verdict), names.path(verdict.name)
        if marked is not None:
            watermark_us, event = marked
            events.append(event)
            last = last.marked(path, watermark_us)
        changed = last.is_news(path, state)
        if changed:
            events.append(dg.AssetObservation(names.key(verdict.name), metadata=verdict_metadata(verdict)))
        if changed or marked is not None:  # a materialization without its check would leave it not evaluated
            events.append(evaluation(verdict, names))
        last = last.said(path, state)
    for name, signs in named.by_condition(desk.conditions, found.findings).items():
        state, path = named.state_of(signs), names.path(name)
        if last.is_news(path, state):
            events.append(named.evaluation(name, signs, names))
        last = last.said(path, state)
    return events, last


def state_of(verdict: Verdict) -> str:
    """What makes a verdict another than before; its ages do not. Nothing while all is well."""
    state = "" if verdict.condition == "ok" else verdict.condition
    return f"{state} late".strip() if verdict.late else state


def materialization(verdict: Verdict, found: Survey, last: Told, names: Names) -> tuple[int, dg.AssetMaterialization] | None:
    """A journal that came further, not oftener than once a minute; null for everything else."""
    mark_us, said_s = last.marks.get(names.path(verdict.name), (0, 0.0))
    watermark_us = watermark(verdict, found)
    if watermark_us is None or watermark_us == mark_us or last.now_s - said_s < MATERIALIZE_EVERY_S:
        return None
    return watermark_us, dg.AssetMaterialization(names.key(verdict.name), metadata=journal_metadata(verdict, found, watermark_us))


def watermark(verdict: Verdict, found: Survey) -> int | None:
    """Up to when a journal is known to be whole: its newest record, or the heartbeat written after all it covers.

    Null for a state (its runs materialize it) and for a journal that is not well.
    """
    if verdict.name not in found.journals or not verdict.is_healthy:
        return None
    beat_us = None if found.heartbeat is None else found.heartbeat.ts_us
    return max((us for us in (verdict.event_us, beat_us) if us is not None), default=None)


def evaluation(verdict: Verdict, names: Names) -> dg.AssetCheckEvaluation:
    """The verdict as a check's result."""
    return dg.AssetCheckEvaluation(
        asset_key=names.key(verdict.name),
        check_name=ALIVE if verdict.group == "raw" else ON_DISK,
        passed=verdict.is_healthy,
        severity=severity(verdict),
        metadata=verdict_metadata(verdict),
    )


def journal_metadata(verdict: Verdict, found: Survey, watermark_us: int) -> dict[str, Any]:
    """How far a journal has come."""
    facts = found.journals[verdict.name]
    newest = None if facts.newest_us is None else dg.MetadataValue.timestamp(moment(facts.newest_us))
    whole = dg.MetadataValue.timestamp(moment(watermark_us))
    size = {"size_bytes": facts.size_bytes, "segments": facts.segments, "dagster/row_count": facts.newest_seq}
    return told({"newest_record": newest, "whole_up_to": whole, **size, "reason": verdict.reason})
