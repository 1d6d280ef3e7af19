"""What went wrong on a day: what the watch wrote down, and what the trading process itself journaled. Pure."""

from collections.abc import Iterator

from executor.records.orders import Halt
from hedge_assets.document import moment
from hedge_assets.health.incidents import Incident
from hedge_assets.reporting.gathering import DayReport
from hedge_assets.reporting.moments import counted, lasting
from hedge_assets.showing.amounts import at, text
from hedge_assets.showing.said import Cell, Table

SHOWN = 60
UNWATCHED_US = 60_000_000
"""A restart of the watch takes seconds; what is longer is told."""


def told_of_trouble(report: DayReport) -> Iterator[str]:
    """What went wrong, in sentences."""
    found, course = report.incidents, report.course
    if found is None:
        yield "This market went by its own time and not by the clock on the wall: what the watch wrote down meanwhile is of other days."
    elif not found:
        yield "The watch wrote down no incident."
    else:
        serious = sum(each.severity == "error" for each in found)
        still = sum(each.is_open for each in found)
        ended = "none was open any more at the end" if not still else f"{counted(still, 'was', 'were')} still open at the end"
        yield f"The watch wrote down {counted(len(found), 'incident', 'incidents')}, {serious:,} of them serious; {ended}."
    if report.unwatched_us is not None and report.unwatched_us > UNWATCHED_US:
        yield f"For {lasting(report.unwatched_us)} of the day nobody watched: what went wrong then is not all told."
    stops = [each for each in course.halts if isinstance(each, Halt)]
    if stops:
        rules = ", ".join(dict.fromkeys(each.rule for each in stops))
        yield f"New risk was stopped {times(len(stops))} ({rules})."
    if course.n_unknown:
        yield f"The fate of {counted(course.n_unknown, 'order', 'orders')} was not clear at once."
    if course.n_gaps:
        yield f"The market was silent {times(course.n_gaps)}."
    if course.n_faults:
        yield f"The trading process survived {counted(course.n_faults, 'fault', 'faults')}."


def times(n: int) -> str:
    """How often, in words."""
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def incidents(report: DayReport) -> Iterator[Table]:
    """Every incident of the day."""
    if report.incidents is not None:
        yield Table(
            "What went wrong",
            ("what", "with", "how bad", "from", "to", "lasted#", "why", "ended by"),
            tuple(incident(each, report.wanted.as_of_us) for each in report.incidents[:SHOWN]),
            "The watch wrote down no incident.",
            max(0, len(report.incidents) - SHOWN),
        )


def incident(each: Incident, until_us: int) -> tuple[Cell, ...]:
    """One incident as it was known then."""
    return (
        text(each.cause.replace("_", " ")),
        text(each.subject),
        text(each.severity, "bad" if each.severity == "error" else "warn"),
        at(moment(each.opened_us)),
        text("still open", "warn") if each.closed_us is None else at(moment(each.closed_us)),
        Cell(lasting((until_us if each.closed_us is None else each.closed_us) - each.opened_us), is_number=True),
        text(each.reason),
        text(each.healed_by),
    )


def halts(report: DayReport) -> Iterator[Table]:
    """When new risk was stopped and let go, if it was."""
    if report.course.halts:
        yield Table(
            "When new risk was stopped, and when it was let go",
            ("at", "", "by", "why"),
            tuple(
                (at(moment(each.ts_us)), text("stopped" if isinstance(each, Halt) else "let go"), text(each.rule), text(each.detail))
                for each in report.course.halts[:SHOWN]
            ),
            "",
            max(0, len(report.course.halts) - SHOWN),
        )
