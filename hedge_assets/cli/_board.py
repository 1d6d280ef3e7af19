"""A survey on a screen: one table of files, one of what else is wrong, and lines on services, the disk and what to do.

The tables are written here: a library for them takes a sixth of the time that `hedge status` may take.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict, seconds_between
from hedge_assets.health.survey import Survey
from hedge_assets.health.telling import SERVICES, disk_text, services

COLOURS = {"ok": "green", "empty": "cyan", "stale": "yellow", "missing": "red", "invalid": "red"}
SEVERITIES = {"error": "red", "warn": "yellow"}
FILES = ("file", "state", "for", "newest fact", "written", "n", "why")
FINDINGS = ("condition", "subject", "severity", "for", "why")
RIGHT = ("for", "newest fact", "written", "n")
TABLE_HEAD = 1
LEAST_WHY = 30
Row = tuple[Sequence[str], int, str]
"""A row's cells, which of them is coloured, and how."""


@dataclass(frozen=True)
class Screen:
    """Where it is shown: so many characters wide, null where lines may be as long as they are; in colour or not."""

    width: int | None = None
    has_colour: bool = False


def screen() -> Screen:
    """The terminal, in colour unless NO_COLOR asks for none; a pipe has neither colour nor an end of the line."""
    if not sys.stdout.isatty():
        return Screen()
    return Screen(shutil.get_terminal_size().columns, not os.environ.get("NO_COLOR"))


def board(found: Survey, executor: Mapping[str, Any], root: str, *, on: Screen, lines: int | None = None) -> list[str]:
    """Everything, line by line; with `lines` given and too few of them, the files that are well are only counted."""
    closing = [printable(line) for line in closing_lines(found, executor, root)]
    now_us = found.scene.now_us
    findings = ["", *table(FINDINGS, [finding_row(each, now_us) for each in found.findings], on)] if found.findings else []
    verdicts = list(found.verdicts)
    if lines is not None and TABLE_HEAD + len(verdicts) + len(findings) + len(closing) > lines:
        verdicts = [each for each in verdicts if not each.is_healthy or each.late]
    files = table(FILES, [file_row(each, now_us) for each in verdicts], on) if verdicts else []
    return [*files, *findings, *closing]


def file_row(each: Verdict, now_us: int) -> Row:
    """One file: state, for how long, ages, and why."""
    word = f"{each.condition}{' (late)' if each.late else ''}"
    ages = (lasting(each, now_us), age_text(each.event_age_s), age_text(each.written_age_s))
    cells = (each.name, word, *ages, "" if each.n is None else str(each.n), each.reason or "")
    return cells, 1, "yellow" if each.late else COLOURS[each.condition]


def finding_row(each: Finding, now_us: int) -> Row:
    """One sign of a named condition."""
    return (each.condition, each.subject, each.severity, lasting(each, now_us), each.reason), 2, SEVERITIES[each.severity]


def table(headings: Sequence[str], rows: Sequence[Row], on: Screen) -> Iterator[str]:
    """Columns as wide as they must be, without borders; the last one goes on below itself where the screen ends."""
    shown = [([printable(cell) for cell in cells], place, colour) for cells, place, colour in rows]
    widths = [max(len(text) for text in column) for column in zip(headings, *(cells for cells, _, _ in shown), strict=True)][:-1]
    indent = sum(widths) + len(widths)
    room = None if on.width is None else max(on.width - indent, LEAST_WHY)
    for cells, place, colour in ((headings, None, None), *shown):
        whys = [cells[-1]] if room is None else textwrap.wrap(cells[-1], room) or [""]
        padded = [
            text.rjust(width) if name in RIGHT else text.ljust(width) for name, text, width in zip(headings, cells, widths, strict=False)
        ]
        if on.has_colour and place is not None:
            padded[place] = click.style(padded[place], fg=colour)
        yield " ".join([*padded, whys[0]]).rstrip()
        yield from (" " * indent + why for why in whys[1:])


def printable(text: str) -> str:
    """A text of somewhere else as one line that cannot command a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def lasting(each: Verdict | Finding, now_us: int) -> str:
    """For how long it is so, as far as is known; what is seen first at this look has no age yet."""
    return "-" if each.since_us is None or each.since_us >= now_us else age_text(seconds_between(each.since_us, now_us))


def closing_lines(found: Survey, executor: Mapping[str, Any], root: str) -> list[str]:
    """The services' lives, the disk, what to do, and the sum."""
    ill = [verdict for verdict in found.verdicts if not verdict.is_healthy]
    cures = [f"  {each.name}: {each.cure}" for each in ill if each.cure]
    cures += [f"  {each.condition} ({each.subject}): {each.cure}" for each in found.findings]
    end_us = found.feed_end_us
    replayed = [] if end_us is None else [f"replayed data: ages of facts are up to the feed's end, {moment(end_us):%Y-%m-%d %H:%M:%S} UTC"]
    sums = f"{len(found.verdicts) - len(ill)} of {len(found.verdicts)} files are well under {root}"
    said = {each.service: each.said for each in services(found.scene)}
    lives = [f"{SERVICES[name]}: {words}" for name, words in said.items() if name != "executor"]
    disk = f"disk: {disk_text(found.scene.disk)}"
    return ["", executor_line(executor, said["executor"]), *lives, disk, *replayed, *(["to do:", *cures] if cures else []), sums]


def executor_line(executor: Mapping[str, Any], beat: str) -> str:
    """The executor's life by its lock, its journal and its pulse."""
    age_s = executor["heartbeat_age_s"]
    loop = "no heartbeat yet" if age_s is None else f"last loop {age_text(age_s)} ago (loop {executor['loop']})"
    alive = f"running (pid {executor['pid']})" if executor["running"] else "not running"
    halted = f", halted: {executor['halted']}" if executor["halted"] else ""
    return f"executor: {alive}, {loop}, {beat}{halted}"
