"""What people are told, in words: a title of one line, then why and what to do, worst first, and how many more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from hedge_assets.health.incidents import FILE_CAUSES, Incident
from hedge_assets.health.judge import one_line, seconds_between

What = Literal["opened", "worse", "still", "was", "over"]
Tone = Literal["error", "warn", "over"]

WHATS: tuple[What, ...] = ("opened", "worse", "still", "was", "over")
SHOWN = 3
NAMED_LETTERS = 300
TITLE_LETTERS = 200
MARKUP = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'", "*": "∗", "[": "(", "]": ")"})
"""Letters that some service would take for a tag, a mention, a link or emphasis."""

RUNBOOK = "docs/runbook.md"
"""Every cause has an entry there, under its own name."""

WORDS = {"error": "ERROR", "warn": "WARNING"}
BEFORE: dict[What, str] = {"opened": "", "worse": "NOW ", "still": "STILL ", "was": "WAS ", "over": "OVER: "}


@dataclass(frozen=True)
class Line:
    """One thing to be said of one incident: it opened, became worse, is still open, came and went untold, or is over."""

    what: What
    incident: Incident


@dataclass(frozen=True)
class Message:
    """What is sent. `tone` is the worst in it: over when everything in it is."""

    title: str
    body: str
    tone: Tone


@dataclass(frozen=True)
class Heading:
    """Who speaks: the desk's account, the machine, and where more is to be seen; null when unknown."""

    host: str
    account: str | None = None
    page: str | None = None


def compose(lines: Sequence[Line], heading: Heading, *, remarks: Sequence[str] = ()) -> Message:
    """One message of everything; `lines` is not empty."""
    ordered = sorted(lines, key=urgency)
    shown = ordered if len(ordered) <= SHOWN + 1 else ordered[:SHOWN]
    rest = ordered[len(shown) :]
    parts = [said(line) for line in shown]
    if rest:
        names = ", ".join(f"{BEFORE[line.what].lower()}{named(line.incident)}" for line in rest)
        parts.append(f"and {len(rest)} more: {names if len(names) <= NAMED_LETTERS else names[:NAMED_LETTERS].rpartition(',')[0] + ', …'}")
    signature = f"account {plain(heading.account)} on {plain(heading.host)}" if heading.account else f"on {plain(heading.host)}"
    parts += [*remarks, f"-- hedge, {signature}" + (f", {heading.page}" if heading.page else "")]
    return Message(title(ordered), "\n".join(parts), tone(ordered))


def urgency(line: Line) -> tuple[int, bool, int, int, int, str]:
    """The order in which things are said: news first, errors before warnings, what makes others ill first, and files last."""
    incident = line.incident
    return (
        WHATS.index(line.what),
        incident.severity != "error",
        -incident.reach,
        1 + FILE_CAUSES.index(incident.cause) if incident.cause in FILE_CAUSES else 0,
        incident.opened_us,
        incident.subject,
    )


def title(ordered: Sequence[Line]) -> str:
    """Severity, what, since when, and how many more, on one line."""
    first, more = ordered[0], len(ordered) - 1
    incident = first.incident
    when = f"after {lasted(incident)}" if first.what in ("was", "over") else f"since {time_text(incident.opened_us)}"
    text = f"{BEFORE[first.what]}{WORDS[incident.severity]} {named(incident)} {when}"
    return text[:TITLE_LETTERS] + (f", and {more} more" if more else "")


def tone(ordered: Sequence[Line]) -> Tone:
    """The worst of what is open."""
    open_ones = [line.incident.severity for line in ordered if line.what not in ("was", "over")]
    return "over" if not open_ones else "error" if "error" in open_ones else "warn"


def said(line: Line) -> str:
    """One incident in a line or two."""
    incident = line.incident
    if line.what in ("was", "over"):
        healed = plain(incident.healed_by or "by itself")
        return f"{line.what}: {named(incident)} for {lasted(incident)}: {plain(incident.reason)}; healed: {healed}"
    before = {"worse": "now an error: ", "still": f"still open since {time_text(incident.opened_us)}: "}.get(line.what, "")
    cure = f"\n  to do: {plain(incident.cure)}" if incident.cure else ""
    return f"{before}{named(incident)}: {plain(incident.reason)}{cure}\n  more: {RUNBOOK}#{plain(incident.cause)}"


def named(incident: Incident) -> str:
    """A file with its state, or a condition with what it is about."""
    cause, subject = plain(incident.cause), plain(incident.subject)
    return f"{subject} {cause}" if incident.cause in FILE_CAUSES else f"{cause} ({subject})"


def lasted(incident: Incident) -> str:
    """How long it was open."""
    closed_us = incident.closed_us
    return "an unknown time" if closed_us is None else age_text(max(0.0, seconds_between(incident.opened_us, closed_us)))


def time_text(us: int) -> str:
    """A moment, to the second."""
    return f"{moment(us):%Y-%m-%d %H:%M:%S} UTC"


def plain(text: str) -> str:
    """Words from files as one line that no terminal and no chat service takes for anything but words."""
    return one_line(text).translate(MARKUP)
