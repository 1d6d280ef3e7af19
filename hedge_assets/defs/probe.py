"""Every few seconds, with no run: are the journals alive, and are the state files still what they were.

What is on disk is judged, not what Dagster remembers; a check turns red here seconds after a file is gone.
Checks are told again on change and at a slow heartbeat, so that a dead sensor shows by their age.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from hedge_assets.defs.reports import severity, told, verdict_metadata
from hedge_assets.defs.resources import Desk
from hedge_assets.defs.specs import ALIVE, ON_DISK, journal_spec, key_of
from hedge_assets.document import moment
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey, survey

LOOP_S = 2  # the daemon's loop is 5 s; asking for 5 gives every second loop
MATERIALIZE_EVERY_S = 60.0
CHECK_EVERY_S = 900.0


@dataclass(frozen=True)
class Told:
    """What was last said of a file: its state, the watermark of its last materialization, and when (seconds)."""

    state: str = ""
    checked_s: float = 0.0
    mark_us: int = 0
    materialized_s: float = 0.0


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
    """The sensor that looks at every file of the manifest and says what changed."""

    @dg.sensor(name="raw_journals", minimum_interval_seconds=LOOP_S, default_status=dg.DefaultSensorStatus.RUNNING)
    def _raw_journals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now_us = desk.clock.now_us()
        found = survey(desk.place, desk.rows, now_us)
        before = remembered(context.cursor)
        events: list[dg.AssetMaterialization | dg.AssetCheckEvaluation] = []
        after: dict[str, Told] = {}
        for verdict in found.verdicts:
            news, after[verdict.name] = report(verdict, before.get(verdict.name, Told()), found, now_us / 1e6)
            events.extend(news)
        skip = None if events else dg.SkipReason("nothing changed")
        return dg.SensorResult(asset_events=events, cursor=as_cursor(after), skip_reason=skip)

    return _raw_journals


def report(verdict: Verdict, last: Told, found: Survey, now_s: float) -> tuple[list[Any], Told]:
    """What is to be said of one file now, and what was said when that is done."""
    events: list[Any] = []
    mark_us, materialized_s = last.mark_us, last.materialized_s
    watermark_us = watermark(verdict, found)
    if watermark_us is not None and watermark_us != mark_us and now_s - materialized_s >= MATERIALIZE_EVERY_S:
        mark_us, materialized_s = watermark_us, now_s
        events.append(dg.AssetMaterialization(key_of(verdict.name), metadata=journal_metadata(verdict, found, watermark_us)))
    state = f"{verdict.condition}{' late' if verdict.late else ''}"
    checked_s = last.checked_s
    if events or state != last.state or now_s - checked_s >= CHECK_EVERY_S:
        checked_s = now_s
        events.append(evaluation(verdict))
    return events, Told(state, checked_s, mark_us, materialized_s)


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


def remembered(cursor: str | None) -> dict[str, Told]:
    """What was told before; nothing, when the cursor is from another version."""
    try:
        rows: Mapping[str, list[Any]] = json.loads(cursor or "{}")
        return {name: Told(*row) for name, row in rows.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def as_cursor(after: Mapping[str, Told]) -> str:
    """What was told, as short as it can be: it is stored with every tick."""
    rows = {name: [told_.state, round(told_.checked_s), told_.mark_us, round(told_.materialized_s)] for name, told_ in after.items()}
    return json.dumps(rows, separators=(",", ":"))
