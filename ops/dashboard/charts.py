"""The charts of the newest look: as values for the page's script, and as drawings for a browser without one."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hedge_assets.showing.marks import curves, standalone
from ops.dashboard.looks import Looks

NONE = "no such chart now\n"


def chart_routes(looks: Looks) -> tuple[Route, ...]:
    """`/series/KEY.json` and `/picture/KEY.svg`."""

    async def series(request: Request) -> Response:
        chart = (await looks.newest()).charts.get(request.path_params["key"])
        if chart is None:  # its file went while a page was about to ask: nothing to draw, and no fault
            return Response(status_code=204)
        return Response(chart.content, media_type="application/json")

    async def picture(request: Request) -> Response:
        chart = (await looks.newest()).charts.get(request.path_params["key"])
        if chart is None or chart.curves.is_empty:
            return PlainTextResponse(NONE, 404)
        return Response(standalone(curves(chart.curves, chart.caption)), media_type="image/svg+xml")

    return (Route("/series/{key}.json", series), Route("/picture/{key}.svg", picture))
