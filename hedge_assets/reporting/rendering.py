"""A day's report as one HTML file: no script, nothing fetched, light and made to be printed. The same report gives the same bytes."""

import dataclasses
import re
from pathlib import Path
from typing import Any

from hedge_assets.document import Document, moment
from hedge_assets.reporting.gathering import DayReport
from hedge_assets.reporting.moments import when
from hedge_assets.reporting.telling import day_blocks, paragraph
from hedge_assets.showing.marks import PALETTE, SHAPES
from hedge_assets.showing.panels import environment, said
from hedge_assets.showing.paper import paper_style, strict_policy
from hedge_assets.showing.said import Block, Panel, Said, Table

TEMPLATES = Path(__file__).parent / "templates"


@dataclasses.dataclass(frozen=True)
class Sheet:
    """One panel of a report. `says` is null where there is no document, and `why` then says the reason; else what of it is not well."""

    panel: Panel
    document: Document | None
    says: Said | None
    why: tuple[str, ...]


def html(report: DayReport) -> str:
    """The report as one file."""
    style = f"{paper_style(TEMPLATES / 'day.css')}\n.pic {{ {PALETTE}{SHAPES} }}{page_margins(report)}"
    return environment(TEMPLATES).get_template("day.html").render(**told(report), style=style, policy=strict_policy(style))


def told(report: DayReport) -> dict[str, Any]:
    """What the template is made from."""
    return {
        "report": report,
        "day": report.wanted.day,
        "as_of": when(report.wanted.as_of_us),
        "command": f"hedge rebuild --as-of {moment(report.wanted.as_of_us):%Y-%m-%dT%H:%M:%S.%fZ} --out proof",
        "paragraph": paragraph(report),
        "blocks": opened(day_blocks(report)),
        "sheets": sheets(report) if report.is_recorded else (),
        "newest": None if report.course.newest_us is None else when(report.course.newest_us),
    }


def sheets(report: DayReport) -> tuple[Sheet, ...]:
    """Every panel that can be made of raw facts, in the page's order."""
    known = {*report.documents, *report.lacking}
    return tuple(sheet(panel, report) for panel in report.wanted.panels if panel.states[0] in known)


def sheet(panel: Panel, report: DayReport) -> Sheet:
    """One panel."""
    says, lacking = said(panel, report.documents), report.lacking
    document = report.documents.get(panel.states[0])
    about = (f"It could not be made: {lacking[panel.states[0]]}.",) if says is None else empty(document)
    others = (f"{name} could not be made, what it adds is not shown: {lacking[name]}." for name in panel.states[1:] if name in lacking)
    return Sheet(panel, document, None if says is None else opened(says), (*about, *others))


def empty(document: Document | None) -> tuple[str, ...]:
    """Why there is nothing to say, where there is nothing."""
    return () if document is None or document.status != "empty" else (document.reason or "Nothing to say, and that is well.",)


def opened(blocks: Said) -> Said:
    """The same with nothing folded away: on paper nobody can unfold."""
    return tuple(open_(block) for block in blocks)


def open_(block: Block) -> Block:
    """One block, open."""
    return dataclasses.replace(block, is_open=True) if isinstance(block, Table) else block


def page_margins(report: DayReport) -> str:
    """What stands in the margin of every printed page."""
    name = f"{report.account or 'no account'}, {report.wanted.day} UTC"
    return (
        f'\n@page {{ @bottom-left {{ content: "{in_style(name)}"; }} @bottom-right {{ content: counter(page) " / " counter(pages); }} }}\n'
    )


def in_style(words: str) -> str:
    """Words as a style sheet may hold them between quotes: whatever is no plain letter by its number."""
    return re.sub(r"[^A-Za-z0-9 ,.-]", lambda found: f"\\{ord(found.group()):06x}", words)
