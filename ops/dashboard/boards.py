"""Every panel as the page shows it: what it says of the newest sound documents, and above it whether that may be believed.

A body is drawn when a document of it changed, a head when its file's state did: so a look at an unchanged desk draws nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from hedge_assets.document import Document
from hedge_assets.health.judge import Verdict
from hedge_assets.health.manifest import Row
from hedge_assets.health.parsing import Unsound, parse
from hedge_assets.health.survey import Survey
from hedge_assets.showing.panels import charts, said
from hedge_assets.showing.said import Chart, Panel, Said
from ops.dashboard.drawing import drawn


@dataclass(frozen=True)
class Board:
    """One panel: the verdict on the file that it is about, those on the others that it reads and that are not healthy, and its body.

    `says` is null where there is no document; `is_old` is true where what it says was true once.
    """

    panel: Panel
    verdict: Verdict
    lacking: tuple[Verdict, ...]
    says: Said | None
    body: Markup

    @property
    def word(self) -> str:
        """The state in a word; late is between ok and stale."""
        return "late" if self.verdict.late and self.verdict.is_healthy else self.verdict.condition

    @property
    def is_old(self) -> bool:
        """Whether its numbers are past their deadline."""
        return self.verdict.condition == "stale"


@dataclass(frozen=True)
class Drawn:
    """What was drawn of which documents."""

    documents: Mapping[str, Document]
    says: Said | None
    body: Markup

    def is_of(self, documents: Mapping[str, Document]) -> bool:
        """Whether it was drawn of these very documents."""
        return self.documents.keys() == documents.keys() and all(self.documents[name] is document for name, document in documents.items())


@dataclass
class Boards:
    """All panels over the manifest's files; remembers what it drew."""

    panels: Sequence[Panel]
    rows: Sequence[Row]
    drawn: dict[str, Drawn] = field(default_factory=dict)

    def of(self, found: Survey) -> tuple[Board, ...]:
        """Every panel on one survey; a panel whose states this project does not have is left out."""
        documents = documents_of(self.rows, found)
        verdicts = {each.name: each for each in found.verdicts}
        return tuple(self.board(panel, documents, verdicts) for panel in self.panels if panel.states[0] in verdicts)

    def board(self, panel: Panel, documents: Mapping[str, Document], verdicts: Mapping[str, Verdict]) -> Board:
        """One panel."""
        read = {name: documents[name] for name in panel.states if name in documents}
        known = self.drawn.get(panel.key)
        if known is None or not known.is_of(read):
            says = said(panel, read)
            known = self.drawn[panel.key] = Drawn(read, says, drawn("body.html", key=panel.key, blocks=says))
        lacking = tuple(verdicts[name] for name in panel.states[1:] if name in verdicts and not verdicts[name].is_healthy)
        return Board(panel, verdicts[panel.states[0]], lacking, known.says, known.body)


def documents_of(rows: Sequence[Row], found: Survey) -> dict[str, Document]:
    """Every document that can be read, whatever its age: whether it may be believed is said above it."""
    documents = {}
    for row in rows:
        facts = found.files.get(row.name)
        if row.shape is None or facts is None or facts.content is None:
            continue
        try:
            documents[row.name] = parse(facts.content, row.shape).document
        except Unsound:
            continue
    return documents


def charts_of(boards: Sequence[Board]) -> dict[str, Chart]:
    """Every chart that is on the page now."""
    return charts({board.panel.key: board.says for board in boards})
