"""Who may ask what of Dagster's pages: by a name this machine goes by, never on behalf of another site, questions as JSON by POST only."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.dashboard.door import Door
from ops.dashboard.guard import LOOPBACK, asked_for, is_for_another, is_own, refusal

QUESTIONS = "/graphql"
READING = ("GET", "HEAD")
JSON = re.compile(r"application/json(?:\s*;\s*charset=utf-8)?", re.IGNORECASE)
MOST_BODY_BYTES = 1024 * 1024
MOST_ADDRESS_BYTES = 8 * 1024
CALLED = re.compile(rb"op=[A-Za-z0-9_]{1,100}")
"""What the pages write behind their questions' address: a name for whoever reads a log, which Dagster does not look at."""

CLOSED = re.compile(r"/(?:report_asset_|notebook|dagit|download_debug)")
"""What nobody needs here: events of others written into the record, files of the code's machine, runs as archives."""

SAFE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OVER = {"Connection": "close"}
REFUSED_SOCKET = 1008


class Guard:
    """Refuses what may not be asked, in one line of text; everything else goes to Dagster's application as it came."""

    def __init__(self, app: ASGIApp, names: frozenset[str] = LOOPBACK, door: Door | None = None) -> None:
        self.app = app
        self.names = names
        self.door = door or Door()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take in one socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self.refusal(scope, Headers(scope=scope))
        if scope["type"] == "websocket":
            await (refuse_socket(receive, send) if refused is not None else self.app(scope, receive, send))
            return
        safely = with_safe_headers(send)
        if refused is not None:
            await refused(scope, receive, safely)
            return
        body = await whole(receive) if scope["path"] == QUESTIONS else b""
        if body is None:
            await too_large()(scope, receive, safely)
            return
        await self.app(scope, replayed(body, receive) if scope["path"] == QUESTIONS else receive, safely)

    def refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why a request is not answered; null when it is."""
        return self.foreign(scope, headers) or unwanted(scope, headers) or self.stranger(scope, headers)

    def foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """A request by a name that is not served, or on behalf of another site."""
        host = asked_for(headers)
        if host is None or host["name"].lower().strip("[]") not in self.names:
            return refusal("this host name is not served; reach Dagster by 127.0.0.1, or allow a name with --name", 400)
        if any(not is_own(origin, host) for origin in headers.getlist("origin")) or is_for_another(scope, headers):
            return refusal("another site may not ask Dagster", 403)
        return None

    def stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Who does not show the token, where there is one."""
        shown = self.door.shown(scope, headers)
        host = asked_for(headers)
        is_far = host is not None and host["name"].lower().strip("[]") not in LOOPBACK
        return self.door.answer(shown, (scope.get("client") or ("",))[0], is_far=is_far)


def unwanted(scope: Scope, headers: Headers) -> Response | None:
    """A request that is none of those that Dagster's pages make."""
    if not scope["raw_path"].startswith(b"/") or len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
        return refusal(f"the address must begin with / and have at most {MOST_ADDRESS_BYTES} bytes", 400, OVER)
    if CLOSED.match(scope["path"]):
        return refusal("this address is closed here", 404)
    if scope["type"] == "websocket":
        return None if scope["path"] == QUESTIONS else refusal("no socket is here", 404)
    if scope["path"] == QUESTIONS:
        return unasked(scope, headers)
    if scope["method"] not in READING:
        return refusal(f"{scope['method'][:20]} is not answered here", 405, {"Allow": ", ".join(READING), **OVER})
    return None


def unasked(scope: Scope, headers: Headers) -> Response | None:
    """A question in another form than a page's own: by GET a link could ask it, as text or form another site's page could."""
    if scope["method"] != "POST":
        return refusal("questions are asked by POST only", 405, {"Allow": "POST", **OVER})
    kinds = headers.getlist("content-type")
    if len(kinds) != 1 or not JSON.fullmatch(kinds[0].strip()):
        return refusal("a question is application/json and nothing else", 415, OVER)
    if scope["query_string"] and not CALLED.fullmatch(scope["query_string"]):
        return refusal("a question stands in the body; its address says what it is called, and nothing else", 400, OVER)
    length = headers.get("content-length", "0")
    return too_large() if not length.isdecimal() or int(length) > MOST_BODY_BYTES else None


def too_large() -> Response:
    """What is said to a question that is too long."""
    return refusal(f"a question has at most {MOST_BODY_BYTES} bytes", 413, OVER)


async def whole(receive: Receive) -> bytes | None:
    """The body of a question, once all of it is here; null for one that goes on beyond its limit, announced or not."""
    pieces, taken = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""  # who asked is gone
        pieces.append(message.get("body", b""))
        taken += len(pieces[-1])
        if taken > MOST_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)


def replayed(body: bytes, receive: Receive) -> Receive:
    """The same body in one piece, and then whatever comes."""
    left = [{"type": "http.request", "body": body}]

    async def next_one() -> Message:
        return left.pop() if left else await receive()

    return next_one


def with_safe_headers(send: Send) -> Send:
    """The same answers, with headers that keep browsers from guessing and framing."""

    async def safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SAFE)
        await send(message)

    return safely


async def refuse_socket(receive: Receive, send: Send) -> None:
    """Close a socket before it was taken in: the other end sees 403."""
    await receive()
    await send({"type": "websocket.close", "code": REFUSED_SOCKET})
