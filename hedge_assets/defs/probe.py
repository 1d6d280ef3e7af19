"""Every few seconds, with no run: are the journals alive, the state files still what they were, and is anything else wrong?

What is on disk is judged, not what Dagster remembers; a check turns red here seconds after a file is gone.
Everything is told on change, and all of it again at a slow heartbeat, so that a dead sensor shows by the checks' age.
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from hedge_assets.defs import conditions as named
from hedge_assets.defs.beat import Beat
from hedge_assets.defs.reports import severity, told, verdict_metadata
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.specs import ALIVE, ON_DISK, journal_spec, key_of
from hedge_assets.defs.telling import Told
from hedge_assets.document import moment
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey, survey

LOOP_S = 2  # the daemon's loop is 5 s; asking for 5 gives every second loop
MATERIALIZE_EVERY_S = 60.0
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation


def journal_assets(desk: Desk) -> list[dg.AssetSpec]:
    """The raw journals as external assets."""
    return [journal_spec(row) for row in desk.rows if row.kind == "journal"]


def alive_checks(desk: Desk) -> dg.AssetChecksDefinition:
    """The journals' check; the sensor tells it, and it can be asked for by hand."""
    rows = [row for row in desk.rows if row.kind == "journal"]

    @dg.multi_asset_check(
        name="journals_alive",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(ALIVE, asset=key_of(row.name), description="The executor writes, and the newest records are whole.")
            for row in rows
        ],
    )
    def _alive(context: dg.AssetCheckExecutionContext) -> Iterable[dg.AssetCheckResult]:
        wanted = context.selected_asset_check_keys
        for verdict in survey(desk.place, desk.rows, desk.clock.now_us()).verdicts:
            key = dg.AssetCheckKey(key_of(verdict.name), ALIVE)
            if key in wanted:
                yield dg.AssetCheckResult(
                    asset_key=key.asset_key,
                    check_name=ALIVE,
                    passed=verdict.is_healthy,
                    severity=severity(verdict),
                    metadata=verdict_metadata(verdict),
                )

    return _alive


def raw_journals(desk: Desk) -> dg.SensorDefinition:
    """The sensor that looks at everything there is and says what changed."""
    beat = Beat(desk, desk.clock.now_us())

    @dg.sensor(name="raw_journals", minimum_interval_seconds=LOOP_S, default_status=dg.DefaultSensorStatus.RUNNING)
    def _raw_journals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        beat.begin(context.instance)
        now_us = desk.clock.now_us()
        found = survey(desk.place, desk.rows, now_us, conditions=desk.conditions)
        told_ = Told.read(context.cursor, [*(each.name for each in desk.rows), *(each.name for each in desk.conditions)])
        events, after = news(desk, found, told_.begun(now_us / 1e6))
        beat.turn()
        skip = None if events else dg.SkipReason("nothing changed")
        return dg.SensorResult(asset_events=events, cursor=after.written(), skip_reason=skip)

    return _raw_journals


def news(desk: Desk, found: Survey, last: Told) -> tuple[list[Event], Told]:
    """What is to be said now, and what was said when that is done."""
    events: list[Event] = []
    for verdict in found.verdicts:
        marked = materialization(verdict, found, last)
        state = state_of(verdict)
        if marked is not None:
            watermark_us, event = marked
            events.append(event)
            last = last.marked(verdict.name, watermark_us)
        changed = last.is_news(verdict.name, state)
        if changed:
            events.append(dg.AssetObservation(key_of(verdict.name), metadata=verdict_metadata(verdict)))
        if changed or marked is not None:  # a materialization without its check would leave it not evaluated
            events.append(evaluation(verdict))
        last = last.said(verdict.name, state)
    for name, signs in named.by_condition(desk.conditions, found.findings).items():
        state = named.state_of(signs)
        if last.is_news(name, state):
            events.append(named.evaluation(name, signs))
        last = last.said(name, state)
    return events, last


def state_of(verdict: Verdict) -> str:
    """What makes a verdict another than before; its ages do not. Nothing while all is well."""
    state = "" if verdict.condition == "ok" else verdict.condition
    return f"{state} late".strip() if verdict.late else state


def materialization(verdict: Verdict, found: Survey, last: Told) -> tuple[int, dg.AssetMaterialization] | None:
    """A journal that came further, not oftener than once a minute; null for everything else."""
    mark_us, said_s = last.marks.get(verdict.name, (0, 0.0))
    watermark_us = watermark(verdict, found)
    if watermark_us is None or watermark_us == mark_us or last.now_s - said_s < MATERIALIZE_EVERY_S:
        return None
    return watermark_us, dg.AssetMaterialization(key_of(verdict.name), metadata=journal_metadata(verdict, found, watermark_us))


def watermark(verdict: Verdict, found: Survey) -> int | None:
    """Up to when a journal is known to be whole: its newest record, or the heartbeat written after all it covers.

    Null for a state (its runs materialize it) and for a journal that is not well.
    """
    if verdict.name not in found.journals or not verdict.is_healthy:
        return None
    beat_us = None if found.heartbeat is None else found.heartbeat.ts_us
    return max((us for us in (verdict.event_us, beat_us) if us is not None), default=None)


def evaluation(verdict: Verdict) -> dg.AssetCheckEvaluation:
    """The verdict as a check's result."""
    return dg.AssetCheckEvaluation(
        asset_key=key_of(verdict.name),
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
