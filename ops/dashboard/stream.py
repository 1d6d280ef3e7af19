"""What open pages are told, twice a second at most: the parts that changed, and at least every second that somebody looked.

Every message follows a completed look, so a page that hears something knows that what it shows was true just now. A page
is sent what differs from what it was sent before: a slow one misses nothing and makes nobody wait.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

BEAT_S = 0.9
MOST_PAGES = 64


class Shown(Protocol):
    """One look, as pages are told of it: when it was, and its parts by their ids in the page."""

    @property
    def view(self) -> "Dated":
        """When it was."""
        ...

    @property
    def parts(self) -> dict[str, str]:
        """Everything that changes, by its id."""
        ...


class Dated(Protocol):
    """What has a moment, microseconds UTC."""

    @property
    def at_us(self) -> int:
        """The moment."""
        ...


class Looking(Protocol):
    """Who looks for all pages together."""

    async def newest(self) -> Shown:
        """A look that is new enough."""
        ...


@dataclass
class Stream:
    """The pages that listen; while none does, nobody looks."""

    looks: Looking
    every_s: float = 0.5
    pages: set[object] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """Whether no further page is served."""
        return len(self.pages) >= MOST_PAGES

    async def messages(self) -> AsyncIterator[bytes]:
        """The messages for one page, as long as it listens: first every part, then what changed."""
        page, sent, sent_s = object(), dict[str, str](), 0.0
        self.pages.add(page)
        try:
            while True:
                look = await self.looks.newest()
                changed = {key: text for key, text in look.parts.items() if sent.get(key) != text}
                if changed or time.monotonic() - sent_s >= BEAT_S:
                    yield message(look.view.at_us, changed)
                    sent, sent_s = look.parts, time.monotonic()
                await asyncio.sleep(self.every_s - time.monotonic() % self.every_s)  # all pages at once: they share a look
        finally:
            self.pages.discard(page)


def message(at_us: int, parts: dict[str, str]) -> bytes:
    """One server-sent event: the moment of the look (microseconds UTC), and parts of the page by their ids."""
    return b"data: " + msgspec.json.encode({"at_us": at_us, "parts": {key: str(text) for key, text in parts.items()}}) + b"\n\n"
