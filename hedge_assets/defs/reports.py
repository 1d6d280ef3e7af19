"""Outcomes and verdicts in Dagster's words: materializations, check results, metadata."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from hedge_assets.defs.names import Names
from hedge_assets.defs.pictures import Pictures
from hedge_assets.defs.specs import EVENT_AGE, ON_DISK, WHOLE
from hedge_assets.digest import digest
from hedge_assets.document import Document, moment
from hedge_assets.health.judge import Verdict
from hedge_assets.refreshing.refresh import Outcome

Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


def results(outcome: Outcome, verdict: Verdict, pictures: Pictures, names: Names) -> Iterator[Result]:
    """One state's materialization with its pictures, if its file was written, and every check."""
    key = names.key(outcome.name)
    if outcome.is_written:
        yield dg.MaterializeResult(asset_key=key, metadata=state_metadata(outcome, verdict, pictures))
    yield dg.AssetCheckResult(asset_key=key, check_name=WHOLE, passed=outcome.is_written, metadata=told({"reason": outcome.reason}))
    for check in outcome.checks:
        yield dg.AssetCheckResult(
            asset_key=key, check_name=check.name, passed=check.detail is None, metadata=told({"detail": check.detail})
        )
    yield event_age(verdict, names)
    yield dg.AssetCheckResult(
        asset_key=key, check_name=ON_DISK, passed=verdict.is_healthy, severity=severity(verdict), metadata=verdict_metadata(verdict)
    )


def evaluation(
    result: dg.AssetCheckResult, key: dg.AssetKey, about: AssetCheckEvaluationTargetMaterializationData | None
) -> dg.AssetCheckEvaluation:
    """A check's result as the event that is stored of it; `about` is the materialization it speaks of."""
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=result.check_name or "",
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
        target_materialization_data=about,
        blocking=result.check_name == WHOLE,
    )


def event_age(verdict: Verdict, names: Names) -> dg.AssetCheckResult:
    """Whether the facts inside are young enough; late is a warning, past the deadline an error."""
    facts = {"event_age_s": verdict.event_age_s, "reason": verdict.reason, "replayed": verdict.is_replayed}
    passed = verdict.event_in_time == "ok"
    return dg.AssetCheckResult(
        asset_key=names.key(verdict.name),
        check_name=EVENT_AGE,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN if verdict.event_in_time == "late" else dg.AssetCheckSeverity.ERROR,
        metadata=told(facts),
    )


def severity(verdict: Verdict) -> dg.AssetCheckSeverity:
    """Merely late warns; stale, missing and invalid are errors."""
    return dg.AssetCheckSeverity.WARN if verdict.late else dg.AssetCheckSeverity.ERROR


def verdict_metadata(verdict: Verdict) -> dict[str, Any]:
    """What the judge said, as metadata."""
    ages = {"event_age_s": verdict.event_age_s, "written_age_s": verdict.written_age_s}
    return told({"state": verdict.condition, "reason": verdict.reason, "to_do": verdict.cure, "late": verdict.late or None, **ages})


def state_metadata(outcome: Outcome, verdict: Verdict, pictures: Pictures) -> dict[str, Any]:
    """What makes a state's page worth opening: what its panel shows first, then the document's own numbers and tables."""
    document = outcome.document
    if document is None:
        return {}
    drawn = {key: dg.MetadataValue.md(markdown) for key, markdown in pictures.items()}
    as_of = dg.MetadataValue.timestamp(moment(outcome.as_of_us))
    facts = {"dagster/row_count": document.n, "status": document.status, "reason": document.reason, "as_of": as_of}
    replayed = "replayed data" if outcome.clock == "feed" else None
    size = None if outcome.content is None else len(outcome.content)
    where = {"path": dg.MetadataValue.path(str(outcome.path)), "size_bytes": size, "clock": replayed, "event_age_s": verdict.event_age_s}
    return told({**drawn, **facts, **where, **shown(document)})


def shown(document: Document) -> dict[str, Any]:
    """A document's numbers and the top of its tables."""
    found = digest(document)
    tables = {
        name: dg.MetadataValue.table(records=[dg.TableRecord(dict(row)) for row in rows], schema=table_schema(rows[0]))
        for name, rows in found.tables.items()
    }
    return {**found.numbers, **tables}


def table_schema(row: Mapping[str, Any]) -> dg.TableSchema:
    """Columns as the first row has them."""
    return dg.TableSchema(columns=[dg.TableColumn(name=name, type="string") for name in row])


def told(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata without what is not known."""
    return {key: value for key, value in metadata.items() if value is not None}
