"""A body that waits: connection, headers and signature are made ready meanwhile, and nothing of the order leaves before it may."""

from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp.abc import AbstractStreamWriter

Gate = Callable[[], Awaitable[None]]
"""Returns when what follows may leave; raises where it never may."""


class Waiting(aiohttp.BytesPayload):
    """`has_left` is whether any byte of it was handed to the connection; from `abandon` on none will be."""

    def __init__(self, body: bytes, gate: Gate) -> None:
        super().__init__(body)
        self.has_left = False
        self._gate = gate
        self._is_abandoned = False

    def abandon(self) -> None:
        """Nobody waits for an answer any more: what has not left stays."""
        self._is_abandoned = True

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Wait for the gate, then write everything."""
        await self._gate()
        if self._is_abandoned:
            raise ConnectionAbortedError
        self.has_left = True
        await super().write_with_length(writer, content_length)
