"""The page's parts by their ids, for a first paint and for pushes: every part is one template."""

from collections.abc import Mapping

from ops.dashboard.drawing import drawn
from ops.dashboard.view import View


def parts(view: View) -> dict[str, str]:
    """Every part of the page that changes, by its id in the page."""
    plain = {name: drawn(f"{name}.html", view=view) for name in ("headline", "tour", "days", "services", "storage")}
    files = {group.key: drawn("files.html", group=group) for group in (view.attention, *view.groups)}
    told = {name: drawn(f"{name}.html", view=view) for name in ("conditions", "incidents")}
    heads = {
        f"head-{board.panel.key}": drawn("head.html", board=board, dagster=view.dagster, account=view.account) for board in view.boards
    }
    bodies = {f"body-{board.panel.key}": board.body for board in view.boards}
    return {**plain, **files, **told, **heads, **bodies}


def page(view: View, drawn_parts: Mapping[str, str]) -> str:
    """The whole page for a first paint."""
    return drawn("page.html", view=view, parts=drawn_parts)
