"""How a client comes to the local venue by the real host names: every name resolves to the loopback, every port to the venue's."""

import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """Sends every host and every port to 127.0.0.1 and one port, so that clients keep the real addresses and ccxt its error map."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The one address there is."""
        del port, family  # whatever was asked for
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


def trusting(ca_file: Path | str) -> ssl.SSLContext:
    """A client's context that trusts the venue's authority and nobody else."""
    return ssl.create_default_context(cafile=str(ca_file))


def session(port: int, ca_file: Path | str, **more: Any) -> aiohttp.ClientSession:
    """A client session whose every connection ends at the local venue; the caller closes it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Resolver(port), ssl=trusting(ca_file), use_dns_cache=False), trust_env=False, **more
    )
