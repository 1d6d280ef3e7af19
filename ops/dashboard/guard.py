"""Who may ask what of the page: reading only, by a name this machine goes by, and never on behalf of another site."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
METHODS = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
SAFE: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Refuses what may not be asked, in one line of text, and puts the same safe headers on every answer."""

    def __init__(self, app: ASGIApp, names: frozenset[str] = LOOPBACK) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SAFE)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self.refusal(scope["method"], Headers(scope=scope))
        await (refused or self.app)(scope, receive, safely)

    def refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        """Why a request is not answered; null when it is."""
        if method not in METHODS:
            return PlainTextResponse(
                f"{method[:20]} is not answered, only {' and '.join(METHODS)} are\n", 405, {"Allow": ", ".join(METHODS)}
            )
        host = headers.get("host", "")
        if named(f"//{host}") not in self.names:
            return PlainTextResponse("this host name is not served; reach the page by 127.0.0.1, or allow a name with --name\n", 400)
        origin = headers.get("origin")
        if origin is not None and named(origin) not in self.names:
            return PlainTextResponse("another site may not read this page\n", 403)
        return None


def named(address: str) -> str | None:
    """The host name of an address, in small letters; null when it has none."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
