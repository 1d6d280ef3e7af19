"""Which requests a page on the loopback answers: those that name this machine, so that no web site reads it through a browser."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Application) -> Application:
    """The same WSGI application (PEP 3333), but a request by another host name is refused in one line, before anything is asked."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if is_loopback(environ.get("HTTP_HOST", "")):
            return application(environ, start_response)
        start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"this host name is not served; ask by 127.0.0.1\n"]

    return answer


def is_loopback(host: str) -> bool:
    """Whether a `Host` header, with or without a port, names the loopback."""
    try:
        return urlsplit(f"//{host}").hostname in NAMES
    except ValueError:
        return False
