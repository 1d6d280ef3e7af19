"""Who may see the page: everybody who reaches it, or, where there is a token, whoever shows it once.

A browser shows it in the address (`/?token=…`), is given a cookie and sent on to `/`, so that the token stays neither in the
address nor in what is told to the next page. A program sends `Authorization: Bearer …` each time. The cookie is not the token: it
says until when it holds, signed by the token, so that it outlives the page's process and ends with the token.
"""

import hmac
import math
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Scope

from ops.dashboard.pace import Pace
from ops.dashboard.page_token import Token

COOKIE = "hedge_page"
HOLDS_S = 30 * 86_400
MOST_COOKIES = 8
WORDED = re.compile(r"(?P<until_s>[0-9]{1,12})\.(?P<number>[0-9a-f]{16})\.(?P<mac>[0-9a-f]{64})")
CURE = "open /?token=TOKEN once in a browser, or send the header Authorization: Bearer TOKEN; [page] token says where it lies"


@dataclass(frozen=True)
class Shown:
    """What a request shows of who sends it: a right token or cookie (`name` is which), a wrong token, or nothing; `by_address` is how."""

    name: str | None = None
    is_wrong: bool = False
    by_address: bool = False


class Door:
    """Lets in who shows the token. Wrong ones are counted by client, and soon answered no more; a right one always is."""

    def __init__(self, token: Token | None = None, *, cookie: str = COOKIE, now_s: Callable[[], float] = time.time) -> None:
        self.token, self.cookie, self._now_s = token, cookie, now_s
        self.wrong = Pace(per_s=1 / 6, burst=10)

    def shown(self, scope: Scope, headers: Headers) -> Shown:
        """What this request shows. Two tokens at once are a wrong one."""
        if self.token is None:
            return Shown()
        addressed = in_address(scope)
        told = [*addressed, *borne(headers)]
        if told:
            right = len(told) == 1 and self.token.is_right(told[0])
            return Shown("bearer" if right else None, is_wrong=not right, by_address=bool(addressed))
        for number in self.held(headers):
            return Shown(number)
        return Shown()

    def answer(self, shown: Shown, client: str, *, is_far: bool) -> Response | None:
        """What is said instead of what was asked for; null for who may see it. `is_far`: the browser came by another name than loopback."""
        if self.token is None or (shown.name is not None and not shown.by_address):
            return None
        if shown.name is not None:
            return self.welcome(self.token, is_far=is_far)
        wait_s = math.ceil(self.wrong.wait_s(client)) if shown.is_wrong else 0
        if wait_s:
            return PlainTextResponse(f"too many wrong tokens came from here; wait {wait_s} s\n", 429, {"Retry-After": str(wait_s)})
        said = "this is not the page's token" if shown.is_wrong else "the page wants its token"
        return PlainTextResponse(f"{said}; {CURE}\n", 401, {"WWW-Authenticate": 'Bearer realm="hedge"'})

    def welcome(self, token: Token, *, is_far: bool) -> Response:
        """A cookie, and the way to the page without the token in its address. By another name than loopback it travels by TLS only."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self.cookie, ticket(token, int(self._now_s()) + HOLDS_S), max_age=HOLDS_S, httponly=True, samesite="strict", secure=is_far
        )
        return answer

    def held(self, headers: Headers) -> Iterator[str]:
        """The number of every cookie of ours that holds."""
        for text in baked(headers, self.cookie)[:MOST_COOKIES]:
            seen = WORDED.fullmatch(text)
            if seen is None or self.token is None or int(seen["until_s"]) <= self._now_s():
                continue
            if hmac.compare_digest(self.token.signature(f"{seen['until_s']}.{seen['number']}"), seen["mac"]):
                yield seen["number"]


def ticket(token: Token, until_s: int) -> str:
    """What a cookie holds: until when it holds (seconds UTC), a number of its own, and the signature under both."""
    text = f"{until_s}.{secrets.token_hex(8)}"
    return f"{text}.{token.signature(text)}"


def in_address(scope: Scope) -> list[str]:
    """The tokens in the address of the page itself; other addresses take none."""
    if scope["path"] != "/" or b"token" not in scope["query_string"]:
        return []
    try:
        return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=16).get("token", [])
    except ValueError:
        return [""]


def borne(headers: Headers) -> list[str]:
    """The tokens that a program sends in its headers. What another scheme sends is for somebody else, such as a proxy on the way."""
    told = (each.partition(" ") for each in headers.getlist("authorization"))
    return [rest.strip() for scheme, _, rest in told if scheme.lower() == "bearer"]


def baked(headers: Headers, name: str) -> list[str]:
    """The values of every cookie of that name: another program of this host may have put one of its own beside ours."""
    pairs = (each.strip().partition("=") for line in headers.getlist("cookie") for each in line.split(";"))
    return [value for key, _, value in pairs if key == name]
