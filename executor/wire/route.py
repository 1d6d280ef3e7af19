"""Where connections go: to the venue by name, or all of them to one loopback address whose certificate a file signs."""

import ipaddress
import ssl
from socket import AF_INET, AF_INET6, AddressFamily
from typing import Any

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from executor.errors import SettingsError
from executor.settings import Venue

KEEPALIVE_S = 90.0
CONNECTIONS = 64


def loopback_of(route: str) -> tuple[str, int] | None:
    """The address and port of `venue.route`, null where it is empty; refuses anything but a loopback address with a port."""
    if not route:
        return None
    host, _, port = route.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not address.is_loopback or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise SettingsError(f"venue.route was {route!r}, must be a loopback address and a port like 127.0.0.1:8443, or empty; change it")
    return str(address), int(port)


def tls_of(venue: Venue) -> ssl.SSLContext:
    """What proves the venue: the authorities everybody trusts, or the one in `venue.ca_file` alone."""
    try:
        return ssl.create_default_context(cafile=venue.ca_file or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"venue.ca_file was {venue.ca_file!r}, no certificates could be read from it ({error}); name a PEM file"
        ) from error


def connector_of(venue: Venue) -> aiohttp.TCPConnector:
    """Connections as the settings say, kept warm; also for streams. Raises `SettingsError`."""
    address = loopback_of(venue.route)
    shape: dict[str, Any] = {"ssl": tls_of(venue), "keepalive_timeout": KEEPALIVE_S, "limit": CONNECTIONS}
    if address is None:
        return aiohttp.TCPConnector(**shape)
    return aiohttp.TCPConnector(resolver=OneAddress(*address), ttl_dns_cache=None, **shape)


class OneAddress(AbstractResolver):
    """Every name stands for one address and port."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:  # noqa: ARG002
        """The one address, whatever was asked for."""
        found = AF_INET6 if ":" in self._host else AF_INET
        return [ResolveResult(hostname=host, host=self._host, port=self._port, family=found, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to let go of."""
