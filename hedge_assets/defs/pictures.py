"""What panels say of fresh documents, small enough for Dagster to keep with every refresh: a row of figures and a drawing, as Markdown.

Each is below 1,000 letters, which Dagster shows where it stands. A panel that trips over its document says so in a line; the state is
written all the same.
"""

from collections.abc import Mapping, Sequence

from hedge_assets.document import Document
from hedge_assets.health.judge import one_line
from hedge_assets.refreshing.building import BUILD_FAULTS
from hedge_assets.showing.said import Panel
from hedge_assets.showing.small import inline, sketch_of, small_figures

Pictures = Mapping[str, str]
"""Markdown by the key it is shown under."""


def pictured(panels: Sequence[Panel], documents: Mapping[str, Document]) -> dict[str, Pictures]:
    """By state, what the panel that is about it shows; states that are not at hand, and those without a panel, are not in it."""
    return {panel.states[0]: pictures_of(panel, documents) for panel in panels if panel.states[0] in documents}


def pictures_of(panel: Panel, documents: Mapping[str, Document]) -> Pictures:
    """One panel's figures and drawing, without what is empty; the fault where it has one."""
    try:
        blocks = panel.say({name: documents[name] for name in panel.states if name in documents})
        sketch = sketch_of(panel, documents, blocks)
        found = {"picture": inline(sketch) if sketch is not None else "", "figures": small_figures(blocks)}
    except BUILD_FAULTS as error:
        return {"picture": f"not drawn: {one_line(f'{type(error).__name__}: {error}')}"}
    return {key: markdown for key, markdown in found.items() if markdown}
