"""What of a day is not in its report, and why. Pure."""

from collections.abc import Iterator

from hedge_assets.folds.one_day import Silence
from hedge_assets.reporting.gathering import DayReport
from hedge_assets.reporting.moments import clock, counted, lasting, when
from hedge_assets.tables.days import start_us


def holes(report: DayReport) -> tuple[Silence, ...]:
    """Every stretch of the day without a record, the first 200 of those in its middle; what is before the first record of all is none."""
    course, until_us = report.course, report.wanted.as_of_us
    if course.last_beat_us is None:
        return ()
    rest = Silence(max(course.last_beat_us, start_us(report.wanted.day)), until_us)
    return (*course.silences, *((rest,) if until_us - course.last_beat_us > course.silent_us else ()))


def told_of_record(report: DayReport) -> Iterator[str]:
    """How far the record covers the day, and what could not be made of it."""
    course, found = report.course, holes(report)
    if not report.is_over:
        yield f"The day is not over: this is as of {when(report.wanted.as_of_us)}."
    if course.begun_us is not None:
        yield f"The record begins with this day, at {clock(course.begun_us)} UTC."
    if found:
        longest = max(found, key=lambda each: each.lasted_us)
        whole = lasting(sum(each.lasted_us for each in found))
        n = len(found) + course.n_silences - len(course.silences)
        of_which = f"of {counted(n, 'stretch', 'stretches')} of it, {whole} in all"
        where = f"{'' if n == 1 else 'the longest '}from {clock(longest.from_us)} to {clock(longest.to_us)} UTC"
        yield f"There is no record {of_which}: the trading process did not run or stood still, {where}."
    for name, reason in report.lacking.items():
        yield f"{name} could not be made: {reason}."
    if not found and not report.lacking:
        yield "Nothing of what was recorded is missing."
