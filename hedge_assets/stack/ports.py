"""The ports of a box, as its environment names them."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from executor.errors import SettingsError
from hedge_assets.stack.programs import LOOPBACK, Ports

ANSWER_S = 3.0
PORTS = 65_536
NAMES = {
    "web": "HEDGE_WEB_PORT",
    "code": "HEDGE_CODE_PORT",
    "watch": "HEDGE_WATCH_PORT",
    "executor": "HEDGE_EXECUTOR_PORT",
    "page": "HEDGE_PAGE_PORT",
}


def ports_from(environ: Mapping[str, str], accounts: int = 0) -> Ports:
    """Every port; one that is none is refused by its name. The executor of a second account has the port after the first's, and so on."""
    found: dict[str, Any] = {field: port_of(name, environ) for field, name in NAMES.items()}
    first, last = found["executor"], found["executor"] + max(accounts, 1) - 1
    if last >= PORTS:
        raise SettingsError(f"{NAMES['executor']} was {first}, {accounts} accounts need the ports up to {last}; name a lower one")
    return Ports(**found, more_executors=tuple(range(first + 1, last + 1)))


def wanted_ports(environ: Mapping[str, str], usual: Ports) -> Ports:
    """Where a desk without a box begins to look for free ports: as its environment says, else as usual. `web` is an option's."""
    named: dict[str, Any] = {field: port_of(name, environ) for field, name in NAMES.items() if name in environ and field != "web"}
    return replace(usual, **named)


def port_of(name: str, environ: Mapping[str, str]) -> int:
    """The port that a variable names."""
    text = environ.get(name, "")
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < PORTS:
        raise SettingsError(f"{name} was {text!r}, it must be a port from 1 to 65535; set it as ops/box.env does")
    return int(text)


def listens(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(ANSWER_S)
        return probe.connect_ex((LOOPBACK, port)) == 0
