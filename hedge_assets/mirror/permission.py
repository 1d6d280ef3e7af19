"""Whether anything may leave this machine, and where to: by flags and settings, decided once at the start."""

from collections.abc import Mapping
from dataclasses import dataclass

from executor.errors import SettingsError
from executor.flags import Flags
from hedge_assets.mirror.sink import SinkSpec
from hedge_assets.settings import Mirror

NEEDED = ("ALLOW_PROD_WRITE", "ALLOW_PROD_SYNC")


@dataclass(frozen=True)
class Permission:
    """The sinks that may be pushed to; none, with the reason why (`off`), when nothing is to be mirrored."""

    sinks: Mapping[str, SinkSpec]
    off: str | None = None


def permission(flags: Flags, settings: Mirror, sinks: Mapping[str, SinkSpec]) -> Permission:
    """What is asked for and allowed. Raises `SettingsError` for what is asked for in production without leave."""
    wanted = {name: spec for name, spec in sinks.items() if spec.flag is None or flags.on(spec.flag)}
    if not wanted:
        flagged = [f"{spec.flag} is 0" for spec in sinks.values() if spec.flag is not None]
        why = " and ".join(dict.fromkeys(flagged)) or "mirror.sinks is empty"
        return Permission({}, f"skipped by setting: {why}, nothing leaves this machine")
    refuse_without_leave(flags, f"be mirrored to {', '.join(wanted)}", "turn the mirror off")
    for spec in wanted.values():
        spec.target(settings)
    return Permission(wanted)


def refuse_without_leave(flags: Flags, what: str, instead: str) -> None:
    """In production nothing leaves this machine without both yeses. `what` may not be done, `instead` is what else there is to do."""
    missing = [name for name in NEEDED if not flags.on(name)]
    if flags.env == "prod" and missing:
        said, cure = " and ".join(f"{name} was not 1" for name in missing), " and ".join(f"{name}=1" for name in missing)
        raise SettingsError(f"ENV was prod and {said}, nothing may {what}; set {cure}, or {instead}")
