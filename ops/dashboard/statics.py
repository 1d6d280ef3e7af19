"""The files that the page is made of: style, script, icon."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Static:
    """One file that pages are made of, held in memory: no name a visitor gives ever reaches the disk."""

    content: bytes
    media_type: str
    tag: str


def statics(folder: Path = STATIC) -> dict[str, Static]:
    """Every file of the folder, by name."""
    contents = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in TYPES}
    return {
        name: Static(content, TYPES[Path(name).suffix], f'"{hashlib.sha256(content).hexdigest()[:16]}"')
        for name, content in contents.items()
    }


def static_route() -> Route:
    """`/static/NAME`."""
    files = statics()

    async def static(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("no such file\n", 404)
        headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(None, 304, headers)
        return Response(file.content, headers=headers, media_type=file.media_type)

    return Route("/static/{name}", static)
