"""Whether one program does its work, for whoever restarts it: a container's health check, a probe. What the files say is not asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from executor.clock import WallClock
from hedge_assets.health.gathering import pulse_in
from hedge_assets.health.telling import service_of
from hedge_assets.place import places_of
from hedge_assets.settings import Place

BEATING = {"executor": "raw", "daemon": "tables", "watch": "watch", "mirror": "mirror"}
"""Programs that say themselves that they live, and in which folder."""
ANSWERING = ("code", "page", "web")
"""Programs that are asked at their port, `HEDGE_NAME_PORT` or what `hedge up` begins with."""
SERVICES = (*BEATING, *ANSWERING)


def at_work(name: str, environ: Mapping[str, str], data: Path | None) -> bool:
    """Say whether a program does its work, one that every account has for each of them; whether it does for all."""
    faults = {place.account: service_fault(name, place, environ) for place in places_of(environ, data)}
    for account, fault in faults.items():
        click.echo(f"{name}{f' of {account}' if account else ''}: {fault or 'at work'}")
    return not any(faults.values())


def service_fault(name: str, place: Place, environ: Mapping[str, str]) -> str | None:
    """Why a program is not seen at work; null when it is."""
    return silence_of(name, place) if name in BEATING else mute_at(name, environ)


def silence_of(name: str, place: Place) -> str | None:
    """The same of one that beats."""
    found = service_of(name, pulse_in(place.root / BEATING[name]), WallClock().now_us())
    return None if found.beats else found.said


def mute_at(name: str, environ: Mapping[str, str]) -> str | None:
    """The same of one that answers at a port."""
    from hedge_assets.stack.knocking import doors  # noqa: PLC0415  it knows Dagster's protocol, which is slow to load
    from hedge_assets.stack.ports import NAMES, port_of  # noqa: PLC0415
    from hedge_assets.stack.programs import Ports  # noqa: PLC0415

    variable = NAMES[name]
    known = {variable: environ.get(variable) or str(getattr(Ports(), name))}
    asked: dict[str, Any] = {name: port_of(variable, known)}
    fault = doors(Ports(**asked))[name]()
    return None if fault is None else f"no answer to {fault}"
