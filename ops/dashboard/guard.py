"""Who may ask what of the page: reading only, by a name this machine goes by, and never on behalf of another site."""

import math
import re
from collections.abc import Collection, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from executor.errors import SettingsError
from ops.dashboard.door import Door
from ops.dashboard.pace import Pace

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
METHODS = ("GET", "HEAD")
OPEN = "/healthz"
STREAM = "/events"
"""The one address that nobody goes to: a page listens at it."""

MOST_ADDRESS_BYTES = 2048
MOST_HEAD_BYTES = 16 * 1024
MOST_HEADERS = 64
PER_S, BURST = 20, 200
HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
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
AGAIN = {"Refresh": "0; url=/"}
"""A browser that came by a link of another site shows no cookie of ours; sent on to the same page from here, it does."""


class Guard:
    """Refuses what may not be asked, in one line of text, and puts the same safe headers on every answer."""

    def __init__(self, app: ASGIApp, names: frozenset[str] = LOOPBACK, door: Door | None = None, pace: Pace | None = None) -> None:
        self.app = app
        self.names = names
        self.door = door or Door()
        self.pace = pace or Pace(PER_S, BURST)

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

        refused = self.refusal(scope, Headers(scope=scope))
        await (refused or self.app)(scope, receive, safely)

    def refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why a request is not answered, or what is said to who signs in; null when it is answered."""
        misshapen = unwieldy(scope, headers) or unreadable(scope, headers) or self.foreign(scope, headers)
        return misshapen if misshapen is not None or scope["path"] == OPEN else self.stranger(scope, headers)

    def foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """A request by a name that is not served, or on behalf of another site."""
        host = asked_for(headers)
        if host is None or host["name"].lower().strip("[]") not in self.names:
            return refusal("this host name is not served; reach the page by 127.0.0.1, or allow a name with --name", 400)
        if any(not is_own(origin, host) for origin in headers.getlist("origin")) or is_for_another(scope, headers):
            return refusal("another site may not read this page", 403)
        return None

    def stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """A request of somebody who asks too often, or did not show the token. Who did is counted apart from everybody else."""
        shown = self.door.shown(scope, headers)
        client = (scope.get("client") or ("",))[0]
        wait_s = math.ceil(self.pace.wait_s(client if shown.name is None else f"in {shown.name}"))
        if wait_s:
            said = f"too many requests, {self.pace.per_s:g} a second are answered; wait {wait_s} s"
            return refusal(said, 429, {"Retry-After": str(wait_s)})
        host = asked_for(headers)
        answer = self.door.answer(shown, client, is_far=host is not None and host["name"].lower().strip("[]") not in LOOPBACK)
        if answer is not None and answer.status_code == 401 and scope["path"] == "/" and headers.get("sec-fetch-site") == "cross-site":
            answer.headers.update(AGAIN)
        return answer


def refusal(said: str, status: int, headers: Mapping[str, str] | None = None) -> PlainTextResponse:
    """One line of text."""
    return PlainTextResponse(f"{said}\n", status, headers)


def unwieldy(scope: Scope, headers: Headers) -> Response | None:
    """A request that is larger than any of ours, or brings something along. Its line is ended, so that nothing of it is read as another."""
    over = {"Connection": "close"}
    if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
        return refusal(f"the address is longer than {MOST_ADDRESS_BYTES} bytes", 414, over)
    size = sum(len(name) + len(value) for name, value in headers.raw)
    if size > MOST_HEAD_BYTES or len(headers.raw) > MOST_HEADERS:
        return refusal(f"the headers are more than {MOST_HEADERS}, or longer than {MOST_HEAD_BYTES} bytes", 431, over)
    if scope["method"] not in METHODS:
        said = f"{scope['method'][:20]} is not answered, only {' and '.join(METHODS)} are"
        return refusal(said, 405, {"Allow": ", ".join(METHODS), **over})
    if "transfer-encoding" in headers or any(each.strip() != "0" for each in headers.getlist("content-length")):
        return refusal("a question of this page has no body; ask without one", 413, over)
    return None


def unreadable(scope: Scope, headers: Headers) -> Response | None:
    """A request for another place than this, or for another protocol."""
    if not scope["raw_path"].startswith(b"/"):
        return refusal("the address must begin with /; this is no proxy", 400)
    if "upgrade" in headers:
        return refusal("this page speaks HTTP/1.1 only; ask without Upgrade", 400, {"Connection": "close"})
    return None


def asked_for(headers: Headers) -> re.Match[str] | None:
    """The one host that is asked for, as name and port; null when there is none, more than one, or anything beside these."""
    hosts = headers.getlist("host")
    return HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None


def names_from(told: Collection[str]) -> frozenset[str]:
    """The host names that are answered to: loopback's, and these. Refuses what is no host name, exit 78."""
    for each in told:
        seen = HOST.fullmatch(each)
        if seen is None or seen["port"] is not None:
            raise SettingsError(
                f"--name, or a name in [page] names, was {each[:80]!r}, must be a host name alone; write it like desk.example"
            )
    return LOOPBACK | {each.lower().strip("[]") for each in told}


def is_own(origin: str, host: re.Match[str]) -> bool:
    """Whether a page of this origin is ours: it has the host's name, and its port where the host says one (a proxy's port is its own)."""
    scheme, _, rest = origin.partition("://")
    seen = HOST.fullmatch(rest)
    if scheme not in ("http", "https") or seen is None or seen["name"].lower() != host["name"].lower():
        return False
    return host["port"] is None or seen["port"] == host["port"]


def is_for_another(scope: Scope, headers: Headers) -> bool:
    """Whether a browser says that another site asks. It may lead a person here, to a page of their own; nothing else."""
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    leads = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not leads or scope["path"].endswith(STREAM)
