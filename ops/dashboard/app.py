"""The page's addresses: `/`, `/events`, `/series`, `/picture`, `/health.json`, `/healthz` and `/static`; all of them only read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict

import msgspec
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from hedge_assets.health.survey import Survey
from hedge_assets.settings import WHOLE
from ops.dashboard.charts import chart_routes
from ops.dashboard.door import Door
from ops.dashboard.guard import LOOPBACK, Guard
from ops.dashboard.looks import Looks
from ops.dashboard.overview import Overview
from ops.dashboard.overview import page as desk_page
from ops.dashboard.parts import page
from ops.dashboard.statics import static_route
from ops.dashboard.stream import Stream

Answer = Callable[[Request], Awaitable[Response]]


def application(looks: Looks, *, names: frozenset[str] = LOOPBACK, door: Door | None = None) -> Guard:
    """The page over one place, answering to the names given, and to whom the door lets in."""
    return guarded(account_page(looks), names, door)


def guarded(served: Starlette, names: frozenset[str], door: Door | None) -> Guard:
    """What is served, packed, to whom it may be."""
    return Guard(GZipMiddleware(served, minimum_size=1_000), names, door)


def desk_application(
    overview: Overview, accounts: Mapping[str, Looks], *, names: frozenset[str] = LOOPBACK, door: Door | None = None
) -> Guard:
    """The pages of a desk with several accounts: all of them at `/`, each at `/accounts/NAME/`."""
    stream = Stream(overview, every_s=overview.whole.health.look_every_s)

    async def first_paint(_: Request) -> Response:
        return HTMLResponse(desk_page(await overview.newest()))

    async def health(_: Request) -> Response:
        seen = (await overview.newest()).view
        told = {line.account: {"level": line.headline.level, "sentence": line.headline.sentence} for line in seen.lines}
        told[WHOLE] = {"level": seen.headline.level, "sentence": seen.headline.sentence}
        is_well = all(each["level"] in ("ok", "warn") for each in told.values())
        return Response(msgspec.json.encode({"healthy": is_well, "accounts": told}), 200 if is_well else 503, media_type="application/json")

    mounts = [Mount(f"/accounts/{name}", app=account_page(looks)) for name, looks in accounts.items()]
    routes = [Route("/", first_paint), Route("/events", events_of(stream)), Route("/health.json", health), Route("/healthz", alive)]
    served = Starlette(routes=[*routes, *mounts, static_route()])
    served.router.redirect_slashes = False
    return guarded(served, names, door)


def events_of(stream: Stream) -> Answer:
    """What a page listens to."""

    async def events(request: Request) -> Response:
        if stream.is_full:
            return PlainTextResponse(f"{len(stream.pages)} pages listen already; close one\n", 503)
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return StreamingResponse(stream.messages(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return events


async def alive(_: Request) -> Response:
    """That the server answers."""
    return PlainTextResponse("ok\n")


def account_page(looks: Looks) -> Starlette:
    """Everything that is served of one account."""
    stream = Stream(looks, every_s=looks.place.health.look_every_s)

    async def first_paint(_: Request) -> Response:
        look = await looks.newest()
        return HTMLResponse(page(look.view, look.parts))

    async def health(_: Request) -> Response:
        found = (await looks.newest()).found
        return Response(msgspec.json.encode(plain(found)), 200 if found.is_healthy else 503, media_type="application/json")

    routes = (
        ("/", first_paint),
        ("/events", events_of(stream)),
        ("/health.json", health),
        ("/healthz", alive),
    )
    served = Starlette(routes=[*(Route(path, answer) for path, answer in routes), *chart_routes(looks), static_route()])
    served.router.redirect_slashes = False  # an address is one of these, or none
    return served


def plain(found: Survey) -> dict[str, object]:
    """A survey for programs: are all well, every file's verdict, every condition that holds. Times are microseconds UTC."""
    beat = found.heartbeat
    return {
        "healthy": found.is_healthy,
        "at_us": found.scene.now_us,
        "replayed": found.feed_end_us is not None,
        "executor": {
            "running": found.scene.executor_is_held,
            "loop": None if beat is None else beat.loop,
            "looped_us": None if beat is None else beat.ts_us,
        },
        "files": [asdict(each) for each in found.verdicts],
        "conditions": [asdict(each) for each in found.findings],
    }
