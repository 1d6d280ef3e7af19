"""A desk over two tiny states and health, for tests of the definitions."""

from collections.abc import Mapping
from pathlib import Path

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.defs.resources import Desk
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write


def desk_in(root: Path, now_us: int = T0 + 10 * SECOND, environ: Mapping[str, str] | None = None) -> Desk:
    return Desk(place=Place(root=root), states=scan(tiny), flags=read_flags(environ or {}), clock=FixedClock(now_us))


def journaled(root: Path, quotes: int) -> None:
    """A live executor's first few seconds."""
    end_us = T0 + quotes * SECOND
    write(root, [boot(T0, time="wall"), *(quote(T0 + number * SECOND) for number in range(quotes)), account(end_us), heartbeat(end_us)])
