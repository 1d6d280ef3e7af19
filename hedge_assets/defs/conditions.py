"""Named conditions as checks of the asset `health`: one check a condition, red or amber while it shows any sign."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from hedge_assets.defs.names import Names
from hedge_assets.defs.reports import told
from hedge_assets.defs.resources import Desk
from hedge_assets.health.condition import Condition, Finding
from hedge_assets.health.survey import survey

HEALTH = "health"
ROWS = 30


def condition_checks(desk: Desk) -> dg.AssetChecksDefinition:
    """Every condition's check. The sensor tells them, each refresh of health does, and they can be asked for by hand."""
    asset = desk.names.key(HEALTH)

    @dg.multi_asset_check(
        name=desk.names.word("conditions"),
        can_subset=True,
        specs=[dg.AssetCheckSpec(each.name, asset=asset, description=" ".join(each.meaning.split())) for each in desk.conditions],
    )
    def _conditions(context: dg.AssetCheckExecutionContext) -> Iterable[dg.AssetCheckResult]:
        wanted = {key.name for key in context.selected_asset_check_keys}
        found = by_condition(desk.conditions, survey(desk.place, desk.rows, desk.clock.now_us(), conditions=desk.conditions).findings)
        for name, signs in found.items():
            if name in wanted:
                yield result(name, signs, desk.names)

    return _conditions


def by_condition(conditions: Sequence[Condition], findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The signs of each condition, errors first; an empty list where there are none."""
    found: dict[str, list[Finding]] = {each.name: [] for each in conditions}
    for finding in sorted(findings, key=lambda each: not each.is_error):
        found.setdefault(finding.condition, []).append(finding)
    return found


def result(name: str, signs: Sequence[Finding], names: Names) -> dg.AssetCheckResult:
    """All signs of one condition, none as well, as its check's result in a run."""
    return dg.AssetCheckResult(
        asset_key=names.key(HEALTH), check_name=name, passed=not signs, severity=severity(signs), metadata=metadata(signs)
    )


def evaluation(name: str, signs: Sequence[Finding], names: Names) -> dg.AssetCheckEvaluation:
    """All signs of one condition, none as well, as its check's result."""
    return dg.AssetCheckEvaluation(
        asset_key=names.key(HEALTH), check_name=name, passed=not signs, severity=severity(signs), metadata=metadata(signs)
    )


def severity(signs: Iterable[Finding]) -> dg.AssetCheckSeverity:
    """The worst sign's."""
    return dg.AssetCheckSeverity.ERROR if any(each.is_error for each in signs) else dg.AssetCheckSeverity.WARN


def metadata(signs: Sequence[Finding]) -> Mapping[str, Any]:
    """The first sign in words, and a row for each."""
    if not signs:
        return {}
    rows = [
        dg.TableRecord({"subject": each.subject, "severity": each.severity, "reason": each.reason, "to_do": each.cure})
        for each in signs[:ROWS]
    ]
    first = signs[0]
    return told({"reason": f"{first.subject}: {first.reason}", "to_do": first.cure, "signs": dg.MetadataValue.table(rows)})


def state_of(signs: Sequence[Finding]) -> str:
    """What makes a condition another than before: with what it is, and how bad. Figures in the words do not."""
    return " ".join(sorted({f"{each.severity} {each.subject}" for each in signs}))
