"""Which question a request is: what it asks, without what is different each time it is asked. Pure."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from executor.routing.orders import PREFIX
from executor.wire.cassettes.hiding import SECRET_NAMES
from executor.wire.cassettes.lines import Asked

STAMPS = frozenset({"timestamp", "recvwindow", "recv_window", "nonce", "ts", "reqtime", "expires", "expiresafter", "tonce", "vaultaddress"})
"""Parameters of the moment, whatever they say."""

TIMES = frozenset(
    {"starttime", "endtime", "start", "end", "since", "until", "from", "to", "begin", "after", "before", "start_time", "end_time"}
)
"""Parameters that say from when to when, where they are numbers."""

OWN = re.compile(rf"{PREFIX}([a-z2-7]{{16}})-\d+")
"""A client id of ours; its letters are the intent's."""


def identity(asked: Asked) -> str:
    """The same for the same question: method, address without query, and the parameters that say what is asked, in order of name."""
    parts = urlsplit(asked.url)
    told = [*parse_qsl(parts.query, keep_blank_values=True), *_body(asked.body or "")]
    kept = sorted(f"{name}={value}" for name, value in told if not _is_passing(name, value))
    return f"{asked.method} {parts.scheme}://{parts.netloc}{parts.path} {' '.join(kept)}".rstrip()


def nameless(question: str) -> str:
    """The question without whose order it is about."""
    return OWN.sub(PREFIX, question)


def _is_passing(name: str, value: str) -> bool:
    *_, last = way = name.lower().split(".")
    return last in STAMPS or any(SECRET_NAMES.fullmatch(part) for part in way) or (last in TIMES and value.isdecimal())


def _body(text: str) -> Iterator[tuple[str, str]]:
    if not text.startswith(("{", "[")):
        yield from parse_qsl(text, keep_blank_values=True)
        return
    try:
        yield from _flat("", msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        yield "body", text


def _flat(name: str, told: Any) -> Iterator[tuple[str, str]]:
    """Every value in JSON by the way that leads to it."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _flat(f"{name}.{key}" if name else key, value)
    elif isinstance(told, list):
        for at, value in enumerate(told):
            yield from _flat(f"{name}.{at}", value)
    else:
        yield name, str(told)
