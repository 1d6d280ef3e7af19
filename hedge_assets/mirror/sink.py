"""What a sink is: one verb, `push`, and reading back. Files of `sinks/` export one each, and are found by their names."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from executor.errors import HedgeError, SettingsError
from hedge_assets.mirror.breaker import Fault
from hedge_assets.mirror.copies import Back, Copy, Where
from hedge_assets.settings import Mirror


class SinkError(HedgeError):
    """A push or a reading that did not come to its end, with what kind of failure it was."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault: Fault = fault


class Sink(Protocol):
    """A place that copies are pushed to. Everything returns or raises `SinkError` within `[mirror] deadline_s` or so."""

    def parts(self, copy: Copy) -> int:
        """Of how many parts it will be made there."""
        ...

    def writes(self, copy: Copy, before: int) -> int:
        """How many writes pushing it costs where `before` parts lie already."""
        ...

    def push(self, batch: Sequence[Copy], before: Mapping[Where, int]) -> None:
        """Put all of them there, each whole or not at all; `before` is of how many parts each is made now, where known."""
        ...

    def read(self, where: Where) -> Back | None:
        """What lies there; null where nothing does. Raises `SinkError` also for what cannot be put together."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True)
class SinkSpec:
    """What a file of `sinks/` exports as `SINK`. `flag` must be on for it to be used, null where its name in the settings is enough.

    `most_writes` and `most_bytes` are what one push may hold. `target` says in words where copies go; it raises
    `SettingsError` where the settings do not say.
    """

    opened: Callable[[Mirror], Sink]
    target: Callable[[Mirror], str]
    flag: str | None = None
    most_writes: int = 100
    most_bytes: int = 2 * 1024 * 1024


def scan() -> dict[str, SinkSpec]:
    """Every sink of the project by name."""
    folder = importlib.import_module("hedge_assets.mirror.sinks")
    names = sorted(name for _, name, _ in pkgutil.iter_modules(folder.__path__) if not name.startswith("_"))
    return {name: importlib.import_module(f"{folder.__name__}.{name}").SINK for name in names}


def chosen(settings: Mirror) -> dict[str, SinkSpec]:
    """The sinks that the settings name, in their order; a name that is none is refused."""
    known = scan()
    for name in settings.sinks:
        if name not in known:
            raise SettingsError(f"mirror.sinks names {name!r}, there are {', '.join(known)}; name one of these")
    return {name: known[name] for name in settings.sinks}
