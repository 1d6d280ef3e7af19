"""A survey on a screen: one table of files, one of what else is wrong, and lines on services, the disk and what to do."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict, seconds_between
from hedge_assets.health.survey import Survey
from hedge_assets.health.telling import SERVICES, disk_text, services

PIPE_WIDTH = 200
COLOURS = {"ok": "green", "empty": "cyan", "stale": "yellow", "missing": "red", "invalid": "red"}
SEVERITIES = {"error": "red", "warn": "yellow"}
RIGHT = ("for", "newest fact", "written", "n")
TABLE_HEAD = 2


def screen() -> Console:
    """Where it is shown: in colour on a terminal unless NO_COLOR asks for none, wide enough for a pipe."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, no_color=bool(os.environ.get("NO_COLOR")) or None)


def board(found: Survey, executor: Mapping[str, Any], root: str, *, lines: int | None = None) -> Group:
    """Everything; with `lines` given and too few of them, the files that are well are only counted."""
    closing = [Text(line) for line in closing_lines(found, executor, root)]
    told = findings_table(found) if found.findings else None
    taken = TABLE_HEAD + len(closing) + (0 if told is None else 1 + TABLE_HEAD + len(found.findings))
    verdicts = list(found.verdicts)
    if lines is not None and taken + len(verdicts) > lines:
        verdicts = [each for each in verdicts if not each.is_healthy or each.late]
    parts: list[Table | Text] = [files_table(verdicts, found.scene.now_us)] if verdicts else []
    parts += [] if told is None else [Text(""), told]
    return Group(*parts, *closing)


def files_table(verdicts: list[Verdict], now_us: int) -> Table:
    """One row per file: state, for how long, ages, and why."""
    table = headed("file", "state", "for", "newest fact", "written", "n", "why")
    for each in verdicts:
        word = Text(f"{each.condition}{' (late)' if each.late else ''}", style="yellow" if each.late else COLOURS[each.condition])
        ages = (lasting(each, now_us), age_text(each.event_age_s), age_text(each.written_age_s))
        table.add_row(Text(each.name), word, *ages, "" if each.n is None else str(each.n), Text(each.reason or ""))
    return table


def findings_table(found: Survey) -> Table:
    """One row per sign of a named condition."""
    table = headed("condition", "subject", "severity", "for", "why")
    for each in found.findings:
        severity = Text(each.severity, style=SEVERITIES[each.severity])
        table.add_row(Text(each.condition), Text(each.subject), severity, lasting(each, found.scene.now_us), Text(each.reason))
    return table


def headed(*headings: str) -> Table:
    """An empty table without borders."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in RIGHT else "left")
    return table


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
