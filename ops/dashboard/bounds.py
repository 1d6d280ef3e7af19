"""How much of what files say is shown: so many letters of a text, so many rows of a list; and it is said that there is more.

What is read is bounded where it is read (`hedge_assets.store.look`); this bounds what is made of it, which is escaped, drawn anew at
every change, and sent to every page.
"""

from collections.abc import Sequence
from dataclasses import replace

from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import REASON_LETTERS
from hedge_assets.health.survey import Survey

MOST_LETTERS = REASON_LETTERS
MOST_ROWS = 200
MORE = "…"


def shortened(text: str) -> str:
    """A text of at most `MOST_LETTERS` letters; an ellipsis stands for the rest."""
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + MORE


def bounded(found: Survey) -> Survey:
    """A survey with no more findings than are read by anybody, errors first; the last one counts the rest."""
    return replace(found, findings=few(found.findings)) if len(found.findings) > MOST_ROWS else found


def few(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first of the findings, errors before warnings, and one that says how many more there are."""
    ordered = sorted(findings, key=lambda each: (not each.is_error, -each.reach))
    shown, rest = ordered[: MOST_ROWS - 1], ordered[MOST_ROWS - 1 :]
    said = f"{len(rest)} more hold, of {len({each.condition for each in rest})} kinds"
    return (*shown, Finding("too_many_to_show", "conditions", rest[0].severity, said, "mend what is above first; hedge status shows all"))
